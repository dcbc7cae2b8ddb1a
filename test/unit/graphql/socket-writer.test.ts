import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../../src/clock.ts';
import { createSocketWriter } from '../../../src/graphql/socket-writer.ts';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
http.listen(0, 'localhost');
await once(http, 'listening');
const client = new WebSocket(`ws://localhost:${(http.address() as AddressInfo).port}`);
const [socket, request] = (await once(server, 'connection')) as [WebSocket, { socket: import('node:net').Socket }];
const writer = createSocketWriter(socket, request.socket, systemClock, 20_000);
afterAll(() => {
  client.terminate();
  http.close();
  server.close();
});

/** Sends the texts through the writer, and gives back what the client received. */
async function roundTrip(texts: readonly string[], between: () => void = () => {}): Promise<string[]> {
  const received: string[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (data) => received.push(String(data)) === texts.length && resolve());
  });
  for (const text of texts) {
    writer.write(text);
    between();
  }
  if (texts.length > 0) await all;
  client.removeAllListeners('message');
  return received;
}

describe('the writer of a socket', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('frames a text of %d bytes', async (length) => {
    const text = 'x'.repeat(length);
    expect(await roundTrip([text, 'next'])).toEqual([text, 'next']);
  });

  it('frames any texts, in their order', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary', minLength: 120, maxLength: 130 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (texts) => {
        expect(await roundTrip(texts)).toEqual(texts.map((each) => each.toWellFormed()));
      }),
      { numRuns: 50 },
    );
  });

  it('may be used beside what the socket sends by itself', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(index * 100)}`);
    expect(await roundTrip(texts, () => socket.ping())).toEqual(texts);
  });

  it('writes nothing to a socket that has closed', async () => {
    socket.close();
    await once(client, 'close');
    writer.write('too late');
    writer.flush();
    expect(writer.room()).toBeUndefined();
  });
});
