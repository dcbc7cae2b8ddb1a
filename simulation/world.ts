/** The world that every policy meets: the endpoints, what goes wrong with them and when, and what is asked of them. One table. */

export interface SimulatedEndpoint {
  /** The provider's slug. */
  readonly provider: string;
  /** US dollars per million tokens, prompt and completion alike. */
  readonly pricePerMillion: number;
  /** Median time to first token, milliseconds. */
  readonly firstTokenMs: number;
  /** Completion tokens a second of one answer. */
  readonly throughput: number;
  /** How many calls it serves at a time; one more is answered with 429. */
  readonly capacity: number;
  /** What its 429 says in Retry-After, milliseconds; absent where it says nothing. */
  readonly retryAfterMs?: number;
}

/**
 * fail_fast: 503 at once. hang: takes the call and never says anything. slow: twenty times slower, first token and all. flap:
 * every other call fails, at random. capacity_cut: a tenth of the capacity. outage: nobody can be reached. cut: three of ten
 * answers break off on their way. Each is about the calls that begin while it lasts.
 */
export type FaultKind = 'fail_fast' | 'hang' | 'slow' | 'flap' | 'capacity_cut' | 'outage' | 'cut';

export interface Fault {
  readonly kind: FaultKind;
  /** The provider that it befalls; absent for all of them. */
  readonly provider?: string;
  /** Seconds from the beginning of a cycle, in which the whole schedule passes once. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

export const endpoints: readonly SimulatedEndpoint[] = [
  { provider: 'thrift', pricePerMillion: 0.4, firstTokenMs: 600, throughput: 60, capacity: 200, retryAfterMs: 1_000 },
  { provider: 'common', pricePerMillion: 0.5, firstTokenMs: 400, throughput: 75, capacity: 300 },
  { provider: 'swift', pricePerMillion: 0.7, firstTokenMs: 250, throughput: 120, capacity: 120, retryAfterMs: 2_000 },
  { provider: 'broad', pricePerMillion: 1, firstTokenMs: 1_500, throughput: 40, capacity: 600, retryAfterMs: 1_000 },
  { provider: 'steady', pricePerMillion: 1.4, firstTokenMs: 500, throughput: 80, capacity: 300 },
  { provider: 'lavish', pricePerMillion: 2, firstTokenMs: 300, throughput: 100, capacity: 160, retryAfterMs: 1_000 },
];

/** The cycle that the schedule is written for, seconds. A shorter one has the same faults, all of them but the outage shortened with it. */
export const fullCycleSeconds = 2_500;

export const faults: readonly Fault[] = [
  { kind: 'outage', startSeconds: 150, durationSeconds: 30 },
  { kind: 'fail_fast', provider: 'thrift', startSeconds: 500, durationSeconds: 150 },
  { kind: 'hang', provider: 'common', startSeconds: 850, durationSeconds: 150 },
  { kind: 'cut', provider: 'common', startSeconds: 1_200, durationSeconds: 150 },
  { kind: 'slow', provider: 'swift', startSeconds: 1_550, durationSeconds: 150 },
  { kind: 'flap', provider: 'thrift', startSeconds: 1_900, durationSeconds: 150 },
  { kind: 'capacity_cut', provider: 'common', startSeconds: 2_200, durationSeconds: 150 },
];

export const faultFigures = {
  slowFactor: 20,
  flapShare: 0.5,
  capacityLeft: 0.1,
  cutShare: 0.3,
};

export const timing = {
  /** How long an endpoint takes to say no, milliseconds. */
  refusalMs: 60,
  /** Of the logarithm of the time to first token. */
  firstTokenSpread: 0.4,
  /** So many first tokens take so many times longer: the heavy tail. */
  stragglerShare: 0.005,
  stragglerFactor: 8,
  /** An answer lets no more time pass between two of its pieces, milliseconds. */
  longestGapMs: 10_000,
};

/** Of what is asked, in tokens: log-normal within bounds. */
export const sizes = {
  prompt: { median: 500, spread: 1, least: 20, most: 12_000 },
  completion: { median: 210, spread: 0.8, least: 1, most: 2_000 },
};

/** The limits of an attempt that the operator has configured, milliseconds. */
export const deadlines = { connectMs: 3_000, firstContentMs: 30_000, gapMs: 30_000, totalMs: 600_000 };
