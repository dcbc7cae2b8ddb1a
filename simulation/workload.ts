import type { Random } from '../src/clock.ts';
import { createRandom, exponential, logNormal } from './random.ts';
import { sizes } from './world.ts';

/** What is asked, and when: decided before anything runs, so that it is the same whoever answers. Indexed by request. */
export interface Workload {
  /** Milliseconds from the run's beginning, ascending: a Poisson process. */
  readonly arrivalMs: Float64Array;
  readonly promptTokens: Uint16Array;
  readonly completionTokens: Uint16Array;
}

export function createWorkload(requests: number, rate: number, seed: number): Workload {
  const arrivals = createRandom(seed, 'arrivals');
  const asked = createRandom(seed, 'sizes');
  const arrivalMs = new Float64Array(requests);
  const promptTokens = new Uint16Array(requests);
  const completionTokens = new Uint16Array(requests);
  let timeMs = 0;
  for (let index = 0; index < requests; index += 1) {
    timeMs += exponential(arrivals, rate / 1_000);
    arrivalMs[index] = timeMs;
    promptTokens[index] = size(asked, sizes.prompt);
    completionTokens[index] = size(asked, sizes.completion);
  }
  return { arrivalMs, promptTokens, completionTokens };
}

function size(random: Random, { median, spread, least, most }: typeof sizes.prompt): number {
  return Math.round(Math.min(most, Math.max(least, logNormal(random, median, spread))));
}
