/** Time as the program sees it. Everything that waits or measures takes one, so that a test or a simulation can own time. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. May jump when the machine's clock is set. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start; never goes back. For durations. */
  readonly monotonic: () => number;
  /** Calls `callback` once, `delayMs` from now. The returned function cancels it; calling it late is harmless. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** A number from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** The machine's own randomness. Not for secrets. */
export const systemRandom: Random = () => Math.random();

/** The machine's own time. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits `delayMs`. Rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}
