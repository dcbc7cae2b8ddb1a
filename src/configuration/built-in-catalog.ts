import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Endpoint, Model, Pricing, ProviderInfo } from '../catalog.ts';
import { parameters } from '../chat.ts';
import { quantizations } from '../provider-preferences.ts';
import { type Dialect, dialects } from '../providers/create-provider.ts';

/** A provider that the program knows before anyone configures it. */
export interface KnownProvider extends Omit<ProviderInfo, 'configured'> {
  readonly dialect: Dialect;
  /** Absent where it differs from account to account (Azure). */
  readonly baseUrl?: string;
  /** Environment variables that may hold its key; the first that is set counts. */
  readonly keyVariables: readonly string[];
}

/** The catalog that ships with the program. */
export interface BuiltInCatalog {
  /** ISO 8601 date. */
  readonly generatedAt: string;
  readonly sources: readonly { readonly name: string; readonly version: string; readonly licence: string }[];
  readonly providers: readonly KnownProvider[];
  readonly models: readonly Model[];
  readonly endpoints: readonly Endpoint[];
  readonly aliases: ReadonlyMap<string, string>;
}

const modality = z.enum(['text', 'image', 'audio', 'file', 'video']);
const outputModality = z.enum([...modality.options, 'embeddings']);

const prices = z.strictObject({
  prompt: z.string(),
  completion: z.string(),
  cacheRead: z.string().exactOptional(),
  cacheWrite: z.string().exactOptional(),
  reasoning: z.string().exactOptional(),
  request: z.string().exactOptional(),
  validFrom: z.string().exactOptional(),
  overrides: z
    .array(
      z.strictObject({
        minPromptTokens: z.int(),
        prompt: z.string().exactOptional(),
        completion: z.string().exactOptional(),
        cacheRead: z.string().exactOptional(),
        cacheWrite: z.string().exactOptional(),
      }),
    )
    .exactOptional(),
});

/** A price list as the file holds it; an endpoint has several where a change is announced. */
export type BuiltInPrices = Readonly<z.infer<typeof prices>>;

const dataPolicy = z.strictObject({
  trainsOnPrompts: z.boolean().exactOptional(),
  retention: z.enum(['none', 'transient', 'stored', 'unknown']),
  retentionDays: z.int().exactOptional(),
});

const file = z.strictObject({
  generatedAt: z.iso.date(),
  sources: z.array(z.strictObject({ name: z.string(), version: z.string(), licence: z.string(), url: z.string() })),
  parameterSets: z.record(z.string(), z.array(z.enum(parameters))),
  providers: z.array(
    z.strictObject({
      slug: z.string(),
      name: z.string(),
      dialect: z.enum(dialects),
      baseUrl: z.string().exactOptional(),
      keyVariables: z.array(z.string()),
      dataPolicy: dataPolicy.exactOptional(),
      statusPageUrl: z.string().exactOptional(),
      privacyPolicyUrl: z.string().exactOptional(),
      termsOfServiceUrl: z.string().exactOptional(),
      headquarters: z.string().exactOptional(),
    }),
  ),
  models: z.array(
    z.strictObject({
      slug: z.string(),
      name: z.string(),
      contextLength: z.int(),
      maxCompletionTokens: z.int().exactOptional(),
      input: z.array(modality),
      /** Text where it is absent. */
      output: z.array(outputModality).exactOptional(),
      description: z.string().exactOptional(),
      createdAt: z.string().exactOptional(),
    }),
  ),
  endpoints: z.array(
    z.strictObject({
      model: z.string(),
      tag: z.string(),
      upstream: z.string(),
      contextLength: z.int(),
      maxCompletionTokens: z.int().exactOptional(),
      quantization: z.enum(quantizations).exactOptional(),
      input: z.array(modality),
      parameters: z.string(),
      prices: z.array(prices).min(1),
      /** Where the provider's own does not hold. */
      dataPolicy: dataPolicy.exactOptional(),
    }),
  ),
  aliases: z.record(z.string(), z.string()),
});

/** The shape of `built-in-catalog.json`, which `scripts/generate-catalog.ts` writes. */
export type BuiltInCatalogFile = z.infer<typeof file>;

/**
 * Reads the catalog that ships with the program. Of price lists with a date it takes the one in force at `now` (milliseconds
 * since the epoch). Throws if the file is damaged.
 */
export function readBuiltInCatalog(now: number): BuiltInCatalog {
  const text = readFileSync(new URL('./built-in-catalog.json', import.meta.url), 'utf8');
  const data = file.parse(JSON.parse(text));
  const today = new Date(now).toISOString();
  const providers = data.providers.map((provider) => ({ ...provider, dataPolicy: policyOf(provider.dataPolicy) }));
  const policies = new Map(providers.map((provider) => [provider.slug, provider.dataPolicy]));
  return {
    generatedAt: data.generatedAt,
    sources: data.sources,
    providers,
    models: data.models.map(({ input, output = ['text'], ...model }) => ({
      ...model,
      author: authorOf(model.slug),
      inputModalities: input,
      outputModalities: output,
    })),
    endpoints: data.endpoints.map(({ upstream, input, parameters: set, prices: lists, ...endpoint }) => {
      const provider = endpoint.tag.split('/', 1)[0] ?? endpoint.tag;
      return {
        ...endpoint,
        id: `${endpoint.model}@${endpoint.tag}`,
        provider,
        upstreamModel: upstream,
        quantization: endpoint.quantization ?? ('unknown' as const),
        inputModalities: input,
        pricing: inForce(lists, today),
        supportedParameters: new Set(data.parameterSets[set]),
        dataPolicy:
          (endpoint.dataPolicy === undefined ? policies.get(provider) : undefined) ?? policyOf(endpoint.dataPolicy),
      };
    }),
    aliases: new Map(Object.entries(data.aliases)),
  };
}

/** The author that a slug names. */
export function authorOf(slug: string): string {
  return slug.slice(0, slug.indexOf('/'));
}

function policyOf(policy: z.infer<typeof dataPolicy> | undefined) {
  return { trainsOnPrompts: undefined, retention: 'unknown' as const, ...policy };
}

function inForce(lists: readonly BuiltInPrices[], today: string): Pricing {
  const [first, ...later] = lists;
  if (first === undefined) throw new Error('an endpoint without prices');
  const list = later.findLast((candidate) => (candidate.validFrom ?? '') <= today) ?? first;
  const { overrides = [], request = '0', ...rest } = list;
  return { ...rest, request, overrides, provenance: 'built_in' };
}
