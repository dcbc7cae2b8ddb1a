import type { CallCounts } from './call-counter.ts';

/** Counts below are decayed: fewer, and nothing can be said. */
const fewestAnswers = 10;
/** A share is taken to have begun with this many faulty answers of so many. */
const prior = { faulty: 0.2, answers: 10 };
/** So much worse than the best of the others is bad. */
const tolerance = 0.1;
/** Differences of this size are chance. */
const step = 0.02;

/**
 * The rule of `exacto`, as a key for each candidate, ascending. First those known to call tools well, by their share of faulty answers in
 * steps of two in a hundred; then those with fewer than ten judged answers; last those whose share lies more than a tenth above that of
 * the best other candidate with ten answers, or above the prior where there is none. Equal keys are for the price to decide. Tool calls
 * are hard or easy by what is asked, so that endpoints are compared with each other and not with a fixed share; and with two to eight
 * endpoints and little traffic a standard deviation would say nothing.
 */
export function exactoKeys(candidates: readonly CallCounts[]): number[] {
  const judged = candidates.map((counts) => counts.calls >= fewestAnswers);
  const shares = candidates.map(faultyShare);
  return shares.map((share, index) => {
    if (judged[index] !== true) return 1;
    const others = shares.filter((_, other) => other !== index && judged[other] === true);
    const best = others.length === 0 ? prior.faulty / prior.answers : Math.min(...others);
    const rounded = Math.round(share / step) * step;
    return share - best > tolerance ? 2 + rounded : Math.min(rounded, 0.99);
  });
}

/** Share of answers with faulty tool calls, with a prior of two in a hundred that is worth ten answers. */
export function faultyShare({ calls, failures }: CallCounts): number {
  return (failures + prior.faulty) / (calls + prior.answers);
}
