import { afterAll, describe, expect, it } from 'vitest';
import { InsufficientCredits } from '../../src/account-errors.ts';
import { systemClock } from '../../src/clock.ts';
import type { Attempt, Completion, Router, StreamEvent } from '../../src/completion.ts';
import { AllAttemptsFailed, NoEndpointAvailable } from '../../src/errors.ts';
import { createGenerations } from '../../src/streams/generations.ts';
import { eventsIn, restFaces } from '../support/rest-faces.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const [answered] = completionBy(catalog, 'acme/large@quarry').attempts as [Attempt];
const lost: Attempt = {
  ...completionBy(catalog, 'acme/large@quarry/turbo').attempts[0],
  ...{ endpoint: catalog.endpoint('acme/large@quarry/turbo') ?? answered.endpoint, startedAt: 0, durationMs: 5 },
  ...{ outcome: 'failed', failureKind: 'unreachable' },
};

const refusals: Readonly<Record<string, Error>> = {
  'no money': new InsufficientCredits({ left: '0', needed: '1', held: false }),
  'all endpoints failed': new AllAttemptsFailed('It is down.', { attempts: [lost], retryable: true }),
  'no endpoint': new NoEndpointAvailable('Nobody serves it.', [], 2_000),
  'a bug': new Error('a bug'),
};

const answer = (generationId: string): Completion =>
  completionBy(catalog, 'acme/large@quarry', {
    generationId,
    attempts: [lost, answered],
    modelChoice: { requested: 'large', strategy: 'alias', reason: 'The alias names it.', considered: [] },
  });

/** Fails as the request's user says, or answers. */
const router: Router = {
  async complete({ user = '' }, { generationId }) {
    if (refusals[user] !== undefined) throw refusals[user];
    return answer(generationId);
  },
  async *stream({ user = '' }, { generationId }): AsyncGenerator<readonly StreamEvent[]> {
    yield [{ type: 'accepted' }];
    const error = refusals[user];
    if (error !== undefined && !('attempts' in error)) throw error;
    if (error !== undefined) {
      yield [
        { type: 'failed', error: error as AllAttemptsFailed, partial: { content: '', toolCalls: [] }, attempts: [] },
      ];
      return;
    }
    const completion = answer(generationId);
    const { model, endpoint, attempts } = completion;
    yield [
      { type: 'started', model, endpoint, attempts },
      { type: 'text', text: 'Hello!' },
    ];
    yield user === 'broken'
      ? [
          {
            type: 'failed',
            error: new AllAttemptsFailed('It broke.', { attempts: [lost], retryable: true }),
            partial: { content: 'Hello!', toolCalls: [] },
            attempts: [lost],
          },
        ]
      : [{ type: 'finished', completion }];
  },
  plan: () => expect.fail('nothing is planned'),
};
let made = 0;
const generations = createGenerations({ router, makeId: () => `gen-${++made}`, clock: systemClock });
const server = await startServer({ generations, catalog: () => catalog });
afterAll(() => server[Symbol.asyncDispose]());

const paths = Object.keys(restFaces) as (keyof typeof restFaces)[];
const modes = paths.flatMap((path) => [false, true].map((stream) => [path, stream] as const));

async function ask(path: keyof typeof restFaces, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...restFaces[path], model: 'large', ...body }),
  });
  return { status: response.status, id: response.headers.get('x-generation-id'), text: await response.text() };
}

describe.each(modes)('POST %s, as a stream: %s', (path, stream) => {
  it('tells the id of the generation in a header', async () => {
    const { status, id, text } = await ask(path, { stream });
    expect({ status, id }).toEqual({ status: 200, id: `gen-${made}` });
    expect(text).toContain(`"gen-${made}"`);
  });

  it.each([
    ['no money', 402],
    ['all endpoints failed', 502],
    ['no endpoint', 503],
    ['a bug', 500],
  ])('tells it also of a generation that came to nothing: %s', async (user, status) => {
    expect(await ask(path, { stream, user })).toMatchObject({ status, id: `gen-${made}` });
  });

  it('knows of no generation where a request means nothing', async () => {
    expect(await ask(path, { stream, temperature: 'warm' })).toMatchObject({ status: 400, id: null });
  });

  it('tells of its routing where it is asked to, and only then', async () => {
    expect((await ask(path, { stream })).text).not.toContain('openrouter_metadata');
    const { text } = await ask(path, { stream }, { 'x-openrouter-metadata': 'enabled' });
    const last = stream ? eventsIn(text).at(-1) : JSON.parse(text);
    expect(last?.openrouter_metadata ?? last?.response?.openrouter_metadata).toEqual({
      requested: 'large',
      strategy: 'alias',
      region: null,
      summary: 'Quarry Compute answered as acme/large. The alias names it.',
      attempt: 2,
      is_byok: false,
      generation_time: 80,
      endpoints: {
        total: 2,
        available: [
          { provider: 'Quarry Compute', model: 'acme/large', selected: true },
          { provider: 'Quarry Compute', model: 'acme/large', selected: false },
        ],
      },
      attempts: [
        { provider: 'Quarry Compute', model: 'acme/large', status: 502 },
        { provider: 'Quarry Compute', model: 'acme/large', status: 200 },
      ],
      pipeline: [],
    });
  });

  it('tells of the routing of what failed, but not of a bug', async () => {
    const failed = async (user: string) => {
      const { text } = await ask(path, { stream, user }, { 'x-openrouter-metadata': 'enabled' });
      return JSON.parse(text);
    };
    expect((await failed('all endpoints failed')).openrouter_metadata).toMatchObject({
      attempt: 1,
      summary: 'It is down.',
    });
    expect((await failed('no endpoint')).openrouter_metadata).toMatchObject({ attempt: 0, attempts: [] });
    expect(await failed('a bug')).not.toHaveProperty('openrouter_metadata');
  });
});

it.each(paths)('POST %s tells of the routing of a stream that broke off with its last event', async (path) => {
  const { text } = await ask(path, { stream: true, user: 'broken' }, { 'x-openrouter-metadata': 'enabled' });
  const last = eventsIn(text).at(-1) as { openrouter_metadata?: object; response?: { openrouter_metadata?: object } };
  expect(last.openrouter_metadata ?? last.response?.openrouter_metadata).toMatchObject({ attempt: 1 });
});

it('GraphQL tells the id of a generation in the same header, answered or not', async () => {
  const query = 'mutation ($input: ChatCompletionInput!) { createChatCompletion(input: $input) { __typename } }';
  for (const user of ['somebody', ...Object.keys(refusals)]) {
    const input = { messages: [{ role: 'USER', content: 'Hello' }], user };
    const response = await server.post({ query, variables: { input } });
    expect(response.headers.get('x-generation-id')).toBe(`gen-${made}`);
  }
});
