import type { Random } from '../../clock.ts';

/** What a caller may ask of the choice of tokens, in OpenRouter's meaning. Absent: no effect; temperature absent: 0. */
export interface SamplerSettings {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly minP?: number | undefined;
  readonly topA?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly logitBias?: Readonly<Record<string, number>> | undefined;
}

/** Chooses tokens by their scores. */
export interface Sampler {
  /** Notes a token of the prompt, for the repetition penalty. */
  readonly read: (token: number) => void;
  /** Notes a token of the answer, for all three penalties. */
  readonly wrote: (token: number) => void;
  /**
   * One of the tokens that `allowed` lets through, or of all. The likeliest where the temperature is 0 (the first of equals);
   * otherwise one by chance. `scores` is not changed.
   */
  readonly choose: (scores: Float64Array, allowed?: (token: number) => boolean) => number;
}

export function createSampler(settings: SamplerSettings, random: Random): Sampler {
  const { temperature = 0, repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = settings;
  const biases = Object.entries(settings.logitBias ?? {}).map(([token, bias]) => [Number(token), bias] as const);
  const seen = new Set<number>();
  const written = new Map<number, number>();

  const adjust = (scores: Float64Array): Float64Array => {
    if (repetitionPenalty !== 1) {
      for (const token of seen) {
        const score = scores[token] ?? 0;
        scores[token] = score > 0 ? score / repetitionPenalty : score * repetitionPenalty;
      }
    }
    for (const [token, count] of written) {
      scores[token] = (scores[token] ?? 0) - count * frequencyPenalty - presencePenalty;
    }
    for (const [token, bias] of biases) {
      if (token < scores.length) scores[token] = (scores[token] ?? 0) + bias;
    }
    return scores;
  };

  return {
    read: (token) => seen.add(token),
    wrote: (token) => {
      seen.add(token);
      written.set(token, (written.get(token) ?? 0) + 1);
    },
    choose: (scores, allowed) => {
      const adjusted = adjust(scores.slice());
      if (allowed !== undefined) {
        for (const token of adjusted.keys()) if (!allowed(token)) adjusted[token] = Number.NEGATIVE_INFINITY;
      }
      return temperature > 0 ? draw(adjusted, temperature, settings, random) : likeliest(adjusted);
    },
  };
}

/** The natural logarithm of each token's share in the softmax of the scores. */
export function logShares(scores: Float64Array): Float64Array {
  const highest = scores[likeliest(scores)] ?? 0;
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - highest);
  const offset = highest + Math.log(sum);
  return scores.map((score) => score - offset);
}

function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let token = 1; token < scores.length; token++) {
    if ((scores[token] ?? 0) > (scores[best] ?? 0)) best = token;
  }
  return best;
}

/** The order is that of most engines: temperature, then top-k, min-p, top-a and top-p on what is left. */
function draw(scores: Float64Array, temperature: number, settings: SamplerSettings, random: Random): number {
  const { topP = 1, topK = 0, minP = 0, topA = 0 } = settings;
  const shares = logShares(scores.map((score) => score / temperature)).map(Math.exp);
  let tokens = Array.from(shares.keys()).sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const highest = shares[tokens[0] ?? 0] ?? 0;
  if (topK >= 1) tokens = tokens.slice(0, topK);
  const least = Math.max(minP * highest, topA * highest * highest);
  tokens = tokens.filter((token) => (shares[token] ?? 0) >= least);
  const total = sum(tokens, shares);
  if (topP < 1) {
    let covered = 0;
    const end = tokens.findIndex((token) => {
      covered += (shares[token] ?? 0) / total;
      return covered >= topP;
    });
    if (end >= 0) tokens = tokens.slice(0, end + 1);
  }
  let rest = random() * sum(tokens, shares);
  for (const token of tokens) {
    rest -= shares[token] ?? 0;
    if (rest < 0) return token;
  }
  return tokens[0] ?? 0;
}

function sum(tokens: readonly number[], shares: Float64Array): number {
  return tokens.reduce((total, token) => total + (shares[token] ?? 0), 0);
}
