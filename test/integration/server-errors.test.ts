import { afterAll, describe, expect, it } from 'vitest';
import { ProviderError } from '../../src/errors.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { restingHealth } from '../support/resting-health.ts';
import { startServer } from '../support/running-server.ts';
import { completeDocument, createStubGenerations, greeting, streamDocument } from '../support/stub-generations.ts';

const canary = 'sk-canary-0123456789';
const generations = createStubGenerations();
const running = await startServer({
  generations,
  health: {
    ...restingHealth,
    read: () => {
      throw new Error(`health is broken: ${canary}`);
    },
    changes: () => {
      throw new Error(`no changes: ${canary}`);
    },
  },
});
afterAll(() => running[Symbol.asyncDispose]());

const bugs = [
  ['an Error', new Error(`the upstream said ${canary}`)],
  ['a ProviderError that nobody caught', new ProviderError('server_failed', `bad key ${canary}`)],
  ['a TypeError with a cause', new TypeError('fetch failed', { cause: new Error(canary) })],
  ['something that is no error', { secret: canary }],
] as const;

/** The id that the caller got is the id in the log. */
function expectMasked(text: string): void {
  expect(text).not.toContain('canary');
  expect(text).not.toContain('fetch failed');
  expect(text).toContain('INTERNAL_SERVER_ERROR');
  const errorId = /"errorId":"([^"]+)"/.exec(text)?.[1];
  expect(running.logged.at(-1)?.fields).toMatchObject({ errorId });
}

describe('a bug', () => {
  it.each(bugs)(
    'in a mutation that throws %s is masked, and logged under the id that the caller gets',
    async (_, error) => {
      const response = running.post({ query: completeDocument, variables: greeting });
      (await generations.next()).fail(error);
      expectMasked(await (await response).text());
    },
  );

  it.each(bugs)('in a stream that throws %s is masked, over SSE and WebSocket', async (_, error) => {
    const response = running.post({ query: streamDocument, variables: greeting }, { accept: 'text/event-stream' });
    (await generations.next()).fail(error);
    const text = await (await response).text();
    expectMasked(text);
    expect(text).toContain('event: complete');

    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    (await generations.next()).fail(error);
    const messages = await socket.receiveUntil('complete');
    expectMasked(JSON.stringify(messages));
  });

  it('in a resolver, or before the first event, is masked by every transport', async () => {
    const query = '{ models(first: 1) { edges { node { endpoints { health { state } } } } } }';
    expectMasked(await (await running.post({ query })).text());
    const stream = 'subscription { endpointHealth { state } }';
    expectMasked(await (await running.post({ query: stream }, { accept: 'text/event-stream' })).text());
    await using socket = await openSocket(running.ws);
    await socket.init();
    for (const document of [query, stream]) {
      socket.subscribe('1', document);
      expectMasked(JSON.stringify(await socket.receiveUntil('complete')));
    }
  });
});

describe('an error that the caller made', () => {
  it('keeps its words', async () => {
    const response = await running.post({ query: '{ models(first: "many") { totalCount } }' });
    expect(await response.text()).toContain('Int cannot represent non-integer value');
  });

  it('keeps its words where a variable does not fit', async () => {
    const query = 'query ($first: Int) { models(first: $first) { totalCount } }';
    const response = await running.post({ query, variables: { first: 'many' } });
    const { errors } = (await response.json()) as { errors: object[] };
    expect(errors).toMatchObject([
      { message: expect.stringContaining('"$first"'), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  const long = '🚂'.repeat(25_000);
  const name = 'x'.repeat(20_000);
  const oversized = [
    ['a variable', { query: 'query ($n: Int) { models(first: $n) { totalCount } }', variables: { n: long } }],
    ['a field that is not there', { query: `{ ${name} }` }],
    ['a value of the wrong type', { query: `{ models(first: "${long}") { totalCount } }` }],
    ['an operation name that does not parse', { query: `${name} { __typename }` }],
    ['a variable of a subscription', { query: streamDocument, variables: { input: long } }],
  ] as const;

  it.each(oversized)(
    'is told in at most 500 characters where it quotes %s, by every transport',
    async (_, operation) => {
      const plain = (await (await running.post(operation)).json()) as { errors: { message: string }[] };
      const sse = await (await running.post(operation, { accept: 'text/event-stream' })).text();
      await using socket = await openSocket(running.ws);
      await socket.init();
      socket.subscribe('1', operation.query, { ...operation });
      const told = JSON.stringify(await socket.receive());
      for (const text of [JSON.stringify(plain), sse, told]) {
        expect(text).toContain('…"');
        expect(text.length).toBeLessThan(5 * 700);
      }
      for (const { message } of plain.errors) {
        expect(message.length).toBeLessThanOrEqual(500);
        expect(message.isWellFormed()).toBe(true);
      }
    },
  );

  it('is told in at most 500 characters where a parameter of the request has no meaning', async () => {
    const response = await running.post({ query: '{ __typename }', [name]: 1 });
    const { errors } = (await response.json()) as { errors: { message: string }[] };
    expect(errors[0]?.message).toHaveLength(500);
  });

  it('does not show what is between the parts of the server', async () => {
    const response = await running.post({ query: '{ nothing }' }, { accept: 'text/event-stream' });
    expect(await response.text()).not.toContain('"http"');
  });
});
