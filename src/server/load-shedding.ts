import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../clock.ts';
import type { RouteOptions, Router, StreamEvent } from '../completion.ts';
import { Overloaded } from '../errors.ts';

/** What tells how much this process has to do. */
export interface LoadReadings {
  /** How late the event loop was, in one of a hundred cases later, since this was last asked: milliseconds. */
  readonly delayP99Ms: () => number;
  /** How much of the heap that it may have at most is in use, 0 to 1. */
  readonly heapShare: () => number;
  /** Stops measuring. */
  readonly close: () => void;
}

/** Whether this process has more work than it can take. */
export interface LoadWatch {
  /** A sentence for the caller, while it has; else `undefined`. */
  readonly overload: () => string | undefined;
  readonly close: () => void;
}

export interface LoadWatchOptions {
  readonly readings: LoadReadings;
  readonly clock: Clock;
  /** Told when it begins, with the reason, and when it ends. */
  readonly onChange: (reason: string | undefined) => void;
}

const windowMs = 5_000;
/** A busy start or one long pause is not overload: it lasts for so many windows in a row. */
const windowsInARow = 2;
const longestDelayMs = 200;
const largestHeapShare = 0.8;
const resolutionMs = 20;

/** Reads this process, whose event loop is measured from now on. */
export function readLoad(): LoadReadings {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return {
    delayP99Ms() {
      // What is measured is the time between two turns, which are that far apart by themselves.
      const delayMs = delays.count === 0 ? 0 : Math.max(0, delays.percentile(99) / 1e6 - resolutionMs);
      delays.reset();
      return delayMs;
    },
    heapShare() {
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return used / limit;
    },
    close: () => delays.disable(),
  };
}

/** Looks at the readings every five seconds. One window without overload ends it. */
export function watchLoad({ readings, clock, onChange }: LoadWatchOptions): LoadWatch {
  let windows = 0;
  let overload: string | undefined;
  let cancel = () => {};

  const look = () => {
    const reason = reasonIn(readings);
    windows = reason === undefined ? 0 : windows + 1;
    const next = windows >= windowsInARow ? reason : undefined;
    const changed = (next === undefined) !== (overload === undefined);
    overload = next;
    if (changed) onChange(overload);
    cancel = clock.after(windowMs, look);
  };
  cancel = clock.after(windowMs, look);

  return {
    overload: () => overload,
    close() {
      cancel();
      readings.close();
    },
  };
}

function reasonIn({ delayP99Ms, heapShare }: LoadReadings): string | undefined {
  const delayMs = Math.round(delayP99Ms());
  const share = heapShare();
  if (delayMs > longestDelayMs) return `This server has too much to do: its event loop is ${delayMs} ms late.`;
  if (share > largestHeapShare)
    return `This server has too much to do: ${Math.round(100 * share)} % of its heap is full.`;
  return undefined;
}

/** A router that takes on nothing new while there is overload, and tells `onRefusal`. What runs goes on; plans are made as ever. */
export function shedding(router: Router, load: LoadWatch, onRefusal: () => void): Router {
  const refusal = (options: RouteOptions) => {
    const reason = load.overload();
    if (reason === undefined) return undefined;
    onRefusal();
    options.onRefused?.();
    return new Overloaded(reason, { retryAfterMs: windowMs });
  };
  return {
    async complete(request, options) {
      const refused = refusal(options);
      if (refused !== undefined) throw refused;
      return router.complete(request, options);
    },
    stream(request, options) {
      const refused = refusal(options);
      return refused === undefined ? router.stream(request, options) : refusedStream(refused);
    },
    plan: router.plan,
  };
}

async function* refusedStream(error: Overloaded): AsyncGenerator<readonly StreamEvent[], undefined, undefined> {
  const partial = { content: '', toolCalls: [] };
  yield [{ type: 'accepted' }, { type: 'failed', error, partial, attempts: [] }];
  return undefined;
}
