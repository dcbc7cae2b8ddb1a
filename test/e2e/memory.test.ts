import { afterAll, expect, it } from 'vitest';
import { callBare, completeDocument, hello, readStream, streamDocument } from '../support/callers.ts';
import { framesOf, openAIWire } from '../support/dialect-wires.ts';
import { collectGarbage } from '../support/garbage.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { jsonAnswer, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, until } from '../support/whole-server.ts';

/** How much of each kind of work is done: `MEMORY_WORK=20` streams 10⁶ tokens and sends 6,000 requests that fail. */
const work = Number(process.env.MEMORY_WORK ?? 1);
const mostGrowthBytes = 3 * 1024 * 1024;

const upstream = await startStubUpstream();
const server = await startWholeServer({
  configuration: oneModel({
    acme: { baseUrl: upstream.url },
    other: { baseUrl: upstream.url },
    third: { baseUrl: upstream.url },
  }),
  settings: { sockets: { maxMessagesPerSecond: 1e6 } },
  random: () => 0,
  streams: { maxKeptBytes: 256 * 1024 },
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream.close();
});

const patienceMs = 20_000 + 60_000 * work;

it(
  'does not grow with the tokens that it streams',
  async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `${index} `);
    // Some tokens to a write, so that a stream is read in many pieces.
    const frames = Array.from({ length: 50 }, (_, index) =>
      texts
        .slice(index * 20, index * 20 + 20)
        .map(openAIWire.content)
        .join(''),
    );
    upstream.respond(streamAnswer([...openAIWire.opening, ...frames, ...openAIWire.closing]));
    await expectNoGrowth(10, 50 * work, async () => {
      expect((await readStream(server)).at(-1)?.__typename).toBe('CompletionFinished');
    });
  },
  patienceMs,
);

it(
  'does not grow with requests that fail at every endpoint',
  async () => {
    upstream.respond(jsonAnswer(openAIWire.error('x'.repeat(10_000)), 500));
    const asked = { input: { messages: [{ role: 'USER', content: 'y'.repeat(50_000) }] } };
    await expectNoGrowth(50, 300 * work, async () => {
      server.recover();
      const response = await server.post(completeDocument, asked);
      expect(await response.text()).toContain('AllAttemptsFailed');
    });
  },
  patienceMs,
);

it(
  'does not grow with callers that come and go',
  async () => {
    upstream.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: [{ write: openAIWire.content('a') }, { stall: true }],
    });
    await expectNoGrowth(50, 150 * work, async () => {
      const { socket, text } = callBare(server, streamDocument, 'text/event-stream');
      const webSocket = await openSocket(server.ws);
      await webSocket.init();
      webSocket.subscribe('1', streamDocument, { variables: hello });
      webSocket.subscribe('2', completeDocument, { variables: hello });
      await webSocket.receive();
      await until(() => text().includes('ContentDelta'), 'content arrives');
      webSocket.socket.terminate();
      socket.destroy();
      await until(() => server.generations.running() === 0, 'nothing is being generated');
    });
  },
  patienceMs,
);

it(
  'does not grow with streams that end well',
  async () => {
    upstream.respond(streamAnswer(framesOf(openAIWire, 'Hello')));
    await expectNoGrowth(100, 300 * work, async () => {
      await readStream(server);
    });
  },
  patienceMs,
);

/** Does something a few times to warm up, then so many times, and compares what lives after each. */
async function expectNoGrowth(warmUp: number, times: number, act: () => Promise<void>): Promise<void> {
  await repeat(warmUp, act);
  const before = await livingBytes();
  await repeat(times, act);
  const growth = (await livingBytes()) - before;
  expect(growth).toBeLessThan(mostGrowthBytes);
}

async function repeat(times: number, act: () => Promise<void>): Promise<void> {
  for (let count = 0; count < times; count += 1) await act();
}

async function livingBytes(): Promise<number> {
  await server.generations.idle();
  // What the test itself keeps is none of the server's memory.
  upstream.forget();
  server.started.length = 0;
  server.ended.length = 0;
  for (let round = 0; round < 3; round += 1) {
    await new Promise((turn) => setImmediate(turn));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
