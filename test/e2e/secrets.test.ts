import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeDocument, streamDocument } from '../support/callers.ts';
import { type DialectWire, dialectWires, framesOf } from '../support/dialect-wires.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import {
  jsonAnswer,
  type StubAnswer,
  type StubRequest,
  startStubUpstream,
  streamAnswer,
} from '../support/stub-upstream.ts';

/** Without the prefix of any provider's keys: what hides them must know them, not guess. */
const adminKey = 'Zadmin0canary0u3Xw8Qm';
const keyOf = (dialect: string) => `Zkey0canary0${dialect.replaceAll('-', '0')}0p7Rk2Vt`;
const headerSecret = 'Zheader0canary0h5Ny1Bc';
const querySecret = 'Zquery0canary0q9Df4Gj';
const prompt = 'Zprompt0canary0my0diary';
const answered = 'Zanswer0canary0dear0diary';
const secrets = [adminKey, headerSecret, querySecret, ...dialectWires.map(({ dialect }) => keyOf(dialect))];

const directory = await mkdtemp(join(tmpdir(), 'pointsman-secrets-'));
const databaseUrl = join(directory, 'pointsman.db');
/** Who asks, by turns: an administrator, an API key with a limit, one without, and a client token. */
const callers = await makeCallers();
const callerSecrets = callers.filter((secret) => secret !== adminKey);

async function makeCallers(): Promise<readonly string[]> {
  await using ledger = await openLedger(databaseUrl);
  const key = await ledger.makeKey();
  const limited = await ledger.makeKey({ limitNano: 1_000_000_000_000 });
  const token = await ledger.makeToken(key.id);
  return [adminKey, key.secret, limited.secret, token.secret];
}

/** What the upstream repeats of a request: every header, the address, the body. */
const echo = ({ headers, url, text }: StubRequest) => `you sent ${JSON.stringify(headers)} to ${url} with ${text}`;
const asHeader = ({ headers, url }: StubRequest) =>
  `${Object.values(headers).join(' ')} ${url}`.replaceAll(/[^ -~]/g, '');

/** Upstreams that tell what they were sent, in every place that there is. */
function tellTales(wire: DialectWire): Readonly<Record<string, (request: StubRequest) => StubAnswer>> {
  const headers = { 'content-type': wire.contentType };
  const stream = (...frames: string[]) => streamAnswer(frames, wire.contentType);
  const refused = (status: number) => (request: StubRequest) => jsonAnswer(wire.error(echo(request)), status);
  return {
    'status-400': refused(400),
    'status-401': refused(401),
    'status-403': refused(403),
    'status-404': refused(404),
    'status-413': refused(413),
    'status-422': refused(422),
    'status-429': refused(429),
    'status-500': refused(500),
    'status-503': refused(503),
    'text-500': (request) => ({
      status: 500,
      headers: { 'content-type': 'text/plain' },
      body: [{ write: echo(request) }],
    }),
    'page-502': (request) => ({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: [{ write: `<html><head><title>${echo(request)}</title></head></html>` }],
    }),
    'page-200': (request) => ({
      headers: { 'content-type': 'text/html' },
      body: [{ write: `<html>${echo(request)}</html>` }],
    }),
    'other-form-200': (request) => jsonAnswer({ [echo(request)]: { message: echo(request) }, message: 7 }),
    'not-json': (request) => stream(`data: {${echo(request)}\n\n`, `{${echo(request)}\n`),
    'in-headers': (request) => ({
      status: 429,
      headers: {
        'x-echo': asHeader(request),
        'retry-after': asHeader(request),
        'www-authenticate': asHeader(request),
        'set-cookie': `a=${asHeader(request)}`,
      },
      body: [],
    }),
    redirect: (request) => ({
      status: 307,
      headers: { location: `http://127.0.0.1:9/${encodeURI(asHeader(request))}` },
      body: [],
    }),
    'no-http': (request) => ({ raw: true, body: [{ write: `${echo(request)}\r\n\r\n` }] }),
    'reason-phrase': (request) => ({
      raw: true,
      body: [{ write: `HTTP/1.1 500 ${asHeader(request)}\r\ncontent-length: 0\r\n\r\n` }],
    }),
    'error-event': (request) => stream(wire.errorFrame(echo(request))),
    'error-event-later': (request) => stream(...wire.opening, wire.content(answered), wire.errorFrame(echo(request))),
    'garbage-later': (request) => ({
      headers,
      body: [
        { write: wire.opening.join('') + wire.content(answered) },
        { waitMs: 50 },
        { write: `data: ${echo(request)}\n\n` },
      ],
    }),
    cut: (request) => ({
      headers,
      body: [{ write: wire.content(answered) }, { write: `data: ${echo(request)}` }, { drop: true }],
    }),
    well: ({ text, url }) =>
      text.includes('"stream":true') || url.includes('stream')
        ? stream(...framesOf(wire, answered))
        : jsonAnswer(wire.whole(answered)),
  };
}

const upstream = await startStubUpstream();
upstream.respond((request) => {
  const [, dialect, tale = ''] = request.url.split('/');
  const wire = dialectWires.find((one) => one.dialect === dialect);
  return (wire && tellTales(wire)[tale]?.(request)) ?? { status: 500, body: [] };
});

let program: RunningProgram;
/** Everything that callers were told, headers included. */
let told = '';
/** What stood in the files of the database, at the end of all requests and after the end of the program. */
const stored: { readonly file: string; readonly bytes: Buffer }[] = [];

beforeAll(async () => {
  const cases = dialectWires.flatMap((wire) => Object.keys(tellTales(wire)).map((tale) => ({ wire, tale })));
  program = await startProgram({
    environment: { LOG_LEVEL: 'trace', POINTSMAN_ADMIN_KEY: adminKey, DATABASE_URL: databaseUrl },
    configuration: configurationOf(cases.map(({ wire, tale }) => ({ dialect: wire.dialect, tale }))),
  });
  const asked = cases.flatMap(({ wire, tale }, index) => [
    ask(`acme/${wire.dialect}-${tale}`, false, callers[index % callers.length]),
    ask(`acme/${wire.dialect}-${tale}`, true, callers[(index + 1) % callers.length]),
    askRest(`acme/${wire.dialect}-${tale}`, false, callers[index % callers.length]),
    askRest(`acme/${wire.dialect}-${tale}`, true, callers[(index + 1) % callers.length]),
  ]);
  await Promise.all(asked);
  const metrics = await fetch(`${program.url}/metrics`, { headers: { 'x-api-key': adminKey } });
  const text = await metrics.text();
  told += text;
  await readStored();
  await program.stop();
  await readStored();
}, 60_000);
afterAll(async () => {
  await upstream.close();
  await rm(directory, { recursive: true, force: true });
});

async function readStored(): Promise<void> {
  for (const file of await readdir(directory)) stored.push({ file, bytes: await readFile(join(directory, file)) });
}

function configurationOf(cases: readonly { readonly dialect: string; readonly tale: string }[]): object {
  const providers: Record<string, object> = {};
  const models: Record<string, object> = {};
  for (const { dialect, tale } of cases) {
    const provider = `${dialect}-${tale}`;
    providers[provider] = {
      dialect,
      baseUrl: `${upstream.url}/${dialect}/${tale}?trace=${querySecret}`,
      apiKey: keyOf(dialect),
      headers: { 'x-extra': headerSecret },
    };
    const pricing = { prompt: '0.000001', completion: '0.000002' };
    models[`acme/${provider}`] = {
      contextLength: 10_000,
      endpoints: [{ provider, upstreamModel: 'model-1', pricing }],
    };
  }
  return { builtInCatalog: false, discovery: false, providers, models };
}

const headersOf = (secret: string) => ({
  authorization: `Bearer ${secret}`,
  cookie: `session=${secret}`,
  'x-forwarded-for': '203.0.113.7',
  'x-caller': secret,
  'http-referer': 'https://caller.example',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
});

async function ask(model: string, streamed: boolean, secret = adminKey): Promise<void> {
  const variables = { input: { model, messages: [{ role: 'USER', content: prompt }], timeoutMs: 5_000 } };
  const response = await program.post(
    { query: streamed ? streamDocument : completeDocument, variables },
    { ...headersOf(secret), accept: streamed ? 'text/event-stream' : 'application/json' },
  );
  await hear(model, streamed, response);
}

async function askRest(model: string, stream: boolean, secret = adminKey): Promise<void> {
  const response = await fetch(`${program.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headersOf(secret), 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: prompt }] }),
  });
  await hear(model, stream, response);
}

async function hear(model: string, streamed: boolean, response: Response): Promise<void> {
  const text = await response.text();
  told += `${model} ${streamed}: ${JSON.stringify([...response.headers])} ${text}\n`;
}

const hitsIn = (text: string, words: readonly string[]) =>
  text
    .split('\n')
    .filter((line) => words.some((word) => line.includes(word)))
    .map((line) => line.slice(0, 600));

const filesWith = (words: readonly string[]) =>
  stored.flatMap(({ file, bytes }) => words.filter((word) => bytes.includes(word)).map((word) => `${word} in ${file}`));

describe('secrets', () => {
  it('were sent where they belong, so that what follows proves something', () => {
    const sent = JSON.stringify(upstream.requests.map(({ headers, url }) => [headers, url]));
    for (const secret of secrets) if (secret !== adminKey) expect(sent).toContain(secret);
    expect(upstream.requests.every(({ text }) => text.includes(prompt))).toBe(true);
    expect(program.output()).toContain('an attempt failed');
    expect(told).toContain('ChatCompletion');
    expect(told).toContain('AllAttemptsFailed');
    expect(told).toContain('"object":"chat.completion"');
    expect(told).toContain('"error_type":"provider_unavailable"');
    expect(told).toContain('pointsman_attempts_total');
  });

  it('never reach a caller or the metrics, even where upstreams repeat them', () => {
    expect(hitsIn(told, [...secrets, ...callerSecrets])).toEqual([]);
  });

  it('never reach the log, at any level', () => {
    expect(hitsIn(program.output(), [...secrets, ...callerSecrets])).toEqual([]);
  });

  it('never reach the database', () => {
    expect(
      stored.filter(({ file, bytes }) => file === 'pointsman.db' && bytes.includes('gen-')).length,
    ).toBeGreaterThan(0);
    expect(filesWith([...secrets, ...callerSecrets])).toEqual([]);
  });

  it('of the caller never reach an upstream', () => {
    const sent = upstream.requests.map(({ headers, url, text }) => JSON.stringify([headers, url, text])).join('\n');
    expect(
      hitsIn(sent, [adminKey, ...callerSecrets, '203.0.113.7', 'caller.example', '4bf92f3577b34da6a3ce929d0e0e4736']),
    ).toEqual([]);
  });
});

it('prompts and answers never reach the log, the metrics or the database, even where upstreams repeat them', () => {
  expect(told).toContain(answered);
  expect(hitsIn(program.output(), [prompt, answered])).toEqual([]);
  expect(filesWith([prompt, answered])).toEqual([]);
  expect(hitsIn(told, [prompt, answered]).filter((line) => line.includes('pointsman_'))).toEqual([]);
});

const usual = [
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
  'x-extra',
];

it.each([
  ['openai-compatible', ['authorization']],
  ['anthropic', ['anthropic-version', 'x-api-key']],
  ['google', ['x-goog-api-key']],
  ['ollama', ['authorization']],
  ['cohere', ['authorization']],
])('an upstream that speaks %s gets these headers and no other', (dialect, own) => {
  const requests = upstream.requests.filter(({ url }) => url.startsWith(`/${dialect}/`));
  expect(requests.length).toBeGreaterThan(0);
  const names = new Set(requests.map(({ headers }) => Object.keys(headers).toSorted().join(' ')));
  expect([...names]).toEqual([[...usual, ...own].toSorted().join(' ')]);
});
