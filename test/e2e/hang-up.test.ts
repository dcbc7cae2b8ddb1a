import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { callBare, completeDocument, hello, postBare, streamDocument } from '../support/callers.ts';
import { openAIWire } from '../support/dialect-wires.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { type Action, type StubAnswer, startStubUpstream } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, until } from '../support/whole-server.ts';

/** How often each combination is tried; the programme of 12,000 is `HANG_UP_RUNS=200`. */
const runsOfEach = Number(process.env.HANG_UP_RUNS ?? 4);
/** A guard against a hang-up that does not reach the upstream, not a measurement: the figures are printed at the end. */
const loosestMs = 2_500;

const upstream = await startStubUpstream();
const server = await startWholeServer({
  configuration: oneModel({ acme: { baseUrl: upstream.url, apiKey: 'sk-test' } }),
  settings: { sockets: { maxMessagesPerSecond: 1e6, maxOperations: 1_000 } },
});
const took: { readonly ms: number; readonly title: string }[] = [];
const random = createRandom(20_261_122);

afterEach(server.recover);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream.close();
  const sorted = took.toSorted((a, b) => a.ms - b.ms);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const ms = (share: number) => `${at(share)?.ms.toFixed(1)} ms`;
  console.log(
    `hang-up to closed upstream, ${sorted.length} runs: p50 ${ms(0.5)}, p99 ${ms(0.99)}, most ${ms(1)} (${at(1)?.title})`,
  );
});

/** A caller whose request is under way, and how it leaves. */
interface Caller {
  readonly seen: () => string;
  readonly hangUp: () => void;
  readonly close: () => Promise<void>;
}

const transports: Readonly<Record<string, (stream: boolean) => Promise<Caller>>> = {
  'a mutation over HTTP': async () => bare(completeDocument, 'application/json'),
  'a subscription over SSE': async () => bare(streamDocument, 'text/event-stream'),
  'a subscription over WebSocket, completed': () => overSocket(streamDocument, false),
  'a subscription over WebSocket, its socket destroyed': () => overSocket(streamDocument, true),
  'a mutation over WebSocket, completed': () => overSocket(completeDocument, false),
  'POST /chat/completions': async () => rest(false),
  'POST /chat/completions as a stream': async () => rest(true),
};

function rest(stream: boolean): Caller {
  const request = { messages: [{ role: 'user', content: 'Hello!' }], stream };
  const { socket, text } = postBare(server, '/api/v1/chat/completions', request);
  return { seen: text, hangUp: () => socket.destroy(), close: async () => {} };
}

function bare(query: string, accept: 'application/json' | 'text/event-stream'): Caller {
  const { socket, text } = callBare(server, query, accept);
  return { seen: text, hangUp: () => socket.destroy(), close: async () => {} };
}

async function overSocket(query: string, destroy: boolean): Promise<Caller> {
  const socket = await openSocket(server.ws);
  let text = '';
  socket.socket.on('message', (data) => {
    text += String(data);
  });
  await socket.init();
  socket.subscribe('1', query, { variables: hello });
  return {
    seen: () => text,
    hangUp: () => (destroy ? socket.socket.terminate() : socket.send({ id: '1', type: 'complete' })),
    close: async () => socket[Symbol.asyncDispose](),
  };
}

const sse = { 'content-type': openAIWire.contentType };
const json = { 'content-type': 'application/json' };
const token = openAIWire.content('word ');
const earlyHints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n';
const often = (write: string, times = 400): Action[] =>
  Array.from({ length: times }, () => [{ write }, { waitMs: 5 }]).flat();

/** What the upstream does in each phase, streaming or not, by its pace: silent, slow, or as fast as it is read. */
const phases: Readonly<Record<string, (streams: boolean) => Readonly<Record<string, StubAnswer>>>> = {
  'before the headers': () => ({
    silent: { before: [{ stall: true }], body: [] },
    slow: { before: [{ write: 'HTTP/1.1 200 OK\r\n' }, ...often('x-a: b\r\n'), { stall: true }], body: [] },
    fast: { before: [{ repeat: earlyHints.repeat(100) }], body: [] },
  }),
  'before the first token': (streams) => {
    const nothing = streams ? openAIWire.keepAlive : ' ';
    const headers = streams ? sse : json;
    return {
      silent: { headers, body: [{ write: nothing }, { stall: true }] },
      slow: { headers, body: [...often(nothing), { stall: true }] },
      fast: { headers, body: [{ repeat: nothing.repeat(100) }] },
    };
  },
  'in the middle of the answer': (streams) => {
    const [start, more] = streams ? [token, token] : ['{"id":"c1","choices":[', ' '];
    const headers = streams ? sse : json;
    return {
      silent: { headers, body: [{ write: start }, { stall: true }] },
      slow: { headers, body: [{ write: start }, ...often(more), { stall: true }] },
      fast: { headers, body: [{ write: start }, { repeat: more.repeat(100) }] },
    };
  },
  'while a retry waits': () => ({
    'closed without a word': { before: [{ drop: true }], body: [] },
    refusing: { status: 503, headers: { ...json, 'retry-after-ms': '900', connection: 'close' }, body: [] },
    resetting: { headers: sse, body: [{ write: openAIWire.keepAlive }, { reset: true }] },
  }),
};

describe.each(Object.entries(transports))('hanging up on %s', (transport, call) => {
  const streams = /subscription|as a stream/.test(transport);
  it.each(Object.entries(phases))(
    '%s closes the upstream at once and leaves nothing behind',
    async (phase, answersOf) => {
      for (const [pace, answer] of Object.entries(answersOf(streams))) {
        for (let count = 0; count < runsOfEach; count += 1) {
          await hangUpOnce(`${transport}, ${phase}, ${pace}`, phase, streams, answer, call);
        }
      }
    },
    15_000 + runsOfEach * 1_000,
  );
});

async function hangUpOnce(
  title: string,
  phase: string,
  streams: boolean,
  answer: StubAnswer,
  call: (stream: boolean) => Promise<Caller>,
): Promise<void> {
  upstream.respond(answer);
  server.recover();
  const startedBefore = server.started.length;
  const endedBefore = server.ended.length;
  const requestsBefore = upstream.requests.length;
  const waits = phase === 'while a retry waits';
  const caller = await call(streams);
  await until(() => upstream.requests.length > requestsBefore, `${title}: the upstream is asked`);
  const request = upstream.requests[requestsBefore];
  if (waits) await until(() => server.ended.length > endedBefore, `${title}: an attempt fails`);
  else if (phase !== 'before the headers')
    await until(() => (request?.bytesWritten() ?? 0) > 0, `${title}: bytes are sent`);
  if (streams && phase === 'in the middle of the answer') {
    await until(() => /ContentDelta|"content":"word/.test(caller.seen()), `${title}: content arrives`);
  }
  // The moment within the phase is left to chance, which the seed decides.
  for (let turns = Math.floor(random() * 6); turns > 0; turns -= 1) await new Promise((turn) => setImmediate(turn));

  const before = performance.now();
  caller.hangUp();
  await until(() => upstream.connections() === 0, `${title}: the upstream is closed`);
  await until(() => server.generations.running() === 0, `${title}: nothing is being generated`);
  const ms = performance.now() - before;
  took.push({ ms, title });
  expect(ms, title).toBeLessThan(loosestMs);

  await until(() => server.ended.length - endedBefore === server.started.length - startedBefore, `${title}: all ended`);
  const outcomes = server.ended.slice(endedBefore).map(({ attempt }) => attempt.outcome);
  const expected = waits ? expect.stringMatching(/failed|cancelled/) : 'cancelled';
  expect(outcomes, title).toEqual(outcomes.map(() => expected));
  await caller.close();
}

describe('after all hang-ups', () => {
  it('no attempt had been started for a caller that had left', () => {
    expect(server.started.length).toBeGreaterThan(0);
    expect(server.started.filter(({ wasAborted }) => wasAborted)).toEqual([]);
  });

  it('each attempt had ended exactly once, and nothing unexpected had happened', () => {
    expect(server.ended).toHaveLength(server.started.length);
    expect(server.bugs).toEqual([]);
    expect(server.errors).toEqual([]);
  });

  it('each failure had been the work of the upstream', () => {
    const kinds = new Set(server.ended.flatMap(({ attempt }) => attempt.failureKind ?? []));
    expect([...kinds].toSorted()).toEqual(['overloaded', 'truncated', 'unreachable']);
  });

  it('no operation, stream or socket is left, so that a shutdown has nothing to wait for', async () => {
    await expect
      .poll(async () => (await server.metrics.print()).match(/^pointsman_open_(streams\{.*|sockets) (?!0$).*$/gm))
      .toBeNull();
    const before = performance.now();
    await server.server.drain(60_000);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(upstream.connections()).toBe(0);
  });
});

/** A small generator (mulberry32), so that a failure can be repeated. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
