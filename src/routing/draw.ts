import type { Random } from '../clock.ts';

/**
 * Draws a whole order at once, each next one with a probability in proportion to its weight among those that are left (weighted
 * sampling without replacement, Efraimidis and Spirakis 2006). Weights are positive.
 */
export function drawOrder<T>(candidates: readonly T[], weights: readonly number[], random: Random): T[] {
  return candidates
    .map((candidate, index) => ({ candidate, index, key: -Math.log(1 - random()) / (weights[index] ?? 0) }))
    .sort((a, b) => a.key - b.key || a.index - b.index)
    .map(({ candidate }) => candidate);
}
