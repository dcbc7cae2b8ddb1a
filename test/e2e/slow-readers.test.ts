import { afterAll, describe, expect, it } from 'vitest';
import { callBare, postBare, streamDocument } from '../support/callers.ts';
import { openAIWire } from '../support/dialect-wires.ts';
import { collectGarbage } from '../support/garbage.ts';
import { type GraphqlSocket, openSocket } from '../support/graphql-socket.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, until } from '../support/whole-server.ts';

/** Paused readers of each transport; the programme of 500 each is `SLOW_READERS=500`. */
const readers = Number(process.env.SLOW_READERS ?? 6);
/** What kernels may hold of one stream on both of its hops, and Node's own buffers. */
const mostBytesRead = 24 * 1024 * 1024;
const stallMs = 1_500;

const upstream = await startStubUpstream();
const server = await startWholeServer({
  configuration: oneModel({ acme: { baseUrl: upstream.url } }),
  settings: { sockets: { stallMs }, eventStreams: { stallMs } },
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream.close();
});

const token = openAIWire.content('x'.repeat(200));
const sse = { 'content-type': 'text/event-stream' };

/** The flood is for the readers that are paused; whoever says so gets a token now and then. */
upstream.respond(({ text }) => ({
  headers: sse,
  body: text.includes('healthy')
    ? Array.from({ length: 10_000 }, () => [{ write: openAIWire.content('tick ') }, { waitMs: 10 }]).flat()
    : [{ repeat: token.repeat(100) }],
}));

describe('readers that take nothing', () => {
  it('stop their upstreams, cost no memory that grows, lose their connections, and harm nobody else', async () => {
    const memoryBefore = heldBytes();
    const healthy = await subscribe('healthy');
    let ticks = 0;
    healthy.socket.on('message', () => {
      ticks += 1;
    });

    const overSse = Array.from({ length: readers }, () => {
      const { socket } = callBare(server, streamDocument, 'text/event-stream');
      return socket.pause();
    });
    const overRest = Array.from({ length: readers }, () => {
      const request = { messages: [{ role: 'user', content: 'flood' }], stream: true };
      return postBare(server, '/api/v1/chat/completions', request).socket.pause();
    });
    const overSockets = await Promise.all(Array.from({ length: readers }, () => subscribe('flood')));
    for (const { socket } of overSockets) socket.pause();
    await until(() => upstream.requests.length === 3 * readers + 1, 'all streams have begun');
    const floods = upstream.requests.filter(({ text }) => !text.includes('healthy'));

    let mostHeld = 0;
    let sampledAt = 0;
    const ticksBefore = ticks;
    await until(
      () => {
        if (performance.now() - sampledAt > 200) {
          mostHeld = Math.max(mostHeld, heldBytes() - memoryBefore);
          sampledAt = performance.now();
        }
        return floods.every((request) => request.isClosed());
      },
      'all paused readers have lost their streams',
      stallMs + 60_000,
    );
    for (const request of floods) expect(request.bytesWritten()).toBeLessThan(mostBytesRead);
    // The answer so far is held, and little else: most of what was sent lies in the kernels' buffers.
    expect(mostHeld).toBeLessThan(floods.reduce((sum, request) => sum + request.bytesWritten(), 0));
    expect(ticks - ticksBefore).toBeGreaterThan(10);

    expect(server.generations.running()).toBe(1);
    await until(() => server.ended.length === floods.length, 'what was said has been counted');
    expect(server.ended.map(({ attempt }) => attempt.outcome)).toEqual(floods.map(() => 'cancelled'));
    await healthy[Symbol.asyncDispose]();
    await until(() => server.generations.running() === 0, 'nothing is being generated');
    await until(() => upstream.connections() === 0, 'no connection is left');
    expect(server.bugs).toEqual([]);
    expect(server.errors).toEqual([]);
    for (const socket of [...overSse, ...overRest]) socket.destroy();
    for (const { socket } of overSockets) socket.terminate();
  }, 180_000);
});

async function subscribe(content: string): Promise<GraphqlSocket> {
  const socket = await openSocket(server.ws);
  await socket.init();
  socket.subscribe('1', streamDocument, { variables: { input: { messages: [{ role: 'USER', content }] } } });
  return socket;
}

/** Memory in use, without what only waits to be collected. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
