import { createAutoRouter } from './auto-models.ts';
import type { ModelVariant, Parameter } from './chat.ts';
import { familiesOf } from './model-families.ts';
import { createModelNames } from './model-names.ts';
import type { MaxPrice, Quantization } from './provider-preferences.ts';

/** embeddings: vectors in place of an answer, as output alone. */
export type Modality = 'text' | 'image' | 'audio' | 'file' | 'video' | 'embeddings';

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
  /** Who says so: the list that the program ships with, the operator, or a server of one's own, which is free. */
  readonly provenance?: 'built_in' | 'configuration' | 'discovered';
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

/** What a name means. */
export interface NamedModel {
  readonly model: Model;
  /** latest: `author/family-latest`; auto: the auto router, or an alias of it. */
  readonly by: 'slug' | 'alias' | 'latest' | 'auto';
  /** The name itself, its alias resolved and its variant left out. */
  readonly canonical: string;
  readonly variant?: ModelVariant;
}

/** What the operator says of the auto router. Patterns are slugs in which `*` stands for any letters. */
export interface AutoSettings {
  /** Absent: every model. */
  readonly allow?: readonly string[];
  /** Wins over `allow`. */
  readonly exclude?: readonly string[];
  /** Models to take before others that fit, in this order. */
  readonly prefer?: readonly string[];
  /** No endpoint that costs more is used. */
  readonly maxPrice?: MaxPrice;
}

/** A model that the auto router may choose. */
export interface AutoChoice {
  readonly model: Model;
  /** Neither deprecated nor a preview, and without a newer one of its family among the choices. */
  readonly current: boolean;
  /** The place in the operator's order; absent where that does not name it. */
  readonly preference?: number;
}

/** The router behind `pointsman/auto`. */
export interface AutoRouter {
  /** Itself, as a model without endpoints. */
  readonly model: Model;
  /** The available models that write text and that the operator allows. */
  readonly choices: readonly AutoChoice[];
  readonly maxPrice?: MaxPrice;
}

export interface CatalogData {
  readonly models: readonly Model[];
  readonly providers: readonly ProviderInfo[];
  readonly endpoints: readonly Endpoint[];
  /** Other names of models: alias to slug, or to another name that is no alias, with or without a variant. */
  readonly aliases: ReadonlyMap<string, string>;
  /** The name that requests which name no model are taken to have. */
  readonly defaultModel: string;
  /** Absent: the auto router chooses among all models. */
  readonly autoSettings?: AutoSettings;
}

/** All models, endpoints and providers that the server knows. Immutable; a reload replaces it whole. */
export interface Catalog extends CatalogData {
  /** By any name that callers may use, in any case; a variant in it is left out. */
  readonly model: (name: string) => Model | undefined;
  /** What a name means, variant included. `createModelNames` has the rules. */
  readonly named: (name: string) => NamedModel | undefined;
  /** The names of a model beside its slug. */
  readonly aliasesOf: (slug: string) => readonly string[];
  readonly auto: AutoRouter;
  readonly provider: (slug: string) => ProviderInfo | undefined;
  readonly endpoint: (id: string) => Endpoint | undefined;
  readonly endpointsOfModel: (slug: string) => readonly Endpoint[];
  readonly endpointsOfProvider: (slug: string) => readonly Endpoint[];
  /** Whether any endpoint of the model, or of one that the auto router chooses, could be tried. */
  readonly available: (slug: string) => boolean;
  /** Up to three names that look like `name`, the likeliest first; for an unknown variant the known ones of that model. */
  readonly suggest: (name: string) => readonly string[];
}

/** Whether a model makes vectors, and so does not chat. */
export function makesVectors({ outputModalities }: Model): boolean {
  return outputModalities.includes('embeddings');
}

/** Builds the look-ups. Throws a plain Error if an endpoint, alias or the default names something that is not there. */
export function createCatalog(data: CatalogData): Catalog {
  const slugs = new Set(data.models.map(({ slug }) => slug.toLowerCase()));
  const providers = new Map(data.providers.map((provider) => [provider.slug, provider]));
  const endpoints = new Map(data.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const byModel = Map.groupBy(data.endpoints, (endpoint) => endpoint.model);
  const byProvider = Map.groupBy(data.endpoints, (endpoint) => endpoint.provider);
  const endpointsOfModel = (slug: string) => byModel.get(slug) ?? [];
  const served = (slug: string) =>
    endpointsOfModel(slug).some((endpoint) => providers.get(endpoint.provider)?.configured === true);

  for (const endpoint of data.endpoints) {
    if (!slugs.has(endpoint.model.toLowerCase()))
      throw new Error(`endpoint ${endpoint.id}: no model ${endpoint.model}`);
    if (!providers.has(endpoint.provider)) throw new Error(`endpoint ${endpoint.id}: no provider ${endpoint.provider}`);
  }
  const auto = createAutoRouter(data.models, served, data.autoSettings ?? {});
  const aliases = new Map([...data.aliases].map(([alias, name]) => [alias.toLowerCase(), name]));
  const names = createModelNames({
    models: data.models,
    aliases,
    latest: familiesOf(data.models, served).latest,
    auto: auto.model,
  });
  for (const [alias, name] of aliases) {
    if (names.find(alias) === undefined) throw new Error(`alias ${alias}: no model ${name}`);
  }
  if (names.find(data.defaultModel) === undefined) throw new Error(`default model: no model ${data.defaultModel}`);

  return {
    ...data,
    model: (name) => names.find(name)?.model,
    named: names.find,
    aliasesOf: names.aliasesOf,
    auto,
    provider: (slug) => providers.get(slug),
    endpoint: (id) => endpoints.get(id),
    endpointsOfModel,
    endpointsOfProvider: (slug) => byProvider.get(slug) ?? [],
    available: (slug) => served(slug) || (slug === auto.model.slug && auto.choices.length > 0),
    suggest: names.suggest,
  };
}
