import type { Writable } from 'node:stream';
import type { Clock } from '../clock.ts';

/**
 * Waits while a slow reader's buffer is full. Returns `undefined` where there is room now; otherwise a promise that resolves when
 * there is room again or the stream has closed. A reader that takes nothing for `stallMs` loses its connection.
 */
export function createBackpressure(
  stream: Pick<Writable, 'writableNeedDrain' | 'once' | 'off' | 'destroy' | 'destroyed'>,
  clock: Clock,
  stallMs: number,
): () => Promise<void> | undefined {
  let waiting: Promise<void> | undefined;
  return () => {
    if (waiting === undefined && stream.writableNeedDrain && !stream.destroyed) {
      waiting = new Promise((resolve) => {
        const done = () => {
          cancel();
          stream.off('drain', done);
          stream.off('close', done);
          waiting = undefined;
          resolve();
        };
        const cancel = clock.after(stallMs, () => stream.destroy());
        stream.once('drain', done);
        stream.once('close', done);
      });
    }
    return waiting;
  };
}
