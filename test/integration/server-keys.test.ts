import { afterAll, describe, expect, it } from 'vitest';
import { makeSecret } from '../../src/accounts/secret.ts';
import { systemClock } from '../../src/clock.ts';
import { hello, streamDocument } from '../support/callers.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { createKeyStore } from '../support/key-store.ts';
import { startServer } from '../support/running-server.ts';
import { createScriptedGenerations } from '../support/scripted-generations.ts';

const keys = createKeyStore(systemClock);
const friend = 'https://chat.example';
const server = await startServer({
  adminKey: 'correct horse',
  keys,
  settings: { corsOrigins: [friend] },
  generations: createScriptedGenerations({ silent: true }),
});
afterAll(() => server[Symbol.asyncDispose]());

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const typename = { query: '{ __typename }' };
const answerOf = async (
  secret: string,
  headers: Record<string, string> = {},
  operation: { query: string } = typename,
) => {
  const response = await server.post(operation, { ...bearer(secret), ...headers });
  const body = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, headers: response.headers, data: body.data, error: body.errors?.[0] };
};

describe('an API key over HTTP', () => {
  it('opens the server', async () => {
    expect(await answerOf(keys.add({ id: 'key-http' }))).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  });

  it('that is mistyped is refused with 401 and what is wrong with it', async () => {
    const { status, error } = await answerOf(`${makeSecret('key').slice(0, -1)}_`);
    expect(status).toBe(401);
    expect(error).toMatchObject({
      message: expect.stringContaining('mistyped'),
      extensions: { code: 'UNAUTHENTICATED' },
    });
  });

  it('does not open the metrics of all accounts, unless it is an administrator’s', async () => {
    const status = async (secret: string) => (await fetch(`${server.url}/metrics`, { headers: bearer(secret) })).status;
    expect(await status(keys.add({ id: 'key-customer' }))).toBe(403);
    expect(await status(keys.add({ id: 'key-admin', scopes: ['admin'] }))).toBe(200);
  });

  it('that nobody can look up now is refused with 503 and when to come again, not with 401', async () => {
    const secret = keys.add({ id: 'key-away' });
    keys.state = 'broken';
    const { status, headers, error } = await answerOf(secret).finally(() => {
      keys.state = 'well';
    });
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(error?.extensions.code).toBe('STORE_UNAVAILABLE');
    expect((await answerOf(secret)).status).toBe(200);
  });

  it('that is revoked ends a running stream within a second, without calling it complete', async () => {
    const secret = keys.add({ id: 'key-streaming' });
    const headers = { ...bearer(secret), accept: 'text/event-stream' };
    const response = await server.post({ query: streamDocument, variables: hello }, headers);
    expect(response.status).toBe(200);
    const text = response.text();
    keys.change('key-streaming', { revokedAt: 1 });
    const startedAtMs = performance.now();
    expect(await text).not.toContain('event: complete');
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    expect((await answerOf(secret)).status).toBe(401);
  });
});

describe('a client token', () => {
  keys.add({ id: 'key-maker' });

  it('opens only the operations that it was made for, also through fragments', async () => {
    const token = keys.add({
      id: 'key-narrow',
      kind: 'client_token',
      parentId: 'key-maker',
      operations: ['catalog'],
    });
    const models = 'models(first: 1) { totalCount }';
    expect(await answerOf(token, {}, { query: `{ __typename ${models} }` })).toMatchObject({ status: 200 });
    for (const query of [
      '{ __schema { queryType { name } } }',
      'query { ...Hidden } fragment Hidden on Query { ... on Query { __type(name: "Query") { name } } }',
      'mutation { cancelGeneration(id: "gen-1") { __typename } }',
    ]) {
      const { data, error } = await answerOf(token, {}, { query });
      expect(data).toBeUndefined();
      expect(error?.extensions.code).toBe('FORBIDDEN');
    }
    await using socket = await openSocket(server.ws);
    await socket.init(bearer(token));
    socket.subscribe('1', 'subscription { streamChatCompletion(input: {}) { __typename } }');
    expect(await socket.receive()).toMatchObject({ type: 'error' });
    socket.subscribe('2', streamDocument, { variables: hello });
    expect(await socket.receive()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'FORBIDDEN' } }] });
  });

  it('opens the server to pages of its origin alone, over HTTP and WebSocket', async () => {
    const token = keys.add({ id: 'key-page', kind: 'client_token', parentId: 'key-maker', origin: friend });
    expect(await answerOf(token, { origin: friend })).toMatchObject({ status: 200 });
    expect(await answerOf(token, { origin: server.url })).toMatchObject({
      status: 403,
      error: { extensions: { code: 'FORBIDDEN' } },
    });
    expect((await answerOf(token)).status).toBe(403);
    await using page = await openSocket(server.ws, { origin: friend });
    await page.init(bearer(token));
    await using other = await openSocket(server.ws, { origin: server.url });
    other.send({ type: 'connection_init', payload: bearer(token) });
    expect(await other.closed).toMatchObject({ code: 4403 });
  });
});

describe('an API key over a WebSocket', () => {
  it('that is revoked closes the socket within a second, with what runs on it', async () => {
    const secret = keys.add({ id: 'key-socket' });
    await using running = await openSocket(server.ws);
    await running.init(bearer(secret));
    running.subscribe('1', streamDocument, { variables: hello });
    await using idle = await openSocket(server.ws, { headers: bearer(secret) });
    await idle.init();
    await using other = await openSocket(server.ws);
    await other.init(bearer(keys.add({ id: 'key-other' })));
    keys.change('key-socket', { revokedAt: 1 });
    expect(await running.closed).toMatchObject({ code: 4403 });
    expect(await idle.closed).toMatchObject({ code: 4403 });
    other.subscribe('1', '{ __typename }');
    expect(await other.receive()).toMatchObject({ type: 'next' });
  });

  it('that came with an operation and is revoked cuts that operation off', async () => {
    const secret = keys.add({ id: 'key-operation' });
    await using socket = await openSocket(server.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: hello, extensions: { headers: bearer(secret) } });
    socket.subscribe('2', '{ __typename }', { extensions: { headers: bearer(secret) } });
    await socket.receiveUntil('complete');
    keys.change('key-operation', { revokedAt: 1 });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  it('is asked about again with each operation', async () => {
    const secret = keys.add({ id: 'key-expiring', expiresAt: Date.now() + 300 });
    await using socket = await openSocket(server.ws);
    await socket.init(bearer(secret));
    socket.subscribe('1', '{ __typename }');
    expect(await socket.receive()).toMatchObject({ type: 'next' });
    expect(await socket.closed).toMatchObject({ code: 4403 });
  });

  it('that nobody can look up now closes the socket with 1013: try again later', async () => {
    const secret = keys.add({ id: 'key-later' });
    keys.state = 'broken';
    await using socket = await openSocket(server.ws);
    socket.send({ type: 'connection_init', payload: bearer(secret) });
    expect(
      await socket.closed.finally(() => {
        keys.state = 'well';
      }),
    ).toMatchObject({ code: 1013 });
  });
});
