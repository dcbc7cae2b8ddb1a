import type { BuiltInCatalogFile } from '../../src/configuration/built-in-catalog.ts';
import { localEmbeddingModel } from '../../src/providers/local/facts.ts';
import { type ProviderFacts, providerFacts } from './providers.ts';
import { genaiInputPrice, perToken } from './sources.ts';

type FileModel = BuiltInCatalogFile['models'][number];
type FileEndpoint = BuiltInCatalogFile['endpoints'][number];

/** A model that makes embeddings, as a provider serves it. */
interface EmbeddingEndpoint {
  readonly provider: string;
  /** The provider's own name for it. */
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** The most tokens of one input. */
  readonly contextLength: number;
  /** US dollars per million tokens; absent where genai-prices has it. */
  readonly price?: number;
  /** Whether it takes `user`. */
  readonly user?: boolean;
  /** Where the facts on this line stand. */
  readonly source: string;
}

const voyageModels = 'https://docs.voyageai.com/docs/embeddings';
const ovhModels = 'https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/';

const embeddingEndpoints: readonly EmbeddingEndpoint[] = [
  ...['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'].map((id) => ({
    provider: 'openai',
    id,
    slug: `openai/${id}`,
    name: titleOf(id),
    contextLength: 8192,
    user: true,
    source: 'https://platform.openai.com/docs/guides/embeddings',
  })),
  {
    provider: 'google',
    id: 'gemini-embedding-001',
    slug: 'google/gemini-embedding-001',
    name: 'Gemini Embedding 001',
    contextLength: 2048,
    source: 'https://ai.google.dev/gemini-api/docs/embeddings',
  },
  {
    provider: 'mistral',
    id: 'mistral-embed',
    slug: 'mistralai/mistral-embed-2312',
    name: 'Mistral Embed',
    contextLength: 8192,
    source: 'https://docs.mistral.ai/capabilities/embeddings/',
  },
  {
    provider: 'cohere',
    id: 'embed-v4.0',
    slug: 'cohere/embed-v4.0',
    name: 'Embed v4.0',
    contextLength: 128_000,
    source: 'https://docs.cohere.com/docs/models',
  },
  ...['voyage-4-large', 'voyage-4', 'voyage-4-lite', 'voyage-code-3', 'voyage-3.5', 'voyage-3.5-lite'].map((id) => ({
    provider: 'voyage',
    id,
    slug: `voyage/${id}`,
    name: titleOf(id),
    contextLength: 32_000,
    source: voyageModels,
  })),
  {
    provider: 'ovhcloud',
    id: 'bge-m3',
    slug: 'baai/bge-m3',
    name: 'BGE M3',
    contextLength: 8192,
    source: ovhModels,
  },
  {
    provider: 'deepinfra',
    id: 'BAAI/bge-m3',
    slug: 'baai/bge-m3',
    name: 'BGE M3',
    contextLength: 8192,
    price: 0.01,
    source: 'https://deepinfra.com/BAAI/bge-m3',
  },
  {
    provider: 'ovhcloud',
    id: 'bge-base-en-v1.5',
    slug: 'baai/bge-base-en-v1.5',
    name: 'BGE Base EN v1.5',
    contextLength: 512,
    source: ovhModels,
  },
  {
    provider: 'openrouter',
    id: 'openai/text-embedding-3-small',
    slug: 'openai/text-embedding-3-small',
    name: 'Text Embedding 3 Small',
    contextLength: 8192,
    price: 0.02,
    user: true,
    source: 'https://openrouter.ai/openai/text-embedding-3-small',
  },
];

/** Those that take `user`, and those that do not. */
export const embeddingParameterSets = { embeddings: [], 'embeddings user': ['user'] } as const;

/** The models that make embeddings, the local one first, and who serves them. Throws where nobody states a price. */
export function embeddings(): { readonly models: readonly FileModel[]; readonly endpoints: readonly FileEndpoint[] } {
  const models = new Map<string, FileModel>();
  for (const { slug, name, contextLength } of embeddingEndpoints) {
    if (!models.has(slug)) models.set(slug, { slug, name, contextLength, input: ['text'], output: ['embeddings'] });
  }
  const { slug, name, contextLength, description, upstreamModel, quantization } = localEmbeddingModel;
  const local: FileEndpoint = {
    model: slug,
    tag: 'local',
    upstream: upstreamModel,
    contextLength,
    quantization,
    input: ['text'],
    parameters: 'embeddings',
    prices: [{ prompt: '0', completion: '0' }],
  };
  return {
    models: [{ slug, name, contextLength, input: ['text'], output: ['embeddings'], description }, ...models.values()],
    endpoints: [local, ...embeddingEndpoints.map(endpointOf)],
  };
}

function endpointOf(row: EmbeddingEndpoint): FileEndpoint {
  const { provider, id, slug, contextLength, user = false } = row;
  const facts = providerFacts.find((each) => each.slug === provider);
  if (facts === undefined) throw new Error(`no provider ${provider}`);
  return {
    model: slug,
    tag: provider,
    upstream: id,
    contextLength,
    input: ['text'],
    parameters: user ? 'embeddings user' : 'embeddings',
    prices: [{ prompt: priceOf(facts, row), completion: '0' }],
  };
}

function priceOf(facts: ProviderFacts, { id, price }: EmbeddingEndpoint): string {
  const stated = genaiInputPrice(facts, id) ?? price;
  if (stated === undefined) throw new Error(`nobody states a price for ${id} at ${facts.slug}`);
  return perToken(stated);
}

function titleOf(id: string): string {
  return id
    .split('-')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join(' ');
}
