import type { Endpoint } from '../catalog.ts';
import type { Clock } from '../clock.ts';
import { sharesLimit } from './quota-group.ts';

/** Requests that wait for an endpoint to take calls again: whoever came first goes first. */
export interface WaitingLine {
  /** A place behind all who wait for the same endpoints; `undefined` where so many wait for any of them already. */
  readonly join: (endpoints: readonly Endpoint[], mostWaiting: number) => Place | undefined;
  /** Whether somebody waits for the endpoint. Whoever has no place lets them go first. */
  readonly isAwaited: (endpoint: Endpoint) => boolean;
  /** The endpoint, and what shares its limit, may take another call: a call of it ended, or brought its first content. */
  readonly freed: (endpoint: Endpoint) => void;
}

/** A request's place in a line. */
export interface Place {
  /**
   * Resolves with true when it is worth looking again: nobody stands before, and one of the endpoints was freed or `readyInMs` has
   * passed. Resolves with false when `patienceMs` have passed. Rejects with the signal's reason, and leaves, as soon as it aborts.
   */
  readonly turn: (readyInMs: number, patienceMs: number, signal: AbortSignal) => Promise<boolean>;
  /** Makes room, served or not: the next one may look. Leaving late or again is harmless. */
  readonly leave: () => void;
}

/** Those who wait for the same endpoints. Where the first of them cannot be served, nobody behind it can. */
interface Line {
  readonly endpoints: readonly Endpoint[];
  readonly waiting: Set<Waiting>;
  /** When the first looks again at the latest, on the monotonic clock. */
  readyAtMs: number;
  cancelReady: () => void;
}

interface Waiting {
  readonly number: number;
  /** Absent while it looks. */
  wake?: (() => void) | undefined;
}

export function createWaitingLine(clock: Clock): WaitingLine {
  const lines = new Map<string, Line>();
  const linesOf = new Map<string, Set<Line>>();
  let arrivals = 0;

  const linesFor = (endpoints: readonly Endpoint[]) =>
    new Set(endpoints.flatMap(({ id }) => [...(linesOf.get(id) ?? [])]));
  const open = (key: string, endpoints: readonly Endpoint[]): Line => {
    const line: Line = { endpoints, waiting: new Set(), readyAtMs: Number.POSITIVE_INFINITY, cancelReady: () => {} };
    lines.set(key, line);
    for (const { id } of endpoints) linesOf.set(id, (linesOf.get(id) ?? new Set()).add(line));
    return line;
  };
  const close = (key: string, line: Line) => {
    line.cancelReady();
    lines.delete(key);
    for (const { id } of line.endpoints) {
      const others = linesOf.get(id);
      others?.delete(line);
      if (others?.size === 0) linesOf.delete(id);
    }
  };
  const readyIn = (line: Line, delayMs: number) => {
    const atMs = clock.monotonic() + delayMs;
    if (atMs >= line.readyAtMs) return;
    line.cancelReady();
    line.readyAtMs = atMs;
    line.cancelReady = clock.after(delayMs, () => {
      line.readyAtMs = Number.POSITIVE_INFINITY;
      firstOf(line.waiting)?.wake?.();
    });
  };
  /** Only the first of each line: one that is served wakes the next when it leaves. */
  const wakeFirst = (of: Iterable<Line>) => {
    const firsts = [...of].flatMap(({ waiting }) => firstOf(waiting) ?? []);
    for (const first of firsts.sort((a, b) => a.number - b.number)) first.wake?.();
  };

  return {
    isAwaited: ({ id }) => linesOf.has(id),
    freed(endpoint) {
      if (endpoint.quotaGroup === undefined) wakeFirst(linesOf.get(endpoint.id) ?? []);
      else wakeFirst([...lines.values()].filter((line) => line.endpoints.some((each) => sharesLimit(each, endpoint))));
    },
    join(endpoints, mostWaiting) {
      const already = [...linesFor(endpoints)].reduce((sum, { waiting }) => sum + waiting.size, 0);
      if (already >= mostWaiting) return undefined;
      const key = endpoints
        .map(({ id }) => id)
        .sort()
        .join(' ');
      const line = lines.get(key) ?? open(key, endpoints);
      const self: Waiting = { number: arrivals++ };
      line.waiting.add(self);

      const leave = () => {
        if (!line.waiting.delete(self)) return;
        if (line.waiting.size === 0) close(key, line);
        wakeFirst(linesFor(endpoints));
      };
      const turn: Place['turn'] = (readyInMs, patienceMs, signal) =>
        new Promise((resolve, reject) => {
          const end = () => {
            self.wake = undefined;
            cancelPatience();
            signal.removeEventListener('abort', abort);
          };
          const abort = () => {
            end();
            leave();
            reject(signal.reason);
          };
          const wake = () => {
            end();
            resolve(true);
          };
          if (readyInMs <= patienceMs) readyIn(line, readyInMs);
          const cancelPatience = clock.after(patienceMs, () => {
            end();
            resolve(false);
          });
          if (signal.aborted) return abort();
          self.wake = wake;
          signal.addEventListener('abort', abort, { once: true });
        });
      return { turn, leave };
    },
  };
}

function firstOf<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
