import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { callBare, hello, streamDocument } from '../support/callers.ts';
import { openAIWire } from '../support/dialect-wires.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { type StubAnswer, startStubUpstream } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, until, type WholeServer } from '../support/whole-server.ts';

const upstream = await startStubUpstream();
afterAll(upstream.close);

const headers = { 'content-type': openAIWire.contentType };
/** How far an upstream gets before it falls silent. */
const silences = {
  'before its headers': { before: [{ stall: true }], body: [] },
  'before its first token': { headers, body: [{ write: openAIWire.opening.join('') }, { stall: true }] },
  'in the middle of its answer': { headers, body: [{ write: openAIWire.content('word') }, { stall: true }] },
} as const satisfies Record<string, StubAnswer>;
type Silence = keyof typeof silences;

const spells = fc.record({
  silence: fc.constantFrom(...(Object.keys(silences) as Silence[])),
  pingMs: fc.integer({ min: 500, max: 12_000 }),
  pings: fc.integer({ min: 1, max: 8 }),
});

it('bytes reach a reader over SSE at every interval, however long and whenever the upstream is silent', async () => {
  await fc.assert(
    fc.asyncProperty(spells, async ({ silence, pingMs, pings }) => {
      const { server, clock } = await startSilent(silence, { eventStreams: { pingMs } });
      await using _ = server;
      const { socket, text } = callBare(server, streamDocument, 'text/event-stream');
      await until(() => text().includes(silence.startsWith('in') ? 'ContentDelta' : 'CompletionAccepted'), 'it began');
      for (let count = 0; count < pings; count += 1) {
        const before = text().length;
        await clock.advance(pingMs - 1);
        expect(text().length).toBe(before);
        await clock.advance(1);
        await until(() => text().length > before, 'a keep-alive comes');
        expect(text().slice(before)).toContain(':\n\n');
      }
      socket.destroy();
    }),
    { numRuns: 12 },
  );
});

it('a ping reaches a reader over WebSocket at every interval, however long and whenever the upstream is silent', async () => {
  await fc.assert(
    fc.asyncProperty(spells, async ({ silence, pingMs, pings }) => {
      const { server, clock } = await startSilent(silence, { sockets: { pingMs, initMs: 60_000 } });
      await using _ = server;
      await using socket = await openSocket(server.ws);
      await socket.init();
      let pinged = 0;
      socket.socket.on('ping', () => {
        pinged += 1;
      });
      socket.subscribe('1', streamDocument, { variables: hello });
      await socket.receive();
      for (let count = 1; count <= pings; count += 1) {
        await clock.advance(pingMs);
        await until(() => pinged === count, 'a ping comes');
        // The pong must have arrived before time moves on: an answer to what is sent after it proves that it has.
        socket.send({ type: 'ping' });
        await socket.receiveUntil('pong');
      }
      expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    }),
    { numRuns: 12 },
  );
});

async function startSilent(silence: Silence, settings: Parameters<typeof startWholeServer>[0]['settings'] & object) {
  upstream.respond(silences[silence]);
  const clock = createManualClock();
  const server: WholeServer = await startWholeServer({
    configuration: oneModel({ acme: { baseUrl: upstream.url } }),
    settings,
    clock,
  });
  return { server, clock };
}
