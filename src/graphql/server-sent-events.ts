import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { createBackpressure } from '../server/backpressure.ts';
import type { Payloads } from './payloads.ts';

export interface EventStreamSettings {
  readonly pingMs: number;
  /** A reader that takes nothing for so long loses its connection. */
  readonly stallMs: number;
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * Writes results as GraphQL over SSE's distinct connections mode has it: `next` for each, `complete` at the end; a comment at the
 * start and every `pingMs` keeps proxies from cutting a silent stream. Ends the response, without `complete` when the signal aborts.
 */
export async function writeEventStream(
  payloads: Payloads,
  response: ServerResponse,
  settings: EventStreamSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const room = createBackpressure(response, clock, settings.stallMs);
  const { socket } = response;
  let corked = false;
  /** Writes, together with whatever else this turn of the event loop brings. */
  function write(text: string): void {
    // The connection, not the response: the end of a corked response overtakes what it holds back.
    if (!corked && socket !== null) {
      corked = true;
      socket.cork();
      setImmediate(() => {
        corked = false;
        socket.uncork();
      });
    }
    response.write(text);
  }
  let stopPinging = clock.after(settings.pingMs, ping);
  function ping(): void {
    if (!response.writableNeedDrain) write(':\n\n');
    else void room();
    stopPinging = clock.after(settings.pingMs, ping);
  }
  const hangUp = () => payloads.return();
  signal.addEventListener('abort', hangUp);
  if (signal.aborted) hangUp();
  try {
    response.writeHead(200, headers);
    write(':\n\n');
    for (let texts = await payloads.next(); texts !== undefined; texts = await payloads.next()) {
      let frames = '';
      for (const text of texts) frames += `event: next\ndata: ${text}\n\n`;
      write(frames);
      const waiting = room();
      if (waiting !== undefined) await waiting;
    }
    if (!signal.aborted) write('event: complete\ndata:\n\n');
  } finally {
    stopPinging();
    signal.removeEventListener('abort', hangUp);
    payloads.return();
    response.end();
  }
}
