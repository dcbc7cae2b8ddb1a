import type { SimulationReport } from './simulate.ts';

/** What a router must reach in the simulation, at one rate. */
export interface Target {
  /** Arrivals a second. */
  readonly rate: number;
  readonly title: string;
  /** Undefined where the run was too short to tell. */
  readonly of: (report: SimulationReport) => number | undefined;
  /** Bounds that hold for every seed, or for the mean over seeds. */
  readonly least?: number;
  readonly leastInMean?: number;
  readonly most?: number;
}

export const targets: readonly Target[] = [
  { rate: 80, title: 'attainable success', of: (run) => run.attainableSuccess, least: 0.9985, leastInMean: 0.999 },
  { rate: 80, title: 'attempts per request', of: (run) => run.attemptsPerRequest, most: 1.05 },
  { rate: 80, title: 'attempts per request in an outage', of: (run) => run.attemptsPerRequestInOutage, most: 0.6 },
  { rate: 80, title: 'p99 time to first token, ms', of: (run) => run.p99FirstTokenMs, most: 4_000 },
  { rate: 80, title: 'picks of an ejected endpoint', of: (run) => run.ejectedPicks, most: 0 },
  { rate: 80, title: 'time to recover, ms', of: (run) => run.recoveryMs, most: 5_000 },
  { rate: 80, title: 'most attempts of a request', of: (run) => run.mostAttempts, most: 3 },
  { rate: 200, title: 'attainable success', of: (run) => run.attainableSuccess, leastInMean: 0.999 },
  { rate: 300, title: 'attainable success', of: (run) => run.attainableSuccess, least: 0.94 },
];

/** A sentence for each target that the runs of one policy miss. Targets of rates that none of them had are passed over. */
export function missedTargets(runs: readonly SimulationReport[]): readonly string[] {
  return targets.flatMap(({ rate, title, of, least = -Infinity, leastInMean = -Infinity, most = Infinity }) => {
    const found = runs.flatMap((run) => {
      const value = run.rate === rate ? of(run) : undefined;
      return value === undefined ? [] : [{ seed: run.seed, value }];
    });
    const mean = found.reduce((sum, { value }) => sum + value, 0) / found.length;
    const told = (value: number) => Number(value.toPrecision(6));
    return [
      ...found
        .filter(({ value }) => value < least || value > most)
        .map(({ seed, value }) => `${rate} rps, seed ${seed}: ${title} is ${told(value)}`),
      ...(mean < leastInMean ? [`${rate} rps: ${title} is ${told(mean)} in the mean`] : []),
    ];
  });
}
