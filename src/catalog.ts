import type { Parameter, Quantization } from './chat.ts';

export type Modality = 'text' | 'image' | 'audio' | 'file' | 'video';

/** What callers ask for. */
export interface Model {
  /** `author/name`. */
  readonly slug: string;
  readonly name: string;
  readonly author: string;
  readonly description?: string;
  /** ISO 8601 date or time. */
  readonly createdAt?: string;
  /** The most tokens, prompt and answer together, that the model itself takes. */
  readonly contextLength: number;
  readonly maxCompletionTokens?: number;
  readonly inputModalities: readonly Modality[];
  readonly outputModalities: readonly Modality[];
  /** `2024-10` or `2024-10-01`, as its author states it. */
  readonly knowledgeCutoff?: string;
  /** ISO 8601 date from which its author no longer recommends it. */
  readonly deprecatedAt?: string;
}

/** What a provider says it does with prompts. `undefined` and `unknown` never satisfy a preference that asks for privacy. */
export interface DataPolicy {
  readonly trainsOnPrompts: boolean | undefined;
  /** none: never kept; transient: kept for a time, for abuse checks; stored: kept until deleted. */
  readonly retention: 'none' | 'transient' | 'stored' | 'unknown';
  readonly retentionDays?: number;
}

/** A company or server with an API that we call. */
export interface ProviderInfo {
  readonly slug: string;
  readonly name: string;
  /** Whether its credentials are known, or it needs none. Endpoints of an unconfigured provider are listed and never tried. */
  readonly configured: boolean;
  readonly dataPolicy: DataPolicy;
  readonly statusPageUrl?: string;
  readonly privacyPolicyUrl?: string;
  readonly termsOfServiceUrl?: string;
  /** ISO 3166-1 alpha-2 country. */
  readonly headquarters?: string;
}

/** Prices in US dollars as exact decimal strings: per token, or per request or image where the name says so. */
export interface Pricing {
  readonly prompt: string;
  readonly completion: string;
  readonly request: string;
  readonly image?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
  /** Where reasoning tokens cost something else than completion tokens. */
  readonly reasoning?: string;
  /** ISO 8601; since when this list holds. */
  readonly validFrom?: string;
  /** Applied in order; a later one that matches wins, price by price. */
  readonly overrides: readonly PricingOverride[];
}

/** Prices that hold for prompts of at least so many tokens. */
export interface PricingOverride {
  readonly minPromptTokens: number;
  readonly prompt?: string;
  readonly completion?: string;
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
}

/** One model as served by one provider. */
export interface Endpoint {
  /** `author/name@tag`, stable over reloads. */
  readonly id: string;
  /** The provider's slug, or `provider/variant` where it serves the model more than once. */
  readonly tag: string;
  /** The model's slug. */
  readonly model: string;
  /** The provider's slug. */
  readonly provider: string;
  /** The provider's own name for the model. */
  readonly upstreamModel: string;
  readonly contextLength: number;
  readonly maxCompletionTokens?: number;
  readonly quantization: Quantization;
  /** Endpoints of one provider with the same name here share one limit of calls; absent for a limit of its own. */
  readonly quotaGroup?: string;
  readonly pricing: Pricing;
  readonly supportedParameters: ReadonlySet<Parameter>;
  readonly inputModalities: readonly Modality[];
  readonly dataPolicy: DataPolicy;
}

/** The four limits of an attempt, milliseconds. */
export interface Deadlines {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** From the start of a stream until its first content; keep-alives and role-only deltas are none. */
  readonly firstContentMs: number;
  /** Between two pieces of content. */
  readonly gapMs: number;
  readonly totalMs: number;
}

export interface CatalogData {
  readonly models: readonly Model[];
  readonly providers: readonly ProviderInfo[];
  readonly endpoints: readonly Endpoint[];
  /** Other names of models: alias to slug. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The slug that serves requests which name no model. */
  readonly defaultModel: string;
}

/** All models, endpoints and providers that the server knows. Immutable; a reload replaces it whole. */
export interface Catalog extends CatalogData {
  /** By slug or alias, in any case. */
  readonly model: (name: string) => Model | undefined;
  readonly provider: (slug: string) => ProviderInfo | undefined;
  readonly endpoint: (id: string) => Endpoint | undefined;
  readonly endpointsOfModel: (slug: string) => readonly Endpoint[];
  readonly endpointsOfProvider: (slug: string) => readonly Endpoint[];
  /** Whether any endpoint of the model could be tried. */
  readonly available: (slug: string) => boolean;
  /** Up to three slugs that look like `name`, the likeliest first. */
  readonly suggest: (name: string) => readonly string[];
}

/** Builds the look-ups. Throws a plain Error if an endpoint, alias or the default names something that is not there. */
export function createCatalog(data: CatalogData): Catalog {
  const models = new Map(data.models.map((model) => [model.slug.toLowerCase(), model]));
  const providers = new Map(data.providers.map((provider) => [provider.slug, provider]));
  const endpoints = new Map(data.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const aliases = new Map([...data.aliases].map(([alias, slug]) => [alias.toLowerCase(), slug.toLowerCase()]));
  const byModel = Map.groupBy(data.endpoints, (endpoint) => endpoint.model);
  const byProvider = Map.groupBy(data.endpoints, (endpoint) => endpoint.provider);

  for (const endpoint of data.endpoints) {
    if (!models.has(endpoint.model.toLowerCase()))
      throw new Error(`endpoint ${endpoint.id}: no model ${endpoint.model}`);
    if (!providers.has(endpoint.provider)) throw new Error(`endpoint ${endpoint.id}: no provider ${endpoint.provider}`);
  }
  for (const [alias, slug] of aliases) {
    if (!models.has(slug)) throw new Error(`alias ${alias}: no model ${slug}`);
  }
  const model = (name: string) => {
    const key = name.toLowerCase();
    return models.get(key) ?? models.get(aliases.get(key) ?? '');
  };
  if (model(data.defaultModel) === undefined) throw new Error(`default model: no model ${data.defaultModel}`);

  const endpointsOfModel = (slug: string) => byModel.get(slug) ?? [];
  return {
    ...data,
    model,
    provider: (slug) => providers.get(slug),
    endpoint: (id) => endpoints.get(id),
    endpointsOfModel,
    endpointsOfProvider: (slug) => byProvider.get(slug) ?? [],
    available: (slug) =>
      endpointsOfModel(slug).some((endpoint) => providers.get(endpoint.provider)?.configured === true),
    suggest: (name) => suggest(name, data.models),
  };
}

/** Ranks by shared pairs of letters (Dice's coefficient), which forgives typing errors and missing authors alike. */
function suggest(name: string, models: readonly Model[]): string[] {
  const wanted = pairs(name);
  return models
    .map((model) => ({
      slug: model.slug,
      likeness: Math.max(likeness(wanted, pairs(model.slug)), likeness(wanted, pairs(bareName(model.slug)))),
    }))
    .filter((candidate) => candidate.likeness > 0.4)
    .sort((a, b) => b.likeness - a.likeness || a.slug.localeCompare(b.slug))
    .slice(0, 3)
    .map((candidate) => candidate.slug);
}

function bareName(slug: string): string {
  return slug.slice(slug.indexOf('/') + 1);
}

function pairs(text: string): Set<string> {
  const letters = text.slice(0, 200).toLowerCase();
  return new Set(
    Array.from({ length: Math.max(0, letters.length - 1) }, (_, index) => letters.slice(index, index + 2)),
  );
}

function likeness(a: Set<string>, b: Set<string>): number {
  if (a.size + b.size === 0) return 0;
  return (2 * a.intersection(b).size) / (a.size + b.size);
}
