import type { Clock } from '../../src/clock.ts';

/** A clock that moves only when it is told to. */
export interface ManualClock extends Clock {
  /** Moves time on, running each timer at its moment, and lets what waits on it go on. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the wall clock back or forth without any time passing. */
  readonly jump: (ms: number) => void;
  /** How many timers are set. */
  readonly pending: () => number;
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0;
  let wallOffset = startMs;
  let sequence = 0;
  const timers = new Map<number, { at: number; callback: () => void }>();

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const id = sequence++;
      timers.set(id, { at: elapsed + Math.max(0, delayMs), callback });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const due = [...timers]
          .filter(([, timer]) => timer.at <= end)
          .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (due === undefined) break;
        const [id, timer] = due;
        timers.delete(id);
        elapsed = Math.max(elapsed, timer.at);
        timer.callback();
        await settle();
      }
      elapsed = end;
    },
    jump(ms) {
      wallOffset += ms;
    },
    pending: () => timers.size,
  };
}

/** Lets everything that is ready to run do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
