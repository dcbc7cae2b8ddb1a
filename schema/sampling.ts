import type { Json } from '../src/chat.ts';
import { checkRange, objectAt, refuse } from './check.ts';

interface SamplingFields {
  readonly maxTokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly topP?: number | null | undefined;
  readonly topK?: number | null | undefined;
  readonly minP?: number | null | undefined;
  readonly topA?: number | null | undefined;
  readonly frequencyPenalty?: number | null | undefined;
  readonly presencePenalty?: number | null | undefined;
  readonly repetitionPenalty?: number | null | undefined;
  readonly stop?: readonly string[] | null | undefined;
  readonly logprobs?: boolean | null | undefined;
  readonly topLogprobs?: number | null | undefined;
}

/** Least and greatest value of each number, as OpenRouter documents them for `POST /chat/completions`. */
const ranges = [
  ['maxTokens', 1],
  ['temperature', 0, 2],
  ['topP', 0, 1],
  ['topK', 0],
  ['minP', 0, 1],
  ['topA', 0, 1],
  ['frequencyPenalty', -2, 2],
  ['presencePenalty', -2, 2],
  ['repetitionPenalty', 0, 2],
  ['topLogprobs', 0, 20],
] as const;

const maxStops = 4;
const maxBias = 100;

/** Throws InvalidRequest for a number out of its range, too many stops, or log probabilities that are not asked for. */
export function checkSampling(fields: SamplingFields): void {
  for (const [name, least, greatest] of ranges) checkRange(name, fields[name], least, greatest);
  const { stop, logprobs, topLogprobs } = fields;
  if (stop != null && stop.length > maxStops) refuse('stop', `has ${stop.length} texts, but may have ${maxStops}.`);
  for (const [index, text] of (stop ?? []).entries()) {
    if (text === '') refuse(`stop[${index}]`, 'is empty, so the answer would end before it begins.');
  }
  if (topLogprobs != null && logprobs !== true) refuse('topLogprobs', 'needs `logprobs: true`.');
}

/** The bias of each token. Throws InvalidRequest unless it is an object from token ids to numbers within the range. */
export function toLogitBias(value: Json): Readonly<Record<string, number>> {
  const bias = objectAt('logitBias', value, 'from token ids to numbers');
  const entries = Object.entries(bias).map(([token, weight]) => {
    if (!/^\d{1,10}$/.test(token)) refuse('logitBias', 'has a key that is no token id: keys are strings of digits.');
    if (typeof weight !== 'number') return refuse(`logitBias.${token}`, 'must be a number.');
    checkRange(`logitBias.${token}`, weight, -maxBias, maxBias);
    return [token, weight] as const;
  });
  return Object.fromEntries(entries);
}
