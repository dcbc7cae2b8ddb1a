import type { FaultPeriod } from './fault-schedule.ts';

const windowMs = 5_000;
const enough = 0.99;

/** Which requests ended well, by arrival. */
export interface Outcomes {
  readonly arrivalMs: Float64Array;
  /** 1 for a success. */
  readonly succeeded: Uint8Array;
}

/**
 * How long after the end of each fault the router is well again, milliseconds: the least time after which, of the requests that
 * arrive in the next five seconds, 99 % succeed. Where that never happens before the next fault, the time until then. A fault
 * whose end is too near to the end of the run is left out (undefined).
 */
export function recoveriesOf(
  periods: readonly FaultPeriod[],
  { arrivalMs, succeeded }: Outcomes,
): readonly (number | undefined)[] {
  const failuresBefore = new Int32Array(arrivalMs.length + 1);
  for (const [index, success] of succeeded.entries()) {
    failuresBefore[index + 1] = (failuresBefore[index] ?? 0) + 1 - success;
  }
  const failures = (from: number, to: number) => (failuresBefore[to] ?? 0) - (failuresBefore[from] ?? 0);
  const lastMs = arrivalMs.at(-1) ?? 0;

  return periods.map(({ endMs }, number) => {
    if (endMs + 2 * windowMs > lastMs) return undefined;
    const limitMs = Math.min(lastMs, periods[number + 1]?.startMs ?? lastMs) - windowMs;
    let from = firstFrom(arrivalMs, endMs);
    let to = from;
    for (let startMs = endMs; startMs <= limitMs; startMs = arrivalMs[from - 1] ?? lastMs) {
      while (to < arrivalMs.length && (arrivalMs[to] ?? 0) < startMs + windowMs) to += 1;
      if (failures(from, to) <= (1 - enough) * (to - from)) return startMs - endMs;
      // The next window that could do better begins after the first failure of this one.
      while (succeeded[from] === 1) from += 1;
      from += 1;
    }
    return limitMs + windowMs - endMs;
  });
}

/** The first index whose value is not less than `least`, in ascending values. */
function firstFrom(values: Float64Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
