// A server in OpenAI's form, to be run as a process. The model that a request names decides how it answers, `max_tokens` how much.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { closingChunks, openingChunk, tokenChunk, wholeAnswer } from './chunks.ts';
import { listen } from './listen.ts';

const request = z.object({
  model: z.enum(['flat', 'mixed', 'paced', 'held']),
  max_tokens: z.number(),
  stream: z.boolean().optional(),
});
type Request = z.infer<typeof request>;

/** Flat out, so many tokens go into one write: about what one read brings a server that lags a little behind fast models. */
const tokensPerWrite = 4;
const pacedTokensPerSecond = 20;

const text = tokenChunk('content');
const mixed = text + tokenChunk('reasoning_content');
let open = 0;

const server = createServer((incoming, response) => {
  answer(incoming, response).catch((error: unknown) => response.destroy(Error(String(error))));
});
await listen(server);

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (incoming.method === 'GET') return void response.end(String(open));
  const { model, max_tokens: tokens, stream } = request.parse(await json(incoming));
  if (stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(wholeAnswer(tokens));
    return;
  }
  open += 1;
  response.once('close', () => {
    open -= 1;
  });
  response.socket?.setNoDelay(true);
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(openingChunk);
  await speak[model](response, tokens);
  if (!response.destroyed) response.end(closingChunks(tokens));
}

const speak: Readonly<Record<Request['model'], (response: ServerResponse, tokens: number) => Promise<void>>> = {
  flat: (response, tokens) => flatOut(response, text, tokensPerWrite, tokens),
  mixed: (response, tokens) => flatOut(response, mixed, tokensPerWrite / 2, tokens / 2),
  paced: async (response, tokens) => {
    const gapMs = 1000 / pacedTokensPerSecond;
    // So that streams that begin together do not speak together.
    let at = performance.now() + Math.random() * gapMs;
    for (let said = 0; said < tokens && !response.destroyed; said += 1, at += gapMs) {
      await setTimeout(Math.max(0, at - performance.now()));
      response.write(text);
    }
  },
  held: async (response) => {
    response.write(text);
    await once(response, 'close');
  },
};

/** Says `what` so many times, `perWrite` at once, as fast as the reader takes it. */
async function flatOut(response: ServerResponse, what: string, perWrite: number, times: number): Promise<void> {
  const full = what.repeat(perWrite);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  for (let left = times; left > 0 && !response.destroyed; left -= perWrite) {
    if (response.write(left >= perWrite ? full : what.repeat(left))) await setImmediate();
    else await once(response, 'drain', { signal: closed.signal }).catch(() => undefined);
  }
}
