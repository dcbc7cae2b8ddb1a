import type { Parameter } from '../../src/chat.ts';
import type { SourceRow } from './sources.ts';

/** The parameters that an endpoint takes, and a name for the set that stays the same from run to run. */
export interface ParameterSet {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

const tools: readonly Parameter[] = ['tools', 'tool_choice', 'parallel_tool_calls'];
const json: readonly Parameter[] = ['response_format', 'structured_outputs'];
const penalties: readonly Parameter[] = ['frequency_penalty', 'presence_penalty'];
const probabilities: readonly Parameter[] = ['logprobs', 'top_logprobs'];
/** What vLLM and SGLang, which serve most open models, take. */
const openServer: readonly Parameter[] = [
  ...tools.slice(0, 2),
  'response_format',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  ...penalties,
  'repetition_penalty',
  'seed',
  'stop',
];

/** By each provider's API reference: everything that any of its chat models takes, `reasoning` apart. */
const byProvider: Readonly<Record<string, readonly Parameter[]>> = {
  openai: [
    ...tools,
    ...json,
    'max_tokens',
    'temperature',
    'top_p',
    ...penalties,
    'seed',
    'stop',
    'logit_bias',
    ...probabilities,
    'user',
  ],
  anthropic: [...tools, ...json, 'max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'user'],
  google: ['tools', 'tool_choice', ...json, 'max_tokens', 'temperature', 'top_p', 'top_k', 'seed', 'stop'],
  groq: [...tools, 'response_format', 'max_tokens', 'temperature', 'top_p', 'seed', 'stop', 'user'],
  together: [...openServer, 'structured_outputs', 'logit_bias'],
  mistral: [...tools, ...json, 'max_tokens', 'temperature', 'top_p', ...penalties, 'seed', 'stop', 'prediction'],
  deepseek: ['tools', 'response_format', 'max_tokens', 'temperature', 'top_p', ...penalties, 'stop', ...probabilities],
  fireworks: [...openServer, 'structured_outputs', 'logit_bias', ...probabilities, 'prediction', 'user'],
  deepinfra: [...openServer, 'user'],
  cerebras: [...tools, ...json, 'max_tokens', 'temperature', 'top_p', 'seed', 'stop', ...probabilities, 'user'],
  xai: [...tools, ...json, 'max_tokens', 'temperature', 'top_p', 'seed', ...probabilities, 'user'],
  perplexity: [...json, 'max_tokens', 'temperature', 'top_p', 'top_k', ...penalties],
  cohere: [
    'tools',
    'tool_choice',
    ...json,
    'max_tokens',
    'temperature',
    'top_p',
    'top_k',
    ...penalties,
    'seed',
    'stop',
    'logprobs',
  ],
  novita: [...openServer, 'logit_bias', 'user'],
  huggingface: [
    ...tools.slice(0, 2),
    'response_format',
    'max_tokens',
    'temperature',
    'top_p',
    ...penalties,
    'seed',
    'stop',
    ...probabilities,
  ],
  moonshotai: [...tools.slice(0, 2), 'response_format', 'max_tokens', 'temperature', 'top_p', ...penalties, 'stop'],
  'z-ai': ['tools', 'response_format', 'max_tokens', 'temperature', 'top_p', 'stop'],
  minimax: ['tools', 'max_tokens', 'temperature', 'top_p'],
  baseten: [...openServer, 'structured_outputs'],
  wandb: [...openServer, 'structured_outputs', ...probabilities],
  stepfun: [...tools.slice(0, 2), 'response_format', 'max_tokens', 'temperature', 'top_p', 'stop'],
  xiaomi: [...tools.slice(0, 2), 'response_format', 'max_tokens', 'temperature', 'top_p', ...penalties, 'stop'],
  ovhcloud: ['response_format', 'max_tokens', 'temperature', 'top_p', ...penalties, 'seed', 'stop'],
  openrouter: [
    ...tools,
    ...json,
    'max_tokens',
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'top_a',
    ...penalties,
    'repetition_penalty',
    'seed',
    'stop',
    'logit_bias',
    ...probabilities,
    'user',
  ],
  local: ['tools', 'max_tokens', 'temperature', 'top_p', 'top_k', 'seed', 'stop'],
};

const sampling: ReadonlySet<Parameter> = new Set([
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  ...penalties,
  'repetition_penalty',
  'logit_bias',
  ...probabilities,
]);

/** What a provider's API takes but some of its models refuse, by its documentation. */
const refusals: readonly { provider: string; model: RegExp; refuses: readonly Parameter[] }[] = [
  { provider: 'openai', model: /^(gpt-3\.5|gpt-4$|gpt-4-)/, refuses: ['structured_outputs'] },
  { provider: 'openai', model: /^gpt-4$/, refuses: ['response_format'] },
  { provider: 'openai', model: /^(o\d|gpt-[5-9])/, refuses: ['stop', 'prediction'] },
  { provider: 'openai', model: /^o\d/, refuses: ['parallel_tool_calls'] },
  {
    provider: 'openai',
    model: /-chat/,
    refuses: ['temperature', 'top_p', ...penalties, 'logit_bias', ...probabilities],
  },
  { provider: 'anthropic', model: /claude-(3|opus-4-0|sonnet-4-0|opus-4$|sonnet-4$)/, refuses: ['structured_outputs'] },
  { provider: 'moonshotai', model: /^kimi-k(2\.[5-9]|[3-9])/, refuses: ['temperature', 'top_p', ...penalties] },
];

/** What a few models take beyond what their provider takes in general. */
const additions: readonly { provider: string; model: RegExp; takes: readonly Parameter[] }[] = [
  { provider: 'openai', model: /^(gpt-4o|gpt-4\.1)/, takes: ['prediction'] },
  { provider: 'openai', model: /^gpt-[5-9](?!.*-chat)/, takes: ['verbosity'] },
  {
    provider: 'openrouter',
    model: /^openai\/gpt-[5-9](?!.*-chat)|^anthropic\/claude-(opus|sonnet|fable)-(4\.[6-9]|5)/,
    takes: ['verbosity'],
  },
  { provider: 'groq', model: /^(openai\/gpt-oss|moonshotai|meta-llama\/llama-4)/, takes: ['structured_outputs'] },
  { provider: 'ovhcloud', model: /gpt-oss|llama-3|qwen3|mistral-small/i, takes: ['tools', 'tool_choice'] },
];

/** The parameters of one provider's model. */
export function parameterSet(provider: string, row: SourceRow): ParameterSet {
  const refused = new Set(
    refusals.filter((rule) => rule.provider === provider && rule.model.test(row.id)).flatMap((rule) => rule.refuses),
  );
  const taken = additions
    .filter((rule) => rule.provider === provider && rule.model.test(row.id))
    .flatMap((rule) => rule.takes);
  const all = new Set<Parameter>([
    ...(byProvider[provider] ?? []),
    ...taken,
    ...(row.reasoning ? (['reasoning'] as const) : []),
  ]);
  const kept = [...all].filter(
    (parameter) =>
      !refused.has(parameter) &&
      (row.tools || !tools.includes(parameter)) &&
      (row.toolChoice || parameter !== 'tool_choice') &&
      (row.sampling || !sampling.has(parameter)),
  );
  const traits = [
    row.tools ? [] : ['no-tools'],
    row.tools && !row.toolChoice ? ['no-choice'] : [],
    row.reasoning ? ['reasoning'] : [],
    row.sampling ? [] : ['fixed'],
    [...refused].length === 0 ? [] : ['without', ...refused],
    taken.length === 0 ? [] : ['with', ...taken],
  ].flat();
  return { name: [provider, ...traits].join(' '), parameters: kept };
}
