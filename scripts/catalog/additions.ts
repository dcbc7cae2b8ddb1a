/** A model that a provider serves although pi-catalog does not list it. Its price comes from genai-prices. */
export interface AddedEndpoint {
  readonly provider: string;
  /** The provider's own name for it. */
  readonly id: string;
  /** What genai-prices calls it, where that is not the provider's own name. */
  readonly priceId?: string;
  readonly slug: string;
  readonly name: string;
  readonly contextLength: number;
  readonly maxCompletionTokens?: number;
  readonly image?: boolean;
  readonly tools?: boolean;
  readonly reasoning?: boolean;
  /** Where the facts on this line stand. */
  readonly source: string;
}

/** A model that is listed without anyone serving it. */
export interface AddedModel {
  readonly slug: string;
  readonly name: string;
  readonly contextLength: number;
  readonly description: string;
  readonly createdAt: string;
  readonly source: string;
}

const cohereModels = 'https://docs.cohere.com/docs/models';
const sonarModels = 'https://docs.perplexity.ai/getting-started/models';
const togetherModels = 'https://docs.together.ai/docs/serverless-models';
const ovhModels = 'https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/';

export const addedEndpoints: readonly AddedEndpoint[] = [
  {
    provider: 'openai',
    id: 'gpt-3.5-turbo',
    slug: 'openai/gpt-3.5-turbo',
    name: 'GPT-3.5 Turbo',
    contextLength: 16385,
    maxCompletionTokens: 4096,
    source: 'https://platform.openai.com/docs/models/gpt-3.5-turbo',
  },
  {
    provider: 'together',
    id: 'mistralai/Mixtral-8x7B-Instruct-v0.1',
    slug: 'mistralai/mixtral-8x7b-instruct',
    name: 'Mixtral 8x7B Instruct',
    contextLength: 32768,
    tools: false,
    source: togetherModels,
  },
  {
    provider: 'together',
    id: 'mistralai/Mistral-7B-Instruct-v0.2',
    slug: 'mistralai/mistral-7b-instruct-v0.2',
    name: 'Mistral 7B Instruct v0.2',
    contextLength: 32768,
    tools: false,
    source: togetherModels,
  },
  ...[
    { id: 'sonar', name: 'Sonar', contextLength: 128000 },
    { id: 'sonar-pro', name: 'Sonar Pro', contextLength: 200000, maxCompletionTokens: 8000 },
    { id: 'sonar-reasoning-pro', name: 'Sonar Reasoning Pro', contextLength: 128000, reasoning: true },
  ].map((model) => ({
    ...model,
    provider: 'perplexity',
    slug: `perplexity/${model.id}`,
    image: true,
    tools: false,
    source: sonarModels,
  })),
  ...[
    {
      id: 'command-a-03-2025',
      priceId: 'command-a',
      name: 'Command A',
      contextLength: 256000,
      maxCompletionTokens: 8000,
    },
    {
      id: 'command-r-plus-08-2024',
      priceId: 'command-r-plus',
      name: 'Command R+ (08-2024)',
      contextLength: 128000,
      maxCompletionTokens: 4000,
    },
    {
      id: 'command-r-08-2024',
      priceId: 'command-r',
      name: 'Command R (08-2024)',
      contextLength: 128000,
      maxCompletionTokens: 4000,
    },
    {
      id: 'command-r7b-12-2024',
      priceId: 'command-r7b',
      name: 'Command R7B (12-2024)',
      contextLength: 128000,
      maxCompletionTokens: 4000,
    },
    {
      id: 'c4ai-aya-expanse-32b',
      name: 'Aya Expanse 32B',
      contextLength: 128000,
      maxCompletionTokens: 4000,
      tools: false,
    },
  ].map((model) => ({ ...model, provider: 'cohere', slug: `cohere/${model.id}`, source: cohereModels })),
  ...[
    {
      id: 'DeepSeek-R1-Distill-Llama-70B',
      slug: 'deepseek/deepseek-r1-distill-llama-70b',
      name: 'DeepSeek R1 Distill Llama 70B',
      contextLength: 131072,
      reasoning: true,
      tools: false,
    },
    {
      id: 'Llama-3.1-8B-Instruct',
      slug: 'meta-llama/llama-3.1-8b-instruct',
      name: 'Llama 3.1 8B Instruct',
      contextLength: 131072,
    },
    {
      id: 'Meta-Llama-3_3-70B-Instruct',
      slug: 'meta-llama/llama-3.3-70b-instruct',
      name: 'Llama 3.3 70B Instruct',
      contextLength: 131072,
    },
    {
      id: 'Mistral-7B-Instruct-v0.3',
      slug: 'mistralai/mistral-7b-instruct-v0.3',
      name: 'Mistral 7B Instruct v0.3',
      contextLength: 65536,
      tools: false,
    },
    {
      id: 'Mistral-Nemo-Instruct-2407',
      slug: 'mistralai/mistral-nemo',
      name: 'Mistral Nemo',
      contextLength: 65536,
      tools: false,
    },
    {
      id: 'Mistral-Small-3.2-24B-Instruct-2506',
      slug: 'mistralai/mistral-small-3.2-24b-instruct',
      name: 'Mistral Small 3.2 24B',
      contextLength: 131072,
      image: true,
    },
    {
      id: 'Mixtral-8x7B-Instruct-v0.1',
      slug: 'mistralai/mixtral-8x7b-instruct',
      name: 'Mixtral 8x7B Instruct',
      contextLength: 32768,
      tools: false,
    },
    {
      id: 'Qwen2.5-VL-72B-Instruct',
      slug: 'qwen/qwen2.5-vl-72b-instruct',
      name: 'Qwen2.5 VL 72B Instruct',
      contextLength: 32768,
      image: true,
      tools: false,
    },
    { id: 'Qwen3-32B', slug: 'qwen/qwen3-32b', name: 'Qwen3 32B', contextLength: 32768, reasoning: true },
    {
      id: 'Qwen3-Coder-30B-A3B-Instruct',
      slug: 'qwen/qwen3-coder-30b-a3b-instruct',
      name: 'Qwen3 Coder 30B A3B Instruct',
      contextLength: 262144,
    },
    { id: 'gpt-oss-120b', slug: 'openai/gpt-oss-120b', name: 'GPT OSS 120B', contextLength: 131072, reasoning: true },
    { id: 'gpt-oss-20b', slug: 'openai/gpt-oss-20b', name: 'GPT OSS 20B', contextLength: 131072, reasoning: true },
  ].map((model) => ({ ...model, provider: 'ovhcloud', source: ovhModels })),
];

export const addedModels: readonly AddedModel[] = [
  {
    slug: 'mattshumer/reflection-70b',
    name: 'Reflection Llama-3.1 70B',
    contextLength: 131072,
    description:
      'A fine-tuned Llama 3.1 70B of September 2024, taught to correct itself between tags. Nobody serves it any more.',
    createdAt: '2024-09-05',
    source: 'https://huggingface.co/mattshumer/Reflection-Llama-3.1-70B',
  },
];

/** Common other names. Dated snapshots and the providers' own names of first-party models are added by rule. */
export const addedAliases: Readonly<Record<string, string>> = {
  'gpt-5.6': 'openai/gpt-5.6-sol',
  'gpt-3.5': 'openai/gpt-3.5-turbo',
  'gpt-3.5-turbo-0125': 'openai/gpt-3.5-turbo',
  'mixtral-8x7b': 'mistralai/mixtral-8x7b-instruct',
  'mistralai/mixtral-8x7b-instruct-v0.1': 'mistralai/mixtral-8x7b-instruct',
  'mistral-7b-instruct-v0.2': 'mistralai/mistral-7b-instruct-v0.2',
  'reflection-llama-3.1-70b': 'mattshumer/reflection-70b',
  'mattshumer/reflection-llama-3.1-70b': 'mattshumer/reflection-70b',
  'euryale-70b': 'sao10k/l3-euryale-70b',
  'sao10k/l3-70b-euryale-v2.1': 'sao10k/l3-euryale-70b',
  'tiny-1m': 'pointsman/tiny-1m',
  'mistral-embed': 'mistralai/mistral-embed-2312',
  'mistralai/mistral-embed': 'mistralai/mistral-embed-2312',
  'llama-3.3-70b': 'meta-llama/llama-3.3-70b-instruct',
  'deepseek-v3': 'deepseek/deepseek-chat',
};
