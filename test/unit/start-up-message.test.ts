import { expect, it } from 'vitest';
import { startUpMessage } from '../../src/start-up-message.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const deadlines = { connectMs: 1, firstContentMs: 1, gapMs: 1, totalMs: 1 };
const listening = {
  url: 'http://localhost:4000',
  assembled: { catalog: createSmallCatalog(), providers: new Map(), deadlines: () => deadlines, notes: [] },
  discovered: [],
  searched: false,
  configurationFile: undefined,
  keyed: false,
  graphiql: false,
};

it('names the addresses of both faces, so that a client of OpenAI can be given its base URL', () => {
  const lines = startUpMessage(listening).split('\n');
  expect(lines).toContain('  GraphQL    http://localhost:4000/graphql');
  expect(lines).toContain(
    '  REST       http://localhost:4000/api/v1  (the base URL for clients of OpenAI or OpenRouter)',
  );
});
