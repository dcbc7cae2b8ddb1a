import type { Parameter } from '../../chat.ts';

/** What the catalog says of the model that ships with the server. `upstreamModel` is its name in a ProviderCall. */
export const localModel = {
  slug: 'pointsman/tiny-1m',
  upstreamModel: 'tiny-1m',
  name: 'Tiny 1M',
  author: 'pointsman',
  description:
    'A language model of about one million parameters that ships with the server, so that a first run answers, streams and ' +
    'calls a tool without a key, a download or a network. It is a demonstration: it knows a few greetings, short stories, ' +
    'capitals and opposites, it is often wrong, and it is no substitute for a real model. Answers are greedy unless a ' +
    'temperature is given.',
  contextLength: 512,
  quantization: 'int8',
} as const;

/** The same weights, asked for what they make of a text rather than for the next word. */
export const localEmbeddingModel = {
  slug: 'pointsman/tiny-1m-embedding',
  upstreamModel: 'tiny-1m-embedding',
  name: 'Tiny 1M Embedding',
  author: 'pointsman',
  description:
    'Embeddings by the tiny model that ships with the server, so that a first run has vectors without a key, a download or a ' +
    'network: the mean of its last layer, of length one. It is a demonstration: the model was never trained to compare texts, so ' +
    'that near vectors mean alike words more than alike meanings. It is no substitute for a real model.',
  contextLength: 512,
  quantization: 'int8',
} as const;

/** What `createLocal` understands of a Prompt. JSON modes are not among them: the model is too small to keep to a schema. */
export const localSupportedParameters: ReadonlySet<Parameter> = new Set<Parameter>([
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'seed',
  'stop',
  'logit_bias',
  'logprobs',
  'top_logprobs',
]);
