import type { JsonObject, ReasoningEffort } from '../chat.ts';

/** In which respects a server that speaks OpenAI's chat completions differs from the others. */
export interface Wire {
  /** What a base URL without a path means. */
  readonly usualPath: string;
  readonly auth: 'bearer' | 'azure';
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Whether it knows the role `developer`; otherwise `system` says the same. */
  readonly developerRole: boolean;
  /** Whether usage in a stream must be asked for with `stream_options`; the others send it unasked. */
  readonly asksForUsage: boolean;
  readonly requiredToolChoice: 'required' | 'any';
  readonly seedField: 'seed' | 'random_seed';
  readonly repetitionPenaltyField: 'repetition_penalty' | 'repeat_penalty';
  readonly reasoningForm: ReasoningForm;
  /** The efforts that it knows, from none to most; others become the nearest. */
  readonly efforts: readonly ReasoningEffort[];
  /** Where an assistant message carries the reasoning of an earlier turn; undefined where it may not. */
  readonly reasoningReplay?: 'reasoning' | 'reasoning_content';
  /** Whether `reasoning_details` can be replayed. */
  readonly replaysDetails: boolean;
  /** Whether content blocks and tools may carry `cache_control`. */
  readonly cacheControl: boolean;
  /** How tool call ids must look: as they are, at most 40 characters, or nine letters and digits. */
  readonly toolCallIds: 'any' | 'at_most_40' | 'nine_alphanumeric';
  /** What stands as content of an assistant message that only calls tools. */
  readonly emptyContent: null | '';
  /** Whether content must be one text where it is text only. */
  readonly flatText: boolean;
  readonly files: 'openai' | 'mistral' | 'perplexity';
  /** Which structured outputs it has: both, JSON objects without a schema, or schemas alone. */
  readonly structured: 'both' | 'object' | 'schema';
  /** Whether `logprobs` is a number of alternatives, not a boolean. */
  readonly countedLogprobs: boolean;
  /** Whether a tool needs `parameters`, and a tool's result the function's name. */
  readonly fullTools: boolean;
  /** How many numbers a vector is to have. */
  readonly dimensionsField: 'dimensions' | 'output_dimension';
  /** What it calls the purposes of vectors that it tells apart, by the names that callers use; any: they pass; absent: it knows of none. */
  readonly inputTypes?: ReadonlyMap<string, string> | 'any';
  /** What else it is told: that no input may be cut; and to send base64, where its documentation knows of it, as that is read ten times as fast. */
  readonly embeddingFields?: JsonObject;
}

/** How reasoning is asked for. See `openai-compatible-reasoning.ts`. */
export type ReasoningForm =
  | 'effort'
  | 'reasoning_object'
  | 'thinking'
  | 'thinking_and_effort'
  | 'enable_thinking'
  | 'template'
  | 'groq'
  | 'together'
  | 'unavailable';

const common: Wire = {
  usualPath: '/v1',
  auth: 'bearer',
  maxTokensField: 'max_tokens',
  developerRole: false,
  asksForUsage: true,
  requiredToolChoice: 'required',
  seedField: 'seed',
  repetitionPenaltyField: 'repetition_penalty',
  reasoningForm: 'effort',
  efforts: ['low', 'medium', 'high'],
  replaysDetails: false,
  cacheControl: false,
  toolCallIds: 'any',
  emptyContent: null,
  flatText: false,
  files: 'openai',
  structured: 'both',
  countedLogprobs: false,
  fullTools: false,
  dimensionsField: 'dimensions',
};

const openai: Wire = {
  ...common,
  maxTokensField: 'max_completion_tokens',
  developerRole: true,
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  toolCallIds: 'at_most_40',
  embeddingFields: { encoding_format: 'base64' },
};

/** Servers that run an open model's own chat template, and so take any field of it. */
const template: Wire = { ...common, reasoningForm: 'template', reasoningReplay: 'reasoning_content' };

/** Servers whose models reason when told so by `thinking: { type }`, and want their reasoning back with tool results. */
const thinking: Wire = {
  ...common,
  reasoningForm: 'thinking',
  reasoningReplay: 'reasoning_content',
  emptyContent: '',
  flatText: true,
};

function inputTypes(query: string, document: string): ReadonlyMap<string, string> {
  return new Map([
    ['search_query', query],
    ['query', query],
    ['search_document', document],
    ['document', document],
    ['passage', document],
  ]);
}

/** By provider slug; from each provider's API reference, and from recordings of its answers. */
const wires: Readonly<Record<string, Wire>> = {
  openai,
  azure: { ...openai, auth: 'azure' },
  groq: { ...common, maxTokensField: 'max_completion_tokens', reasoningForm: 'groq' },
  together: { ...common, reasoningForm: 'together', countedLogprobs: true },
  mistral: {
    ...common,
    asksForUsage: false,
    requiredToolChoice: 'any',
    seedField: 'random_seed',
    efforts: ['none', 'high'],
    toolCallIds: 'nine_alphanumeric',
    emptyContent: '',
    files: 'mistral',
    fullTools: true,
    dimensionsField: 'output_dimension',
  },
  deepseek: {
    ...thinking,
    usualPath: '',
    reasoningForm: 'thinking_and_effort',
    efforts: ['high', 'max'],
    structured: 'object',
  },
  fireworks: { ...common, efforts: ['none', 'low', 'medium', 'high'], reasoningReplay: 'reasoning_content' },
  deepinfra: { ...common, efforts: ['none', 'low', 'medium', 'high'] },
  cerebras: { ...common, maxTokensField: 'max_completion_tokens', flatText: true },
  xai: { ...common, maxTokensField: 'max_completion_tokens' },
  perplexity: {
    ...common,
    usualPath: '',
    asksForUsage: false,
    efforts: ['minimal', 'low', 'medium', 'high'],
    files: 'perplexity',
    structured: 'schema',
  },
  openrouter: {
    ...common,
    developerRole: true,
    asksForUsage: false,
    reasoningForm: 'reasoning_object',
    reasoningReplay: 'reasoning',
    replaysDetails: true,
    cacheControl: true,
    inputTypes: 'any',
  },
  voyage: {
    ...common,
    dimensionsField: 'output_dimension',
    inputTypes: inputTypes('query', 'document'),
    embeddingFields: { truncation: false, encoding_format: 'base64' },
  },
  nvidia: { ...common, inputTypes: inputTypes('query', 'passage') },
  vllm: { ...template, embeddingFields: { encoding_format: 'base64' } },
  sglang: template,
  llamacpp: { ...template, repetitionPenaltyField: 'repeat_penalty' },
  lmstudio: { ...template, repetitionPenaltyField: 'repeat_penalty', structured: 'schema' },
  ollama: { ...common, efforts: ['none', 'low', 'medium', 'high'], reasoningReplay: 'reasoning', emptyContent: '' },
  alibaba: { ...common, reasoningForm: 'enable_thinking', cacheControl: true, emptyContent: '' },
  siliconflow: { ...common, reasoningForm: 'enable_thinking' },
  zai: {
    ...thinking,
    reasoningForm: 'thinking_and_effort',
    efforts: ['low', 'medium', 'high', 'max'],
    structured: 'object',
  },
  moonshot: thinking,
  minimax: { ...common, reasoningForm: 'unavailable', replaysDetails: true, flatText: true, structured: 'object' },
  huggingface: common,
  novita: common,
  nebius: common,
};

/** Other slugs that the same servers go by. */
const aliases: Readonly<Record<string, string>> = {
  'azure-openai': 'azure',
  'azure-ai': 'azure',
  'together-ai': 'together',
  togetherai: 'together',
  mistralai: 'mistral',
  'fireworks-ai': 'fireworks',
  voyageai: 'voyage',
  'x-ai': 'xai',
  grok: 'xai',
  'llama.cpp': 'llamacpp',
  'llama-cpp': 'llamacpp',
  'lm-studio': 'lmstudio',
  dashscope: 'alibaba',
  qwen: 'alibaba',
  'z-ai': 'zai',
  'z.ai': 'zai',
  zhipu: 'zai',
  zhipuai: 'zai',
  moonshotai: 'moonshot',
  kimi: 'moonshot',
  'hugging-face': 'huggingface',
  hf: 'huggingface',
};

/** The wire of a name, in any case; one without peculiarities for a name that the table does not have. */
export function wireOf(name: string): Wire {
  const key = name.toLowerCase();
  const known = Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key;
  return (Object.hasOwn(wires, known) ? wires[known] : undefined) ?? common;
}
