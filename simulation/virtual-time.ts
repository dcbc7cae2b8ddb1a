import type { Clock } from '../src/clock.ts';

/** A clock whose time passes only from timer to timer, as fast as the machine can run them. */
export interface VirtualTime extends Clock {
  /**
   * Runs the timers in the order of their time, then of their setting; after each, everything that it set going, before the
   * next. Resolves as soon as `done`. Rejects with what a timer throws, and when nothing is left that could bring the end.
   * Up to `timersPerTurn` timers share a turn of the event loop, which changes the speed and nothing else.
   */
  readonly run: (done: () => boolean, timersPerTurn?: number) => Promise<void>;
  /** How many timers are set. */
  readonly pending: () => number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Cancelled timers are left in the heap until there are more of them than this, and than others. */
const toleratedCancelled = 4_096;

export function createVirtualTime(startMs = Date.UTC(2026, 0, 1)): VirtualTime {
  let elapsedMs = 0;
  let order = 0;
  let heap: Timer[] = [];
  let cancelled = 0;

  const next = (): Timer | undefined => {
    for (;;) {
      const timer = takeFirst(heap);
      if (timer === undefined || timer.callback !== undefined) return timer;
      cancelled -= 1;
    }
  };
  const cancel = (timer: Timer) => {
    if (timer.callback === undefined) return;
    timer.callback = undefined;
    cancelled += 1;
    if (cancelled <= toleratedCancelled || cancelled * 2 <= heap.length) return;
    // An array in order is a heap.
    heap = heap.filter(({ callback }) => callback !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
    cancelled = 0;
  };

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, callback) {
      const timer: Timer = { at: elapsedMs + Math.max(0, delayMs), order: order++, callback };
      put(heap, timer);
      return () => cancel(timer);
    },
    run: (done, timersPerTurn = 256) =>
      new Promise((resolve, reject) => {
        let over = false;
        let steps = 0;
        // Node runs all microtasks between two immediates of one turn: that is what keeps the timers apart, at little cost.
        const turn = () => {
          steps = timersPerTurn;
          for (let count = 0; count < timersPerTurn; count += 1) setImmediate(step);
        };
        const step = () => {
          steps -= 1;
          if (over) return;
          try {
            over = done();
            if (over) return resolve();
            const timer = next();
            if (timer?.callback === undefined)
              throw new Error('Nothing is left to wait for, and the end has not come.');
            const { callback } = timer;
            timer.callback = undefined;
            elapsedMs = timer.at;
            callback();
          } catch (error) {
            over = true;
            return reject(error);
          }
          if (steps === 0) turn();
        };
        turn();
      }),
    pending: () => heap.length - cancelled,
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Puts a timer into a binary heap. */
function put(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !before(timer, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = timer;
}

/** Takes the first timer out of a binary heap. */
function takeFirst(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let below = 2 * index + 1;
    let child = heap[below];
    if (child === undefined) break;
    const other = heap[below + 1];
    if (other !== undefined && before(other, child)) {
      child = other;
      below += 1;
    }
    if (!before(child, last)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
  return first;
}
