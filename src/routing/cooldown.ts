import type { Random } from '../clock.ts';

const shortestMs = 200;
const longestMs = 60 * 60_000;
/** What a provider tells of its limits is when they are full again; room for one call comes sooner. */
const longestInAdvanceMs = 60_000;

/**
 * How long to leave alone who asked for so long: not less than a fifth of a second and not more than an hour, and up to a tenth longer, so
 * that those who were sent away do not all return at once.
 */
export function askedCooldownMs(askedMs: number, random: Random): number {
  const wholeMs = Number.isNaN(askedMs) ? shortestMs : Math.min(longestMs, Math.max(shortestMs, askedMs));
  return wholeMs * (1 + 0.1 * random());
}

/** The same where a limit is used up before anybody was refused: a minute at most. */
export function advanceCooldownMs(resetMs: number, random: Random): number {
  return askedCooldownMs(Math.min(longestInAdvanceMs, resetMs), random);
}

/** How long where nobody said: about so long, from half to one and a half. */
export function guessedCooldownMs(usualMs: number, random: Random): number {
  return usualMs * (0.5 + random());
}
