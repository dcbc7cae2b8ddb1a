import type { SimulationReport } from './simulate.ts';

/** What a router must reach in the simulation, at one rate or at all. */
export interface Target {
  /** Arrivals a second; absent where it holds at every rate. */
  readonly rate?: number;
  readonly title: string;
  /** Undefined where the run was too short to tell. */
  readonly of: (report: SimulationReport) => number | undefined;
  /** Bounds that hold for every seed, or for the mean over seeds. */
  readonly least?: number;
  readonly leastInMean?: number;
  readonly most?: number;
}

const targets: readonly Target[] = [
  { title: 'picks of an ejected endpoint', of: (run) => run.ejectedPicks, most: 0 },
  { title: 'most attempts of a request', of: (run) => run.mostAttempts, most: 3 },
  // So little traffic teaches little: what is asked is that no request is lost to an endpoint that could have been left.
  { rate: 1, title: 'attainable success but for cuts', of: (run) => run.attainableSuccessButForCuts, least: 0.998 },
  { rate: 1, title: 'attainable success', of: (run) => run.attainableSuccess, least: 0.99, leastInMean: 0.994 },
  { rate: 1, title: 'attempts per request', of: (run) => run.attemptsPerRequest, most: 1.1 },
  { rate: 1, title: 'p99 time to first token, ms', of: (run) => run.p99FirstTokenMs, most: 5_000 },
  { rate: 80, title: 'attainable success', of: (run) => run.attainableSuccess, least: 0.9985, leastInMean: 0.999 },
  { rate: 80, title: 'attempts per request', of: (run) => run.attemptsPerRequest, most: 1.05 },
  { rate: 80, title: 'attempts per request in an outage', of: (run) => run.attemptsPerRequestInOutage, most: 0.6 },
  { rate: 80, title: 'p99 time to first token, ms', of: (run) => run.p99FirstTokenMs, most: 4_000 },
  { rate: 80, title: 'time to recover, ms', of: (run) => run.recoveryMs, most: 5_000 },
  { rate: 200, title: 'attainable success', of: (run) => run.attainableSuccess, leastInMean: 0.999 },
  { rate: 300, title: 'attainable success', of: (run) => run.attainableSuccess, least: 0.94 },
];

/**
 * A sentence for each target that the runs of one policy miss; what a run was too short to tell is missed. Targets of rates that
 * none of them had are passed over.
 */
export function missedTargets(runs: readonly SimulationReport[]): readonly string[] {
  return [...Map.groupBy(runs, (run) => run.rate)].flatMap(([rate, group]) =>
    targets.flatMap((target) => ((target.rate ?? rate) === rate ? missed(target, rate, group) : [])),
  );
}

function missed(
  { title, of, least = -Infinity, leastInMean = -Infinity, most = Infinity }: Target,
  rate: number,
  runs: readonly SimulationReport[],
): readonly string[] {
  const told = (value: number) => Number(value.toPrecision(6));
  const measured = runs.map((run) => ({ seed: run.seed, value: of(run) }));
  const mean = measured.reduce((sum, { value = Number.NaN }) => sum + value, 0) / measured.length;
  return [
    ...measured.flatMap(({ seed, value }) => {
      if (value === undefined) return [`${rate} rps, seed ${seed}: the run is too short to tell the ${title}`];
      return value < least || value > most ? [`${rate} rps, seed ${seed}: ${title} is ${told(value)}`] : [];
    }),
    ...(mean < leastInMean ? [`${rate} rps: ${title} is ${told(mean)} in the mean`] : []),
  ];
}
