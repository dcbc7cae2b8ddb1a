import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { createBackpressure } from './backpressure.ts';

export interface EventStreamSettings {
  /** How often a sign of life keeps proxies from cutting a silent stream. */
  readonly pingMs: number;
  /** A reader that takes nothing for so long loses its connection. */
  readonly stallMs: number;
}

/** Where the text of a stream comes from. Each text is one or more whole server-sent events, or empty. */
export interface Frames {
  /** The next text; `undefined` after the last. Rejects where the stream breaks off, and the connection with it. */
  readonly next: () => Promise<string | undefined>;
  /** Hangs up, at once, also while a `next()` is pending. */
  readonly return: () => void;
}

/** How one dialect of server-sent events is written. */
export interface EventStreamForm extends EventStreamSettings {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is said at once, so that the reader, and proxies before it, see that something comes. */
  readonly opening: string;
  /** The sign of life. */
  readonly keepAlive: string;
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * Writes a stream of server-sent events: the opening at once, a sign of life every `pingMs`, and the frames as they come. The next
 * frame is asked for when the reader has room. Resolves with whether the last one was written: not where the signal aborts. The end
 * of the response is the caller's.
 */
export async function writeEventStream(
  frames: Frames,
  response: ServerResponse,
  form: EventStreamForm,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const room = createBackpressure(response, clock, form.stallMs);
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
  let stopPinging = clock.after(form.pingMs, ping);
  function ping(): void {
    if (!response.writableNeedDrain) write(form.keepAlive);
    else void room();
    stopPinging = clock.after(form.pingMs, ping);
  }
  const hangUp = () => frames.return();
  signal.addEventListener('abort', hangUp);
  if (signal.aborted) hangUp();
  try {
    response.writeHead(200, { ...headers, ...form.headers });
    write(form.opening);
    for (let text = await frames.next(); text !== undefined; text = await frames.next()) {
      if (text !== '') write(text);
      const waiting = room();
      if (waiting !== undefined) await waiting;
    }
    return !signal.aborted;
  } finally {
    stopPinging();
    signal.removeEventListener('abort', hangUp);
    frames.return();
  }
}
