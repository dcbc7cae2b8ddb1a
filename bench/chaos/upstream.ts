import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../../src/clock.ts';
import { closingChunks, openingChunk, tokenChunk, wholeAnswer } from '../chunks.ts';

/** A provider in OpenAI's form that streams slowly, and outlives the program that calls it. */
export interface SlowUpstream {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** The `user` of every request that has arrived, once for each time. */
  readonly users: readonly string[];
  readonly close: () => Promise<void>;
}

const request = z.object({ stream: z.boolean().optional(), user: z.string() });
const token = tokenChunk('content');
const mostTokens = 80;
const longestGapMs = 40;
/** One stream of so many ends in the middle with a reset. */
const oneCutOf = 25;

export async function startSlowUpstream(random: Random): Promise<SlowUpstream> {
  const users: string[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { stream = false, user } = request.parse(await json(incoming));
    users.push(user);
    const tokens = 1 + Math.floor(random() * mostTokens);
    const gapMs = random() * longestGapMs;
    if (!stream) {
      await setTimeout((tokens * gapMs) / 10);
      response.writeHead(200, { 'content-type': 'application/json' }).end(wholeAnswer(tokens));
      return;
    }
    const cutAt = random() * oneCutOf < 1 ? tokens / 2 : Number.POSITIVE_INFINITY;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(openingChunk);
    for (let said = 0; said < tokens && !response.destroyed; said += 1) {
      await setTimeout(gapMs);
      if (said >= cutAt) return void response.socket?.resetAndDestroy();
      response.write(token);
    }
    if (!response.destroyed) response.end(closingChunks(tokens));
  };
  const server = createServer((incoming, response) => {
    response.on('error', () => {});
    answer(incoming, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => socket.setNoDelay(true));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    users,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
