import { DDSketch } from '@datadog/sketches-js';
import type { ProviderError } from '../errors.ts';
import { createRollingSlots, type RollingSlots } from './rolling-slots.ts';
import type { ToolCallFault } from './tool-call-quality.ts';

export const healthWindows = ['five_minutes', 'thirty_minutes', 'one_day'] as const;
export type HealthWindow = (typeof healthWindows)[number];

/** Percentiles, within 2.5 % of the true ones, and of how many samples they are: of 100 answers, 90 did at least as well as `p90`. */
export interface Distribution {
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p99: number;
  readonly samples: number;
}
export type Percentile = Exclude<keyof Distribution, 'samples'>;

/** How many answers with tool calls were judged, and the shares of them, 0 to 1, in which some call has the fault. */
export interface ToolCallQuality {
  readonly answers: number;
  /** With a fault of any kind. */
  readonly faulty: number;
  readonly faults: Readonly<Record<ToolCallFault, number>>;
}

/** What was measured of one endpoint over a window that ends now. `undefined` where there is no sample. */
export interface HealthMeasurements {
  /** Share of attempts that succeeded, 0 to 1. Attempts that say nothing about the endpoint are not counted. */
  readonly uptime: (window: HealthWindow) => number | undefined;
  /** Milliseconds from the call to the first content, of streams. */
  readonly latency: (window: HealthWindow) => Distribution | undefined;
  /** Completion tokens a second, from the first content to the end, of streamed answers that are long enough to tell. */
  readonly throughput: (window: HealthWindow) => Distribution | undefined;
  readonly toolCalls: (window: HealthWindow) => ToolCallQuality | undefined;
}

/** An attempt that has ended. */
export interface AttemptSample {
  /** Absent where the end says nothing about the endpoint. */
  readonly succeeded: boolean | undefined;
  readonly firstContentMs: number | undefined;
}

/** Rolling windows over the attempts of one endpoint. Times are the monotonic clock's, milliseconds. */
export interface HealthWindows {
  readonly attempted: (sample: AttemptSample, nowMs: number) => void;
  readonly wrote: (tokensPerSecond: number, nowMs: number) => void;
  /** The tool calls of an answer were judged; no fault is a good answer. */
  readonly calledTools: (faults: ReadonlySet<ToolCallFault>, nowMs: number) => void;
  readonly at: (nowMs: number) => HealthMeasurements;
  /** Lets go of what has left the windows. */
  readonly forget: (nowMs: number) => void;
}

/**
 * Whether a failed attempt counts against the uptime: what an operator would call the endpoint being away, missing credentials and
 * models (401, 402, 404) included. Rate limits, refused requests (400, 403, 413) and filtered content do not count, nor do attempts
 * that were cancelled.
 */
export function countsAgainstUptime({ kind, status }: ProviderError): boolean {
  return status !== 403 && !notCounted.has(kind);
}

const notCounted: ReadonlySet<ProviderError['kind']> = new Set([
  'rate_limited',
  'context_length_exceeded',
  'unsupported_parameter',
  'content_filtered',
  'invalid_request',
]);

/** A window covers its length less a part of one slot. */
const slotsOf: Readonly<Record<HealthWindow, { readonly slotMs: number; readonly count: number }>> = {
  five_minutes: { slotMs: 30_000, count: 10 },
  thirty_minutes: { slotMs: 5 * 60_000, count: 6 },
  one_day: { slotMs: 2 * 3_600_000, count: 12 },
};

const relativeAccuracy = 0.025;
/**
 * Sketches hold thousandths, so that what is measured lies above 1: in version 2.1.1 merging a sketch whose greatest value lies between
 * 1 / 1.05 and 1 loses samples. The bounds keep the bins of a sketch to some 500.
 */
const scale = 1_000;
const [least, greatest] = [2, 1e11];

interface Slot {
  succeeded: number;
  failed: number;
  latency?: DDSketch;
  throughput?: DDSketch;
  judged: number;
  faulty: number;
  readonly faults: Record<ToolCallFault, number>;
}
type Measure = 'latency' | 'throughput';

/** `onSlot` is told when a slot of five minutes begins. */
export function createHealthWindows(onSlot: (nowMs: number) => void = () => {}): HealthWindows {
  const rings = {
    five_minutes: createRing('five_minutes'),
    thirty_minutes: createRing('thirty_minutes', onSlot),
    one_day: createRing('one_day'),
  };
  const all = Object.values(rings);
  const add = (nowMs: number, change: (slot: Slot) => void) => {
    for (const { slots } of all) change(slots.current(nowMs));
  };
  const total = (window: HealthWindow, nowMs: number, count: (slot: Slot) => number) =>
    rings[window].slots.live(nowMs).reduce((sum, slot) => sum + count(slot), 0);

  return {
    attempted({ succeeded, firstContentMs }, nowMs) {
      add(nowMs, (slot) => {
        if (succeeded === true) slot.succeeded += 1;
        if (succeeded === false) slot.failed += 1;
        if (firstContentMs !== undefined) accept(slot, 'latency', firstContentMs);
      });
    },
    wrote: (tokensPerSecond, nowMs) => add(nowMs, (slot) => accept(slot, 'throughput', tokensPerSecond)),
    calledTools(faults, nowMs) {
      add(nowMs, (slot) => {
        slot.judged += 1;
        if (faults.size > 0) slot.faulty += 1;
        for (const fault of faults) slot.faults[fault] += 1;
      });
    },
    at: (nowMs) => ({
      uptime(window) {
        const succeeded = total(window, nowMs, (slot) => slot.succeeded);
        const attempts = succeeded + total(window, nowMs, (slot) => slot.failed);
        return attempts === 0 ? undefined : succeeded / attempts;
      },
      latency: (window) => rings[window].read('latency', nowMs),
      throughput: (window) => rings[window].read('throughput', nowMs),
      toolCalls(window) {
        const answers = total(window, nowMs, ({ judged }) => judged);
        if (answers === 0) return undefined;
        const share = (count: (slot: Slot) => number) => total(window, nowMs, count) / answers;
        return {
          answers,
          faulty: share(({ faulty }) => faulty),
          faults: {
            invalid_json: share(({ faults }) => faults.invalid_json),
            unknown_name: share(({ faults }) => faults.unknown_name),
            schema_mismatch: share(({ faults }) => faults.schema_mismatch),
          },
        };
      },
    }),
    forget(nowMs) {
      for (const { slots } of all) slots.forget(nowMs);
    },
  };
}

/** The slots of a window, and what was last read of them. */
function createRing(
  window: HealthWindow,
  onSlot: (nowMs: number) => void = () => {},
): {
  readonly slots: RollingSlots<Slot>;
  readonly read: (measure: Measure, nowMs: number) => Distribution | undefined;
} {
  const { slotMs, count } = slotsOf[window];
  const slots = createRollingSlots<Slot>(slotMs, count, (nowMs) => {
    onSlot(nowMs);
    return {
      succeeded: 0,
      failed: 0,
      judged: 0,
      faulty: 0,
      faults: { invalid_json: 0, unknown_name: 0, schema_mismatch: 0 },
    };
  });
  const known: Partial<Record<Measure, { readonly stamp: number; readonly distribution: Distribution }>> = {};

  return {
    slots,
    read(measure, nowMs) {
      const sketches = slots.live(nowMs).flatMap((slot) => slot[measure] ?? []);
      const samples = sketches.reduce((sum, sketch) => sum + sketch.count, 0);
      if (samples === 0) return undefined;
      // Merging costs tens of microseconds, and one sample in a hundred more hardly moves a percentile.
      const stamp = slots.stamp(nowMs);
      const last = known[measure];
      if (last?.stamp === stamp && samples <= last.distribution.samples * 1.01) return last.distribution;
      const distribution = distributionOf(measure, sketches);
      known[measure] = { stamp, distribution };
      return distribution;
    },
  };
}

function accept(slot: Slot, measure: Measure, value: number): void {
  const sketch = slot[measure] ?? new DDSketch({ relativeAccuracy });
  slot[measure] = sketch;
  sketch.accept(value > 0 ? Math.min(greatest, Math.max(least, value * scale)) : 0);
}

function distributionOf(measure: Measure, sketches: readonly DDSketch[]): Distribution {
  const merged = new DDSketch({ relativeAccuracy });
  for (const sketch of sketches) merged.merge(sketch);
  const { count } = merged;
  const at = (share: number) => {
    const better = Math.ceil(share * count);
    const rank = measure === 'latency' ? better - 1 : count - better;
    // The sketch multiplies by count - 1 and rounds down: a quarter more keeps it from rounding to the rank before.
    const quantile = count === 1 ? 0 : Math.min(1, (rank + 0.25) / (count - 1));
    const value = Math.min(merged.max, Math.max(merged.min, merged.getValueAtQuantile(quantile)));
    return Number((value / scale).toPrecision(4));
  };
  return { p50: at(0.5), p75: at(0.75), p90: at(0.9), p99: at(0.99), samples: count };
}
