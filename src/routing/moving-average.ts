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
