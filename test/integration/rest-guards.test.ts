import { request as httpRequest } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { AllAttemptsFailed } from '../../src/errors.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const friend = 'https://chat.example';
const secret = 'sk-upstream-secret';
const generations = createScriptedGenerations({
  complete: async ({ model }) => {
    if (model === 'acme/bug') throw new Error(`a bug with ${secret}`);
    if (model === 'acme/down')
      throw new AllAttemptsFailed('All failed.', { attempts: [], retryable: true, retryAfterMs: 1_500 });
    return completionBy(catalog, 'birch/reader@quarry');
  },
});
const open = await startServer({ generations, settings: { corsOrigins: [friend], bodyLimitBytes: 50_000 } });
const keyed = await startServer({ generations, adminKey: 'correct-horse' });
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await keyed[Symbol.asyncDispose]();
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}
const json = { 'content-type': 'application/json' };
const hello = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] });

/** Like fetch, but lets a test set headers such as Host and Origin. */
function send(port: number, { method = 'POST', path = '/api/v1/chat/completions', headers = json, body = '' }: Sent) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const request = httpRequest({ host: 'localhost', port, method, path, headers }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    request.on('error', reject);
    request.end(body);
  });
}
const errorOf = (text: string) => JSON.parse(text).error;

describe('hostile and mistaken input over REST', () => {
  it.each<[string, Sent, number, string]>([
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
      415,
      'invalid_request',
    ],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: hello }, 415, 'invalid_request'],
    ['a compressed body', { headers: { ...json, 'content-encoding': 'gzip' }, body: hello }, 415, 'invalid_request'],
    ['what is not JSON', { body: '{' }, 400, 'invalid_request'],
    ['a list', { body: '[]' }, 400, 'invalid_request'],
    ['bad UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, 400, 'invalid_request'],
    ['an empty body', {}, 400, 'invalid_request'],
    ['a body that is too large', { body: `{"a":"${'x'.repeat(60_000)}"}` }, 413, 'payload_too_large'],
    ['JSON nested 20,000 deep', { body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}` }, 400, 'invalid_request'],
    ['a wrong method', { method: 'PUT', body: hello }, 405, 'invalid_request'],
    ['a path that is not there', { method: 'GET', path: '/api/v1/nothing' }, 404, 'not_found'],
    ['a path with a broken escape', { method: 'GET', path: '/api/v1/models/%E0%A4%A' }, 404, 'not_found'],
    ['a path that goes up', { method: 'GET', path: '/api/v1/model/..%2f..%2fetc/passwd' }, 404, 'not_found'],
    ['the base itself', { method: 'GET', path: '/v1' }, 404, 'not_found'],
    [
      'a page of another origin',
      { headers: { ...json, origin: 'https://evil.example' }, body: hello },
      403,
      'permission_denied',
    ],
    ['a name that is not ours', { headers: { ...json, host: 'evil.example' }, body: hello }, 403, 'permission_denied'],
  ])("answers %s in OpenRouter's envelope", async (_, sent, status, type) => {
    const { status: got, text } = await send(open.port, sent);
    expect(got).toBe(status);
    expect(errorOf(text)).toMatchObject({
      code: status,
      message: expect.stringMatching(/^.{1,500}$/su),
      metadata: { error_type: type },
    });
  });

  it('says which methods there are, and answers HEAD without a body', async () => {
    expect((await send(open.port, { method: 'DELETE' })).headers.allow).toBe('POST');
    const head = await send(open.port, { method: 'HEAD', path: '/v1/models', headers: {} });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100);
  });

  it('lets pages of a listed origin in, with the methods and headers that clients use', async () => {
    const preflight = await send(open.port, {
      method: 'OPTIONS',
      headers: { origin: friend, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(friend);
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      expect(preflight.headers['access-control-allow-methods']).toContain(method);
    }
    for (const header of [
      'authorization',
      'x-session-id',
      'idempotency-key',
      'x-stainless-lang',
      'anthropic-version',
    ]) {
      expect(preflight.headers['access-control-allow-headers']).toContain(header);
    }
    const answer = await send(open.port, { headers: { ...json, origin: friend }, body: hello });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-expose-headers']).toContain('x-generation-id');
  });

  it('tells nothing of a bug but an id, under which the log has it', async () => {
    const { status, text } = await send(open.port, { body: hello.replace('{', '{"model":"acme/bug",') });
    expect(status).toBe(500);
    expect(text).not.toContain(secret);
    const { message, metadata } = errorOf(text);
    expect(metadata.error_type).toBe('server');
    const entry = open.logged.find(({ fields }) => message.includes((fields as { errorId?: string }).errorId ?? '-'));
    expect(entry?.message).toBe('unexpected error in a REST request');
  });

  it('says when to come again', async () => {
    const { status, headers } = await send(open.port, { body: hello.replace('{', '{"model":"acme/down",') });
    expect(status).toBe(502);
    expect(headers['retry-after']).toBe('2');
  });

  it('asks for a key where the server has one, and takes it in both headers', async () => {
    const none = await send(keyed.port, { body: hello });
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toBe('Bearer');
    expect(errorOf(none.text)).toMatchObject({ code: 401, metadata: { error_type: 'authentication' } });
    expect((await send(keyed.port, { headers: { ...json, authorization: 'Bearer wrong' }, body: hello })).status).toBe(
      401,
    );
    expect(
      (await send(keyed.port, { headers: { ...json, authorization: 'Bearer correct-horse' }, body: hello })).status,
    ).toBe(200);
    expect((await send(keyed.port, { headers: { ...json, 'x-api-key': 'correct-horse' }, body: hello })).status).toBe(
      200,
    );
    expect((await send(keyed.port, { method: 'GET', path: '/v1/models', headers: {} })).status).toBe(401);
  });
});

describe('the OpenAPI document', () => {
  it('names every route, with the schemas that check what comes', async () => {
    const { status, text } = await send(open.port, { method: 'GET', path: '/api/v1/openapi.json', headers: {} });
    expect(status).toBe(200);
    const { openapi, paths } = JSON.parse(text);
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/chat/completions',
        '/completions',
        '/models',
        '/model/{author}/{slug}',
        '/keys/{hash}',
        '/generation',
      ]),
    );
    for (const path of ['/chat/completions', '/completions', '/messages', '/responses']) {
      const headers = paths[path].post.parameters.filter((one: { in: string }) => one.in === 'header');
      expect(headers.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(['Idempotency-Key', 'X-Session-Id', 'X-OpenRouter-Metadata']),
      );
    }
    const { properties, required } = paths['/chat/completions'].post.requestBody.content['application/json'].schema;
    expect(required).toEqual(['messages']);
    expect(properties.temperature).toMatchObject({ anyOf: [{ minimum: 0, maximum: 2 }, { type: 'null' }] });
    expect(paths['/models'].get.parameters.map(({ name }: { name: string }) => name)).toContain('max_price');
    expect(Object.keys(paths['/keys/{hash}'])).toEqual(['get', 'patch', 'delete']);
  });
});
