import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { createBackpressure } from '../server/backpressure.ts';
import type { Frames, StreamAnswer } from './route.ts';

export interface RestStreamSettings {
  /** How often a comment keeps proxies from cutting a silent stream. */
  readonly pingMs: number;
  /** A reader that takes nothing for so long loses its connection. */
  readonly stallMs: number;
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** One newline: some clients take a comment that is followed by an empty line for an event without data. */
const comment = ': POINTSMAN PROCESSING\n';

/**
 * Writes a stream of server-sent events: a comment at once, one or the dialect's own sign of life every `pingMs`, and the frames as they
 * come. The next frame is asked for when the reader has room. Ends the response after the last; breaks the connection where the frames reject, or the signal aborts.
 */
export async function writeFrames(
  frames: Frames,
  response: ServerResponse,
  settings: RestStreamSettings & Pick<StreamAnswer, 'headers' | 'keepAlive'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const room = createBackpressure(response, clock, settings.stallMs);
  const { socket } = response;
  let corked = false;
  /** Writes, together with whatever else this turn of the event loop brings. */
  function write(text: string): void {
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
    if (!response.writableNeedDrain) write(settings.keepAlive ?? comment);
    else void room();
    stopPinging = clock.after(settings.pingMs, ping);
  }
  const hangUp = () => frames.return();
  let whole = false;
  signal.addEventListener('abort', hangUp);
  if (signal.aborted) hangUp();
  try {
    response.writeHead(200, { ...headers, ...settings.headers });
    write(comment);
    for (let text = await frames.next(); text !== undefined; text = await frames.next()) {
      if (text !== '') write(text);
      const waiting = room();
      if (waiting !== undefined) await waiting;
    }
    whole = !signal.aborted;
  } finally {
    stopPinging();
    signal.removeEventListener('abort', hangUp);
    frames.return();
    if (whole) response.end();
    else response.destroy();
  }
}
