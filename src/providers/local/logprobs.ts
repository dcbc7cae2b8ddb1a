import type { JsonObject } from '../../chat.ts';
import { logShares } from './sampler.ts';
import type { Tokenizer } from './tokenizer.ts';

/** OpenAI's log probabilities of a chosen token and of the `top` likeliest in its place, before any sampling parameter. */
export function describeToken(token: number, scores: Float64Array, top: number, tokenizer: Tokenizer): JsonObject {
  const logarithms = logShares(scores);
  const describe = (each: number) => ({
    token: tokenizer.text(each),
    logprob: logarithms[each] ?? 0,
    bytes: Array.from(tokenizer.bytes(each)),
  });
  const likeliest = Array.from(logarithms.keys())
    .sort((a, b) => (logarithms[b] ?? 0) - (logarithms[a] ?? 0))
    .slice(0, top);
  return { ...describe(token), top_logprobs: likeliest.map(describe) };
}
