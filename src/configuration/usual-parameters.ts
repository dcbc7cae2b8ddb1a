import { type Parameter, parameters } from '../chat.ts';
import type { Dialect } from '../providers/create-provider.ts';
import { localSupportedParameters } from '../providers/local/facts.ts';

const everywhere: readonly Parameter[] = [
  'tools',
  'structured_outputs',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
];
const penalties: readonly Parameter[] = ['frequency_penalty', 'presence_penalty', 'seed', 'logprobs'];
const rarelyUnderstood = new Set<Parameter>(['reasoning', 'verbosity', 'prediction', 'top_a']);

/**
 * What an endpoint in a dialect is taken to understand until the configuration says otherwise: what the dialect has a field for, less
 * what few models take.
 */
export const usualParameters: Readonly<Record<Dialect, ReadonlySet<Parameter>>> = {
  'openai-compatible': new Set(parameters.filter((parameter) => !rarelyUnderstood.has(parameter))),
  anthropic: new Set([...everywhere, 'tool_choice', 'parallel_tool_calls', 'user']),
  google: new Set([...everywhere, ...penalties, 'tool_choice', 'response_format', 'top_logprobs']),
  ollama: new Set([...everywhere, ...penalties, 'response_format', 'top_logprobs', 'min_p', 'repetition_penalty']),
  cohere: new Set([...everywhere, ...penalties, 'tool_choice', 'response_format']),
  local: localSupportedParameters,
};
