import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeDocument, readStream } from '../support/callers.ts';
import { canaryKey, isStream, model } from '../support/chat-upstream.ts';
import { type Ledger, openLedger } from '../support/keyed-caller.ts';
import { startPostgres } from '../support/postgres.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import {
  jsonAnswer,
  type StubRequest,
  type StubUpstream,
  startStubUpstream,
  streamAnswer,
} from '../support/stub-upstream.ts';

/** Every request costs this and reserves this: so much for the request, and so much for each token that it may and does use. */
const requestNano = 5_000;
const tokenNano = 1_000;
const tokens = 20;
const amountNano = requestNano + tokens * tokenNano;
const affordable = 37;
const limitNano = affordable * amountNano + amountNano - 1;
const connections = 4;
const requestsEach = 20;

const usage = { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 };
const envelope = { id: 'chatcmpl-7', created: 1790000000, model: 'writer' };
const text = 'word '.repeat(tokens).trim();
const frame = (fields: object) =>
  `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', ...fields })}\n\n`;

function answer(request: StubRequest) {
  if (!isStream(request)) {
    const message = { role: 'assistant', content: text };
    return jsonAnswer({ ...envelope, choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
  }
  return streamAnswer([
    frame({ choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }] }),
    frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    frame({ choices: [], usage }),
    'data: [DONE]\n\n',
  ]);
}

const configurationOf = ({ url }: StubUpstream) => ({
  builtInCatalog: false,
  providers: { acme: { dialect: 'openai-compatible', baseUrl: `${url}/v1`, apiKey: canaryKey } },
  models: {
    [model]: {
      contextLength: 8_192,
      endpoints: [
        {
          provider: 'acme',
          upstreamModel: 'writer',
          pricing: { prompt: '0', completion: '0.000001', request: '0.000005' },
        },
      ],
    },
  },
});

const directory = await mkdtemp(join(tmpdir(), 'pointsman-budget-'));
const postgres = await startPostgres();
afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['SQLite', async () => join(directory, 'pointsman.db')],
  ['PostgreSQL', postgres.createDatabase],
] as const)('a budget on %s', (_store, freshUrl) => {
  let upstream: StubUpstream;
  let ledger: Ledger;
  let programs: readonly RunningProgram[] = [];
  beforeAll(async () => {
    upstream = await startStubUpstream();
    upstream.respond(answer);
    const databaseUrl = await freshUrl();
    ledger = await openLedger(databaseUrl);
    const environment = { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key' };
    const configuration = configurationOf(upstream);
    programs = await Promise.all(
      ['left', 'right'].map((replica) =>
        startProgram({ configuration, environment: { ...environment, REPLICA_ID: replica } }),
      ),
    );
  });
  afterAll(async () => {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    await ledger[Symbol.asyncDispose]();
    await upstream.close();
  });

  /** So many connections to each of two programs, each with requests one after the other; every other one a stream. */
  async function race(headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const input = { model, messages: [{ role: 'USER', content: 'Hello!' }], maxTokens: tokens };
    const asked = async (program: RunningProgram, streamed: boolean): Promise<string> => {
      if (streamed) {
        const post = (query: string, variables: object, more?: Readonly<Record<string, string>>) =>
          program.post({ query, variables }, { ...headers, ...more });
        const last = (await readStream({ post }, { input })).at(-1);
        return last?.error?.__typename ?? 'ChatCompletion';
      }
      const response = await program.post({ query: completeDocument, variables: { input } }, headers);
      const { data } = (await response.json()) as { data: { createChatCompletion: { __typename: string } } };
      return data.createChatCompletion.__typename;
    };
    // A call of the books may take half a second, and on a busy machine needs more: the answer then says to try again.
    const one = async (program: RunningProgram, streamed: boolean): Promise<string> => {
      for (;;) {
        const said = await asked(program, streamed);
        if (said !== 'Overloaded') return said;
      }
    };
    const line = async (program: RunningProgram) => {
      const said: string[] = [];
      for (let count = 0; count < requestsEach; count += 1) said.push(await one(program, count % 2 === 0));
      return said;
    };
    const lines = programs.flatMap((program) => Array.from({ length: connections }, () => line(program)));
    return (await Promise.all(lines)).flat();
  }

  it.each(['limit of the key', 'credits of the account'] as const)(
    'lets in exactly what it has room for, when connections to two programs race for the %s',
    { timeout: 60_000 },
    async (what) => {
      const byKey = what === 'limit of the key';
      const accountId = await ledger.makeAccount(byKey ? {} : { creditsNano: limitNano });
      const { id, headers } = await ledger.makeKey({ accountId, ...(byKey && { limitNano }) });
      const before = upstream.requests.length;
      const said = await race(headers);
      expect(said).toHaveLength(2 * connections * requestsEach);
      const refused = said.filter((name) => name !== 'ChatCompletion');
      expect(said.length - refused.length).toBe(affordable);
      expect(new Set(refused).size).toBe(1);
      expect(upstream.requests.length - before).toBe(affordable);
      expect(await ledger.store.caps.get(byKey ? `limit:${id}` : `credits:${accountId}`)).toMatchObject({
        reservedNano: 0,
        spentNano: affordable * amountNano,
      });
    },
  );
});
