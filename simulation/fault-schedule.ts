import { type Fault, type FaultKind, faults, fullCycleSeconds } from './world.ts';

/** A fault at its place in a run, milliseconds from the run's beginning; one that was already there begins before it. */
export interface FaultPeriod {
  readonly kind: FaultKind;
  /** Absent for all providers. */
  readonly provider?: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface FaultSchedule {
  /** What is wrong with the provider at that time. No two faults ever overlap. */
  readonly at: (timeMs: number, provider: string) => FaultKind | undefined;
  /** Whether any of the total outages that have begun by `endMs` overlaps the time from `startMs` to `endMs`. */
  readonly inOutage: (startMs: number, endMs: number) => boolean;
  /** Those that have begun by then, in order. */
  readonly periodsUntil: (timeMs: number) => readonly FaultPeriod[];
}

/** The world's faults, again and again, once in each cycle. The run begins so many seconds into the first one. */
export function createFaultSchedule(cycleSeconds: number, beginSeconds = 0): FaultSchedule {
  const scale = cycleSeconds / fullCycleSeconds;
  const cycleMs = cycleSeconds * 1_000;
  const beginMs = beginSeconds * 1_000;
  const cycle = faults.map((fault) => periodOf(fault, scale));
  const outages = cycle.filter(({ kind }) => kind === 'outage');

  const shifted = (period: FaultPeriod, byMs: number): FaultPeriod => ({
    ...period,
    startMs: period.startMs + byMs,
    endMs: period.endMs + byMs,
  });

  return {
    at(timeMs, provider) {
      const phase = (timeMs + beginMs) % cycleMs;
      for (const period of cycle) {
        if (phase < period.startMs || phase >= period.endMs) continue;
        return period.provider === undefined || period.provider === provider ? period.kind : undefined;
      }
      return undefined;
    },
    inOutage(startMs, endMs) {
      for (let begunMs = startMs - ((startMs + beginMs) % cycleMs); begunMs <= endMs; begunMs += cycleMs) {
        for (const outage of outages) {
          if (startMs < begunMs + outage.endMs && endMs >= begunMs + outage.startMs) return true;
        }
      }
      return false;
    },
    periodsUntil(timeMs) {
      const cycles = Array.from({ length: Math.ceil((timeMs + beginMs) / cycleMs) }, (_, index) => index * cycleMs);
      return cycles
        .flatMap((byMs) => cycle.map((period) => shifted(period, byMs - beginMs)))
        .filter(({ startMs, endMs }) => startMs < timeMs && endMs > 0);
    },
  };
}

function periodOf({ kind, provider, startSeconds, durationSeconds }: Fault, scale: number): FaultPeriod {
  const durationMs = durationSeconds * 1_000 * (kind === 'outage' ? 1 : scale);
  const startMs = startSeconds * 1_000 * scale;
  return { kind, ...(provider !== undefined && { provider }), startMs, endMs: startMs + durationMs };
}
