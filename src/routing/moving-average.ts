/** An exponentially weighted moving average: each sample counts for a tenth, the first for all. */
export interface MovingAverage {
  readonly add: (sample: number) => void;
  /** `undefined` before the first sample. */
  readonly value: () => number | undefined;
}

const sampleWeight = 0.1;

export function createMovingAverage(): MovingAverage {
  let average: number | undefined;
  return {
    add(sample) {
      average = average === undefined ? sample : average + sampleWeight * (sample - average);
    },
    value: () => average,
  };
}

/** A count that forgets: what was added counts e^(−t/τ) after the time t. */
export interface DecayedCount {
  readonly add: (amount: number, nowMs: number) => void;
  readonly value: (nowMs: number) => number;
}

/** `timeConstantMs` is τ. The time given may not go back; where it does, nothing is forgotten. */
export function createDecayedCount(timeConstantMs: number): DecayedCount {
  let count = 0;
  let asOfMs = 0;
  const value = (nowMs: number) =>
    count === 0 || nowMs <= asOfMs ? count : count * Math.exp((asOfMs - nowMs) / timeConstantMs);
  return {
    add(amount, nowMs) {
      count = value(nowMs) + amount;
      asOfMs = Math.max(asOfMs, nowMs);
    },
    value,
  };
}
