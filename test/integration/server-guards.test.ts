import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';

const typename = JSON.stringify({ query: '{ __typename }' });
const friend = 'https://chat.example';
const open = await startServer({
  settings: { corsOrigins: [friend], allowedHosts: ['llm.example'], bodyLimitBytes: 5_000 },
});
const keyed = await startServer({ adminKey: 'correct horse', strangers: true, settings: { graphiql: false } });
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await keyed[Symbol.asyncDispose]();
});

/** Like fetch, but lets a test set headers such as Host and Origin. */
function send(
  port: number,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string },
) {
  const { method = 'POST', path = '/graphql', headers = { 'content-type': 'application/json' }, body = '' } = options;
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const request = httpRequest({ host: 'localhost', port, method, path, headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const message = (body: string) => JSON.parse(body).errors[0].message;
const code = (body: string) => JSON.parse(body).errors[0].extensions.code;

describe('cross-site request forgery', () => {
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'query=%7B__typename%7D'],
    ['plain text', { 'content-type': 'text/plain' }, typename],
    ['a body without a type', {}, typename],
  ])('refuses %s with 403', async (_, headers, body) => {
    const response = await send(open.port, { headers, body });
    expect(response.status).toBe(403);
    expect(code(response.body)).toBe('CSRF');
  });

  it('tells a client that sends queries by GET what to do', async () => {
    const response = await send(open.port, { method: 'GET', path: '/graphql?query=%7B__typename%7D', headers: {} });
    expect(response.status).toBe(403);
    expect(message(response.body)).toContain('(urql: preferGetMethod: false) or send x-csrf');
  });

  it('refuses a form with the header, too: only JSON is read', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf': '1' };
    expect((await send(open.port, { headers, body: 'query=%7B__typename%7D' })).status).toBe(415);
  });

  it('refuses multipart with 415', async () => {
    const form = new FormData();
    form.set('operations', typename);
    expect((await fetch(open.graphql, { method: 'POST', body: form })).status).toBe(415);
  });

  it('refuses a compressed body with 415', async () => {
    expect((await send(open.port, { headers: { ...json, 'content-encoding': 'gzip' }, body: 'x' })).status).toBe(415);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('refuses %s with 405', async (method) => {
    const response = await send(open.port, { method });
    expect(response.status).toBe(405);
    expect(response.headers.allow).toBe('GET, POST');
  });

  it('refuses a mutation by GET', async () => {
    const query = encodeURIComponent('mutation { cancelGeneration(id: "gen-1") { __typename } }');
    const response = await send(open.port, {
      method: 'GET',
      path: `/graphql?query=${query}`,
      headers: { 'x-csrf': '1' },
    });
    expect(response.status).toBe(405);
  });
});

describe('origins and hosts', () => {
  it.each(['https://evil.example', 'http://localhost:1', 'null', 'https://chat.example.evil.example'])(
    'refuses the origin %s, without a CORS header',
    async (origin) => {
      const response = await send(open.port, { headers: { ...json, origin }, body: typename });
      expect(response.status).toBe(403);
      expect(response.headers['access-control-allow-origin']).toBeUndefined();
      expect(message(response.body)).toContain('server.corsOrigins in pointsman.yaml');
    },
  );

  it('takes its own origin', async () => {
    const response = await send(open.port, { headers: { ...json, origin: open.url }, body: typename });
    expect(response.status).toBe(200);
  });

  it('lets a listed origin in, without credentials', async () => {
    const response = await send(open.port, { headers: { ...json, origin: friend }, body: typename });
    expect(response.status).toBe(200);
    expect(response.headers['access-control-allow-origin']).toBe(friend);
    expect(response.headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('answers the preflight of a listed origin', async () => {
    const response = await send(open.port, { method: 'OPTIONS', headers: { origin: friend } });
    expect(response.status).toBe(204);
    expect(response.headers['access-control-allow-headers']).toContain('authorization');
  });

  it('sends no CORS header to a caller that names no origin', async () => {
    const response = await send(open.port, { headers: json, body: typename });
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each(['evil.example', 'localhost.evil.example', '192.0.2.7', '169.254.169.254:80'])(
    'refuses the Host %s',
    async (host) => {
      for (const path of ['/graphql', '/metrics', '/']) {
        const response = await send(open.port, { path, headers: { ...json, host }, body: typename });
        expect(response.status).toBe(403);
        expect(message(response.body)).toContain('server.allowedHosts in pointsman.yaml');
      }
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]:4000', 'app.localhost', 'llm.example', 'LLM.example:443'])(
    'takes the Host %s',
    async (host) => {
      expect((await send(open.port, { headers: { ...json, host }, body: typename })).status).toBe(200);
    },
  );

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['a foreign host', { headers: { host: 'evil.example' } }],
  ])('refuses the upgrade of a WebSocket from %s with 403', async (_, options) => {
    await expect(openSocket(open.ws, options)).rejects.toThrow('refused with 403');
  });

  it('refuses a WebSocket elsewhere than at /graphql', async () => {
    await expect(openSocket(open.ws.replace('/graphql', '/elsewhere'))).rejects.toThrow('refused with 404');
  });
});

describe('bodies', () => {
  it('refuses a body that says it is too large with 413', async () => {
    const response = await send(open.port, { headers: json, body: JSON.stringify({ query: 'x'.repeat(5_001) }) });
    expect(response.status).toBe(413);
  });

  it('refuses a chunked body as soon as it is too large with 413', async () => {
    const headers = { ...json, 'transfer-encoding': 'chunked' };
    const response = await send(open.port, { headers, body: JSON.stringify({ query: 'x'.repeat(50_000) }) });
    expect(response.status).toBe(413);
  });

  it.each([
    ['a batch', `[${typename},${typename}]`],
    ['a number', '7'],
    ['null', 'null'],
    ['an empty body', ''],
    ['half an object', '{"query":'],
    ['an object nested thousands of levels deep', `{"query":${'['.repeat(2_400)}${']'.repeat(2_400)}}`],
  ])('refuses %s with 400', async (_, body) => {
    const response = await send(open.port, { headers: json, body });
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body).errors).toHaveLength(1);
  });

  it('refuses variables nested too deeply, by HTTP and by WebSocket', async () => {
    const query = 'query ($slug: String!) { model(slug: $slug) { slug } }';
    const variables = `{"slug":"x","more":${'['.repeat(500)}${']'.repeat(500)}}`;
    const response = await send(open.port, { headers: json, body: `{"query":"${query}","variables":${variables}}` });
    expect(code(response.body)).toBe('BAD_USER_INPUT');
    await using socket = await openSocket(open.ws);
    await socket.init();
    socket.send(`{"id":"1","type":"subscribe","payload":{"query":"${query}","variables":${variables}}}`);
    expect(await socket.receive()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('goes on after a body that breaks off', async () => {
    const socket = connect(open.port, 'localhost');
    socket.on('error', () => {}).resume();
    socket.end(
      'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"query"',
    );
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await open.post({ query: '{ __typename }' })).status).toBe(200);
    expect(open.logged).toEqual([]);
  });
});

describe('the key', () => {
  it.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
    ['a part of it', { 'x-api-key': 'correct' }],
    ['one in the wrong scheme', { authorization: 'Basic correct horse' }],
  ])('is asked for with 401 where there is %s', async (_, headers) => {
    const response = await keyed.post({ query: '{ __schema { types { name } } }' }, headers as Record<string, string>);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.text()).toContain('UNAUTHENTICATED');
    expect((await fetch(`${keyed.url}/metrics`, { headers: headers as Record<string, string> })).status).toBe(401);
  });

  it('that is wrong is called wrong, and where none came the answer says how to show it, in GraphiQL, too', async () => {
    const graphiql = 'In GraphiQL: {"authorization": "Bearer …"} in the Headers editor.';
    const wrong = { authorization: 'Bearer wrong' };
    const operation = { query: '{ __typename }' };
    expect(message(await (await keyed.post(operation, wrong)).text())).toBe('This key is not right.');
    expect(message(await (await keyed.post(operation)).text())).toBe(
      `Show the key: "Authorization: Bearer …" or "x-api-key". ${graphiql}`,
    );
    await using socket = await openSocket(keyed.ws);
    await socket.init();
    socket.subscribe('1', '{ __typename }', { extensions: { headers: wrong } });
    expect(await socket.receive()).toMatchObject({
      type: 'error',
      payload: [{ message: 'This key is not right.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    socket.subscribe('2', '{ __typename }');
    expect(await socket.receive()).toMatchObject({
      type: 'error',
      payload: [
        {
          message: `Show the key: connectionParams { authorization: "Bearer …" }. ${graphiql}`,
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ],
    });
  });

  it.each([
    { authorization: 'Bearer correct horse' },
    { authorization: 'bearer correct horse' },
    { 'x-api-key': 'correct horse' },
  ])('opens the server as %o', async (headers) => {
    const response = await keyed.post(
      { query: '{ __schema { queryType { name } } }' },
      headers as Record<string, string>,
    );
    expect(await response.json()).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });

  it.each([
    { authorization: 'Bearer correct horse' },
    { Authorization: 'Bearer correct horse' },
    { apiKey: 'correct horse' },
    { 'x-api-key': 'correct horse' },
    { headers: { Authorization: 'Bearer correct horse' } },
  ])('opens a WebSocket as the connection parameters %o', async (params) => {
    await using socket = await openSocket(keyed.ws);
    await socket.init(params);
    socket.subscribe('1', '{ __typename }');
    expect(await socket.receive()).toMatchObject({ type: 'next' });
  });

  it('closes a WebSocket with 4403 where it is wrong', async () => {
    await using inParams = await openSocket(keyed.ws);
    inParams.send({ type: 'connection_init', payload: { authorization: 'Bearer wrong' } });
    expect(await inParams.closed).toMatchObject({ code: 4403 });
    await using inHeaders = await openSocket(keyed.ws, { headers: { authorization: 'Bearer wrong' } });
    inHeaders.send({ type: 'connection_init' });
    expect(await inHeaders.closed).toMatchObject({ code: 4403 });
  });

  it('may come with each operation, as GraphiQL sends it', async () => {
    await using socket = await openSocket(keyed.ws);
    await socket.init();
    socket.subscribe('1', '{ __typename }', { extensions: { headers: { Authorization: 'Bearer correct horse' } } });
    expect(await socket.receiveUntil('complete')).toMatchObject([{ type: 'next' }, { type: 'complete' }]);
    socket.subscribe('2', '{ __typename }');
    expect(await socket.receive()).toMatchObject({
      id: '2',
      type: 'error',
      payload: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('limits the sockets of one address that have not shown it', async () => {
    await using stack = new AsyncDisposableStack();
    for (let count = 0; count < 4; count += 1) stack.use(await openSocket(keyed.ws));
    await expect(openSocket(keyed.ws)).rejects.toThrow('refused with 429');
    await using friendly = await openSocket(keyed.ws, { headers: { 'x-api-key': 'correct horse' } });
    await friendly.init();
    await stack.disposeAsync();
    await expect.poll(async () => (await openSocket(keyed.ws))[Symbol.asyncDispose]()).toBeUndefined();
  });

  it('is not needed for health', async () => {
    expect((await fetch(`${keyed.url}/health`)).status).toBe(200);
    expect((await fetch(`${keyed.url}/ready`)).status).toBe(200);
  });
});

describe('strangers in production', () => {
  it('get no introspection and no suggestions, but answers', async () => {
    await using server = await startServer({ strangers: true, settings: { graphiql: false } });
    const introspection = await server.post({ query: '{ __schema { types { name } } }' });
    expect(await introspection.text()).not.toContain('ChatCompletion');
    for (const query of [
      '{ modelss(first: 1) { totalCount } }',
      '{ models(fist: 1) { totalCount } }',
      '{ models(first: 1, orderBy: { field: NAMES }) { totalCount } }',
      '{ node(id: "x") { ... on Modell { slug } } }',
    ]) {
      expect(await (await server.post({ query })).text()).not.toMatch(/did you mean/i);
    }
    const variables = { order: { field: 'NAMES' } };
    const query = 'query ($order: ModelOrder) { models(first: 1, orderBy: $order) { totalCount } }';
    expect(await (await server.post({ query, variables })).text()).not.toMatch(/did you mean/i);
    expect(await (await server.post({ query: '{ __typename }' })).json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('are told apart from callers of an open server, who get both', async () => {
    expect(await (await open.post({ query: '{ modelss(first: 1) { totalCount } }' })).text()).toMatch(/did you mean/i);
    expect((await open.post({ query: '{ __schema { types { name } } }' })).status).toBe(200);
  });

  it('find no GraphiQL', async () => {
    expect((await fetch(keyed.graphql, { headers: { accept: 'text/html' } })).status).toBe(404);
  });
});
