import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { closingChunks, openingChunk, tokenChunk, wholeAnswer } from '../chunks.ts';

/** How an upstream answers until it is told otherwise. */
export type Behaviour =
  | { readonly name: 'well' }
  /** Sends the headers, then nothing. */
  | { readonly name: 'stalls' }
  /** Answers so many calls of a second, and refuses the others with 429 and this Retry-After. */
  | { readonly name: 'limits'; readonly perSecond: number; readonly retryAfterSeconds: number }
  /** Resets the connection in the middle of one answer of so many. */
  | { readonly name: 'cuts'; readonly oneOf: number };

/** How an upstream that is well writes. */
export interface Manners {
  readonly firstTokenMs: number;
  readonly gapMs: number;
  readonly tokens: number;
}

/** A provider on loopback, in OpenAI's form, that can fail as real ones do. */
export interface FaultyUpstream {
  /** `http://127.0.0.1:…`; stays the same over a death. */
  readonly url: string;
  readonly behave: (behaviour: Behaviour) => void;
  /** Dies as a process does: resets every connection and refuses new ones. */
  readonly kill: () => Promise<void>;
  readonly revive: () => Promise<void>;
  /** How many calls have arrived. */
  readonly calls: () => number;
  readonly close: () => Promise<void>;
}

const request = z.object({ stream: z.boolean().optional() });
const token = tokenChunk('content');
/** Another program may hold the port for a moment, as the near end of a connection of its own. */
const tries = 100;
const triesEveryMs = 100;

export async function startFaultyUpstream(manners: Manners): Promise<FaultyUpstream> {
  let behaviour: Behaviour = { name: 'well' };
  let calls = 0;
  const taken: number[] = [];
  const sockets = new Set<Socket>();

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    calls += 1;
    const number = calls;
    const { stream = false } = request.parse(await json(incoming));
    if (behaviour.name === 'limits') {
      const now = performance.now();
      const ofLastSecond = taken.filter((at) => now - at < 1_000);
      taken.splice(0, taken.length, ...ofLastSecond);
      if (taken.length >= behaviour.perSecond) return refuse(response, behaviour.retryAfterSeconds);
      taken.push(now);
    }
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    response.flushHeaders();
    if (behaviour.name === 'stalls') return;
    const cut = behaviour.name === 'cuts' && number % behaviour.oneOf === 0;
    await write(response, manners, stream, cut);
  };

  const server = createServer((incoming, response) => {
    response.on('error', () => {});
    answer(incoming, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
    return address.port;
  };
  const kill = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };

  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    behave: (next) => {
      behaviour = next;
    },
    kill,
    revive: async () => {
      for (let left = tries; ; left -= 1) {
        try {
          await listen(port);
          return;
        } catch (error) {
          if (left === 0) throw error;
          await setTimeout(triesEveryMs);
        }
      }
    },
    calls: () => calls,
    close: async () => {
      if (server.listening) await kill();
    },
  };
}

function refuse(response: ServerResponse, retryAfterSeconds: number): void {
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': String(retryAfterSeconds) });
  response.end(JSON.stringify({ error: { message: 'Slow down.', type: 'rate_limit_error', code: null } }));
}

async function write(response: ServerResponse, manners: Manners, stream: boolean, cut: boolean): Promise<void> {
  const { firstTokenMs, gapMs, tokens } = manners;
  if (stream) response.write(openingChunk);
  await setTimeout(firstTokenMs);
  for (let said = 0; said < tokens && !response.destroyed; said += 1) {
    if (cut && said === Math.floor(tokens / 2)) return void response.socket?.resetAndDestroy();
    if (stream) response.write(token);
    await setTimeout(gapMs);
  }
  if (!response.destroyed) response.end(stream ? closingChunks(tokens) : wholeAnswer(tokens));
}
