import { connect } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { restFaces } from '../support/rest-faces.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const generations = createScriptedGenerations({ complete: async () => completionBy(catalog, 'birch/reader@quarry') });
const bodyLimitBytes = 2_000_000;
const server = await startServer({ generations, catalog: () => catalog, settings: { bodyLimitBytes } });
afterAll(() => server[Symbol.asyncDispose]());

const faces = Object.entries(restFaces);
const json = { 'content-type': 'application/json' };
const send = async (path: string, body: string | Buffer, headers: Record<string, string> = json) => {
  const response = await fetch(server.url + path, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
  return { status: response.status, text: await response.text() };
};
const entries = (count: number) => Array.from({ length: count }, (_, index) => `"x${index}":""`).join(',');
/** The body with something put in front of its fields, as text. */
const beginning = (body: object, fields: string) => JSON.stringify(body).replace('{', `{${fields},`);

// After whatever was sent: the server answers, and nothing in it was touched or worth an error in the log.
afterEach(async () => {
  expect((await send('/api/v1/chat/completions', JSON.stringify(restFaces['/api/v1/chat/completions']))).status).toBe(
    200,
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(server.logged).toEqual([]);
});

describe.each(faces)('hostile input at POST %s', (path, body) => {
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text, which a page of any origin may send', { 'content-type': 'text/plain' }, 415],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['JSON of another kind', { 'content-type': 'application/json-seq' }, 415],
    ['a compressed body', { ...json, 'content-encoding': 'br' }, 415],
    ['JSON with a character set', { 'content-type': 'application/json; charset=utf-8' }, 200],
  ])('%s', async (_, headers, status) => {
    expect((await send(path, JSON.stringify(body), headers as Record<string, string>)).status).toBe(status);
  });

  it.each<[string, (fields: object) => string | Buffer]>([
    ['a body over the limit', (fields) => beginning(fields, `"x":"${'x'.repeat(bodyLimitBytes)}"`)],
    ['what is no JSON', () => '{"messages":'],
    ['a list', (fields) => `[${JSON.stringify(fields)}]`],
    ['null', () => 'null'],
    ['bytes that are no UTF-8', (fields) => Buffer.from(beginning(fields, '"x":"\xff\xfe"'), 'latin1')],
    ['UTF-16', (fields) => Buffer.from(JSON.stringify(fields), 'utf16le')],
    [
      'lists nested too deeply in a field that nobody reads',
      (fields) => beginning(fields, `"x":${'['.repeat(70)}${']'.repeat(70)}`),
    ],
    [
      'objects nested a hundred thousand deep',
      (fields) => beginning(fields, `"x":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`),
    ],
    ['a number that is none any more', (fields) => beginning(fields, '"temperature":1e999')],
    [
      'a whole number that is too large to be exact',
      (fields) => beginning(fields, '"seed":123456789012345678901234567890,"top_k":1e300'),
    ],
    ['a text for a number', (fields) => beginning(fields, '"temperature":"0.5"')],
    ['an object for a text', (fields) => beginning(fields, '"model":{"toString":"x"}')],
    ['a model with a name of a megabyte', (fields) => beginning(fields, `"model":"${'a'.repeat(1e6)}"`)],
    [
      'more biases than there can be',
      (fields) => beginning(fields, `"models":["",""],"metadata":{${entries(2_000)}},"logit_bias":{${entries(2_000)}}`),
    ],
    ['a hundred thousand bad names', (fields) => beginning(fields, `"models":[${Array(100_000).fill('""')}]`)],
  ])('refuses %s, in a few words', async (_, make) => {
    const before = generations.requests.length;
    const { status, text } = await send(path, make(body));
    expect([400, 413]).toContain(status);
    expect(JSON.parse(text).error.message).toMatch(/^.{1,500}$/su);
    expect(text.length).toBeLessThan(1_500);
    expect(text).not.toContain('node_modules');
    expect(generations.requests).toHaveLength(before);
  });

  it('reads the last of two fields with one name, as everything else that reads JSON here does', async () => {
    expect((await send(path, beginning(body, '"temperature":99,"temperature":1'))).status).toBe(200);
    expect(generations.requests.at(-1)?.temperature).toBe(1);
  });

  it.each([
    '"__proto__":{"polluted":true}',
    '"constructor":{"prototype":{"polluted":true}}',
    '"provider":{"__proto__":{"polluted":true}}',
    '"logit_bias":{"11":1},"metadata":{"__proto__":"x"},"x":{"__proto__":{"polluted":true}}',
    '"toString":1,"hasOwnProperty":null,"valueOf":{},"then":"x"',
  ])('takes %s for a field like any other', async (fields) => {
    expect((await send(path, beginning(body, fields))).status).toBe(200);
    expect(generations.requests.at(-1)).not.toHaveProperty('polluted');
  });

  it('hands on any text, also one with zeros, lone surrogates and what ends a line elsewhere', async () => {
    const odd = 'a\u0000b\ud800c\u2028d\u202ee\r\nf';
    const said = JSON.stringify(body).replace('Hello', JSON.stringify(odd).slice(1, -1));
    expect((await send(path, said)).status).toBe(200);
    expect(JSON.stringify(generations.requests.at(-1)?.messages)).toContain(JSON.stringify(odd).slice(1, -1));
  });
});

/** Sends bytes as they are, and gives back all that comes until the connection closes. */
async function raw(...pieces: readonly string[]): Promise<string> {
  const socket = connect(server.port, 'localhost');
  let text = '';
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      text += bytes;
    });
  for (const piece of pieces) socket.write(piece);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}
const opening =
  'POST /api/v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n';

describe('hostile requests over REST', () => {
  it('are refused with 431 where their headers are a flood', async () => {
    expect(await raw(`${opening}X-Flood: ${'x'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw(`${opening}${'X-A: b\r\n'.repeat(20_000)}\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('are refused with 400 where their length is said twice, or both ways', async () => {
    expect(await raw(`${opening}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(`${opening}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 400 /,
    );
  });

  it('are refused with 413 as soon as a body without a length is too large', async () => {
    const piece = `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`;
    const answer = await raw(`${opening}Transfer-Encoding: chunked\r\n\r\n`, piece.repeat(25), '0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it('that name a session or a key in vain are told which header is wrong', async () => {
    const body = JSON.stringify(restFaces['/api/v1/chat/completions']);
    for (const [name, value] of [
      ['x-session-id', 's'.repeat(300)],
      ['idempotency-key', 'k'.repeat(300)],
    ] as const) {
      const { status, text } = await send('/api/v1/chat/completions', body, { ...json, [name]: value });
      expect(status).toBe(400);
      expect(JSON.parse(text).error.metadata.path.toLowerCase()).toBe(name);
    }
  });
});
