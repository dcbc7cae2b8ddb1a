import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { readStart, readText } from '../../src/providers/body.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from '../../src/providers/http.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

const post: HttpRequest = { method: 'POST', path: '/chat', body: { a: 1 }, connectTimeoutMs: 5000 };
const signal = new AbortController().signal;

describe('the HTTP client', () => {
  let upstream: StubUpstream;
  const clients: HttpClient[] = [];
  beforeEach(async () => {
    upstream = await startStubUpstream();
  });
  afterEach(async () => {
    await upstream.close();
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  const clientOf = (options: Partial<HttpClientOptions> = {}): HttpClient => {
    const client = createHttpClient({
      baseUrl: upstream.url,
      allowPrivateNetwork: true,
      clock: systemClock,
      ...options,
    });
    clients.push(client);
    return client;
  };

  it('sends its headers, its credential and a path below the base URL', async () => {
    upstream.respond({ body: [{ write: 'ok' }] });
    const client = clientOf({
      baseUrl: `${upstream.url}/base/v1/?api-version=2026&x=1`,
      credential: { header: 'X-Api-Key', value: ' secret\r\n' },
      headers: { 'X-Team': 'a\r\nInjected: 1' },
    });
    const response = await client.send({ ...post, path: '/chat?x=2', headers: { Accept: 'text/plain' } }, signal);
    expect(await readText(response.body, 100)).toBe('ok');
    expect(response.secrets).toEqual(['secret', 'aInjected: 1']);
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/base/v1/chat?x=2&api-version=2026', json: { a: 1 } });
    expect(request?.headers).toMatchObject({ 'x-api-key': 'secret', 'x-team': 'aInjected: 1', accept: 'text/plain' });
    expect(request?.headers).not.toHaveProperty('injected');
  });

  it('tells of a limit that a good answer says is used up, and not of what a refusal says', async () => {
    const headers = { 'X-RateLimit-Remaining-Requests': '0', 'X-RateLimit-Reset-Requests': '1.5s' };
    const told: (number | undefined)[] = [];
    const request: HttpRequest = { ...post, onQuotaUsedUp: (resetMs) => told.push(resetMs) };
    for (const status of [200, 429]) {
      upstream.respond({ status, headers, body: [] });
      await readText((await clientOf().send(request, signal)).body, 10);
    }
    expect(told).toEqual([1_500]);
  });

  it('gives any status, headers in lower case, and repeated ones joined', async () => {
    upstream.respond({ status: 418, headers: { 'X-One': 'a', 'Retry-After': '3' }, body: [] });
    const response = await clientOf().send({ ...post, method: 'GET', body: undefined }, signal);
    expect(response).toMatchObject({ status: 418, headers: { 'x-one': 'a', 'retry-after': '3' } });
    expect(await readText(response.body, 10)).toBe('');
  });

  it('calls no private address unless it may', async () => {
    const { port } = new URL(upstream.url);
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'localhost', '2130706433', '0x7f.1', '0.0.0.0', '[::]']) {
      const client = clientOf({ baseUrl: `http://${host}:${port}`, allowPrivateNetwork: false });
      await expect(client.send(post, signal), host).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('not a public address'),
      });
    }
    expect(upstream.requests).toEqual([]);
  });

  it('resolves names, and says which one it cannot resolve', async () => {
    const { port } = new URL(upstream.url);
    upstream.respond({ body: [{ write: 'ok' }] });
    const response = await clientOf({ baseUrl: `http://localhost:${port}` }).send(post, signal);
    expect(await readText(response.body, 10)).toBe('ok');
    await expect(clientOf({ baseUrl: 'http://no-such-host.invalid' }).send(post, signal)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no-such-host.invalid'),
    });
  });

  it('takes only http and https for a base URL', () => {
    expect(() =>
      createHttpClient({ baseUrl: 'file:///etc/passwd', allowPrivateNetwork: true, clock: systemClock }),
    ).toThrow(TypeError);
  });

  it('gives up connecting at the deadline, and not a millisecond earlier', async () => {
    // A TLS handshake with a server that never says anything.
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => sockets.push(socket.on('error', () => {})));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const clock = createManualClock();
    try {
      let outcome: unknown;
      const client = clientOf({ baseUrl: `https://127.0.0.1:${port}`, clock });
      const work = client.send({ ...post, connectTimeoutMs: 300 }, signal).catch((error: unknown) => {
        outcome = error;
      });
      await once(silent, 'connection');
      await clock.advance(299);
      expect(outcome).toBe(undefined);
      await clock.advance(1);
      await work;
      expect(outcome).toMatchObject({ kind: 'connect_timeout' });
      await Promise.all(sockets.map((socket) => socket.destroyed || once(socket.resume(), 'close')));
      expect(clock.pending()).toBe(0);
    } finally {
      silent.close();
    }
  });

  it('closes a connection that is being made when it is aborted', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    try {
      const abort = new AbortController();
      const work = clientOf({ baseUrl: `https://127.0.0.1:${port}` }).send(post, abort.signal);
      const [socket]: Socket[] = await once(silent, 'connection');
      abort.abort('left');
      await expect(work).rejects.toBe('left');
      if (socket?.destroyed === false) await once(socket.resume(), 'close');
    } finally {
      silent.close();
    }
  });

  it('leaves no timer and no listener behind', async () => {
    const clock = createManualClock();
    upstream.respond({ body: [{ write: 'ok' }] });
    const abort = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = abort.signal;
    abort.signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(abort.signal, given);
    };
    abort.signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(abort.signal, given);
    };
    const response = await clientOf({ clock }).send(post, abort.signal);
    await readText(response.body, 10);
    expect(clock.pending()).toBe(0);
    expect(listeners).toBe(0);
  });

  it('closes the connection of an answer that is left in the middle', async () => {
    upstream.respond({ body: [{ write: 'x' }, { stall: true }] });
    const response = await clientOf().send(post, signal);
    for await (const _ of response.body) break;
    await (await upstream.nextRequest()).closed;
  });

  it('closes at once the connection of an answer that is left while it floods', async () => {
    const clock = createManualClock();
    upstream.respond({ body: [{ repeat: 'x'.repeat(10_000) }] });
    const response = await clientOf({ clock }).send(post, signal);
    expect(await readStart(response.body, 100)).toMatchObject({ whole: false, text: 'x'.repeat(100) });
    await (await upstream.nextRequest()).closed;
  });

  it('keeps the connection of an answer that is left just before its end', async () => {
    upstream.respond({ body: [{ write: 'wanted' }, { waitMs: 1 }, { write: 'rest' }] });
    const client = clientOf();
    for (let times = 0; times < 3; times += 1) {
      const response = await client.send(post, signal);
      for await (const _ of response.body) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(upstream.connections()).toBe(1);
  });

  it('runs many streams at once without queueing any', async () => {
    upstream.respond({ body: [{ write: 'x' }, { stall: true }] });
    const client = clientOf();
    const abort = new AbortController();
    const responses = await Promise.all(Array.from({ length: 100 }, () => client.send(post, abort.signal)));
    expect(responses).toHaveLength(100);
    expect(upstream.connections()).toBe(100);
    abort.abort();
    await Promise.all(upstream.requests.map((request) => request.closed));
  });

  it('refuses a body that is larger than its reader allows, and unknown or broken encodings', async () => {
    const client = clientOf();
    upstream.respond({ body: [{ repeat: 'x'.repeat(10_000) }] });
    await expect(readText((await client.send(post, signal)).body, 50_000)).rejects.toMatchObject({
      kind: 'malformed_response',
    });
    // A bomb: 20 MB in 20 KB.
    upstream.respond({
      headers: { 'content-encoding': 'gzip' },
      body: [{ write: gzipSync(Buffer.alloc(20_000_000)) }],
    });
    await expect(readText((await client.send(post, signal)).body, 50_000)).rejects.toMatchObject({
      kind: 'malformed_response',
    });
    upstream.respond({ headers: { 'content-encoding': 'gzip' }, body: [{ write: 'no gzip' }] });
    await expect(readText((await client.send(post, signal)).body, 50_000)).rejects.toMatchObject({
      kind: 'malformed_response',
    });
    upstream.respond({
      headers: { 'content-encoding': 'gzip' },
      body: [{ write: gzipSync('a'.repeat(1000)).subarray(0, 15) }],
    });
    await expect(readText((await client.send(post, signal)).body, 50_000)).rejects.toMatchObject({ kind: 'truncated' });
    upstream.respond({ headers: { 'content-encoding': 'lzma' }, body: [{ write: 'x' }] });
    await expect(readText((await client.send(post, signal)).body, 50_000)).rejects.toMatchObject({
      kind: 'malformed_response',
    });
  });

  it('reads slow headers', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    upstream.respond({ raw: true, body: [...head].flatMap((write) => [{ write }, { waitMs: 0 }]) });
    expect(await readText((await clientOf().send(post, signal)).body, 10)).toBe('ok');
  });

  it('takes an early hint for no answer', async () => {
    const head = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    upstream.respond({ raw: true, body: [{ write: head }] });
    const response = await clientOf().send(post, signal);
    expect(response.status).toBe(200);
    expect(await readText(response.body, 10)).toBe('ok');
  });
});
