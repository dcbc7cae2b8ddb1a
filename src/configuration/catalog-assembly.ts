import { autoSlug, createAutoRouter, matcherOf } from '../auto-models.ts';
import {
  type Catalog,
  createCatalog,
  type DataPolicy,
  type Deadlines,
  type Endpoint,
  makesVectors,
  type ProviderInfo,
} from '../catalog.ts';
import { modelVariants } from '../chat.ts';
import { familiesOf } from '../model-families.ts';
import { createModelNames, type ModelNames } from '../model-names.ts';
import type { ProviderSettings } from '../providers/create-provider.ts';
import type { BuiltInCatalog } from './built-in-catalog.ts';
import type { Configuration, ConfiguredProvider } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import { pathText } from './configuration-problems.ts';
import { didYouMean } from './did-you-mean.ts';
import type { DiscoveredServer } from './discovered-server.ts';
import type { Environment } from './environment.ts';
import { addDiscovered, applyModel, endpointsOf, type ModelDraft } from './model-assembly.ts';
import { type AssembledProvider, assembleProvider } from './provider-settings.ts';

/** What the server knows of models and providers, from where. */
export interface CatalogParts {
  readonly builtIn: BuiltInCatalog;
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly discovered: readonly DiscoveredServer[];
}

export interface AssembledCatalog {
  readonly catalog: Catalog;
  /** How to call each provider that is configured, by slug. */
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  /** The limits of an attempt at an endpoint. */
  readonly deadlines: (endpoint: Endpoint) => Deadlines;
  /** What the operator should know at start-up, a sentence each; without secrets. */
  readonly notes: readonly string[];
}

const usualDeadlines: Deadlines = { connectMs: 3_000, firstContentMs: 30_000, gapMs: 30_000, totalMs: 600_000 };
/** A model that thinks may show nothing of it for long. */
const reasoningDeadlines: Partial<Deadlines> = { firstContentMs: 120_000, gapMs: 120_000 };
/** A server nearby may have to load the model first. */
const nearDeadlines: Partial<Deadlines> = { firstContentMs: 300_000, gapMs: 120_000 };

const onThisMachine: DataPolicy = { trainsOnPrompts: false, retention: 'none' };

const firstModel = 'pointsman/tiny-1m';

/**
 * Joins the built-in catalog, the servers found on this machine, the configuration and the keys of the environment. Throws a
 * ConfigurationError where they do not fit: an endpoint at an unknown provider, an alias of an unknown model and the like.
 */
export function assembleCatalog(parts: CatalogParts): AssembledCatalog {
  const { configuration } = parts;
  const problems: string[] = [];
  const notes: string[] = [];
  if (configuration.empty === true)
    notes.push(`${configuration.file ?? 'The configuration'} is empty, so the defaults hold.`);
  const problem = (path: string, message: string) =>
    problems.push(`${configuration.file === undefined ? '' : `${configuration.file}: `}${path}: ${message}`);

  const providers = assembleProviders(parts, problem, (note) => notes.push(note));
  const infos = new Map([...providers].map(([slug, provider]): [string, ProviderInfo] => [slug, provider.info]));

  const aliases = new Map(configuration.builtInCatalog ? parts.builtIn.aliases : []);
  const draft: ModelDraft = configuration.builtInCatalog
    ? {
        models: new Map(parts.builtIn.models.map((model) => [model.slug, model])),
        endpoints: new Map(parts.builtIn.endpoints.map((endpoint) => [endpoint.id, endpoint])),
      }
    : { models: new Map(), endpoints: new Map() };
  for (const server of parts.discovered) addDiscovered(draft, aliases, server);
  for (const [slug, model] of Object.entries(configuration.models)) {
    applyModel(draft, slug, model, providers, (path, message) =>
      problem(`${pathText(['models', slug])}.${path}`, message),
    );
  }
  followPolicies(draft, configuration, infos);
  for (const [id, endpoint] of draft.endpoints) if (!infos.has(endpoint.provider)) draft.endpoints.delete(id);

  const served = (slug: string) =>
    endpointsOf(draft, slug).some(({ provider }) => infos.get(provider)?.configured === true);
  checkAuto(draft, configuration, problem, (note) => notes.push(note));
  for (const [alias, slug] of aliases) if (!draft.models.has(slug)) aliases.delete(alias);
  const names = namesOf(draft, aliases, served);
  applyAliases(draft, aliases, names, configuration, problem);
  const defaultModel = defaultModelOf(draft, aliases, names, configuration, problem);
  if (problems.length > 0) throw new ConfigurationError(problems);

  return {
    catalog: createCatalog({
      models: [...draft.models.values()],
      providers: [...infos.values()],
      endpoints: [...draft.endpoints.values()],
      aliases,
      defaultModel,
      autoSettings: configuration.auto,
    }),
    providers: new Map(
      [...providers].flatMap(([slug, { settings }]) => (settings === undefined ? [] : [[slug, settings]])),
    ),
    deadlines: deadlinesOf(configuration, providers),
    notes,
  };
}

function assembleProviders(
  { builtIn, configuration, environment, discovered }: CatalogParts,
  problem: (path: string, message: string) => void,
  note: (message: string) => void,
): Map<string, AssembledProvider> {
  const known = new Map(builtIn.providers.map((provider) => [provider.slug, provider]));
  const found = new Map(discovered.map((server) => [server.slug, server]));
  const listed = configuration.builtInCatalog ? known.keys() : [];
  const slugs = new Set([...listed, ...found.keys(), ...Object.keys(configuration.providers)]);
  const assembled = new Map<string, AssembledProvider>();
  for (const slug of slugs) {
    const server = found.get(slug);
    const configured = withServer(configuration.providers[slug], server);
    if (configured?.enabled === false) continue;
    assembled.set(
      slug,
      assembleProvider(slug, known.get(slug), configured, configuration.unsetKeys?.get(slug) ?? [], environment, {
        problem: (setting, message) => problem(`${pathText(['providers', slug])}.${setting}`, message),
        note,
      }),
    );
  }
  return assembled;
}

/** A server found on this machine is configured by having been found; what the configuration says of it counts more. */
function withServer(configured: ConfiguredProvider | undefined, server: DiscoveredServer | undefined) {
  if (server === undefined) return configured;
  const { name, dialect, baseUrl } = server;
  return { name, dialect, baseUrl, dataPolicy: onThisMachine, allowPrivateNetwork: true, ...configured };
}

/** A data policy that the configuration states for a provider holds for its endpoints, unless one of them has its own. */
function followPolicies(
  draft: ModelDraft,
  configuration: Configuration,
  infos: ReadonlyMap<string, ProviderInfo>,
): void {
  for (const endpoint of draft.endpoints.values()) {
    const info = infos.get(endpoint.provider);
    if (info === undefined || configuration.providers[endpoint.provider]?.dataPolicy === undefined) continue;
    const own = configuration.models[endpoint.model]?.endpoints?.some(
      ({ provider, tag = provider, dataPolicy }) => tag === endpoint.tag && dataPolicy !== undefined,
    );
    if (own !== true) draft.endpoints.set(endpoint.id, { ...endpoint, dataPolicy: info.dataPolicy });
  }
}

function namesOf(
  draft: ModelDraft,
  aliases: ReadonlyMap<string, string>,
  available: (slug: string) => boolean,
): ModelNames {
  const models = [...draft.models.values()];
  const { latest } = familiesOf(models, available);
  return createModelNames({ models, aliases, latest, auto: createAutoRouter(models, available, {}).model });
}

function applyAliases(
  draft: ModelDraft,
  aliases: Map<string, string>,
  names: ModelNames,
  configuration: Configuration,
  problem: (path: string, message: string) => void,
): void {
  for (const [alias, name] of Object.entries(configuration.aliases)) {
    const path = pathText(['aliases', alias]);
    const key = alias.toLowerCase();
    const found = names.find(name);
    if (draft.models.has(key)) problem(path, 'is already the name of a model; choose another.');
    else if (key === autoSlug) problem(path, 'is the name of the auto router; choose another.');
    else if (found === undefined)
      problem(path, `names the model "${name}", which is not there.${modelHint(draft, aliases, names, name)}`);
    else aliases.set(key, found.variant === undefined ? found.canonical : `${found.canonical}:${found.variant}`);
  }
}

function defaultModelOf(
  draft: ModelDraft,
  aliases: ReadonlyMap<string, string>,
  names: ModelNames,
  configuration: Configuration,
  problem: (path: string, message: string) => void,
): string {
  const named = configuration.defaultModel;
  if (named === undefined) {
    const chatting = [...draft.models.values()].find((model) => !makesVectors(model));
    const slug = draft.models.has(firstModel) ? firstModel : (chatting?.slug ?? draft.models.keys().next().value);
    if (slug === undefined) problem('models', 'is empty, and builtInCatalog is false: there is no model at all.');
    return slug ?? '';
  }
  const found = names.find(named);
  if (found?.by === 'slug' && found.variant === undefined) return found.canonical;
  if (found !== undefined) return named;
  problem('defaultModel', `is "${named}", and there is no such model.${modelHint(draft, aliases, names, named)}`);
  return '';
}

/** No model may take the auto router's name. A pattern that means no model is told of: a local server may be away just now. */
function checkAuto(
  draft: ModelDraft,
  { auto }: Configuration,
  problem: (path: string, message: string) => void,
  note: (message: string) => void,
): void {
  if (draft.models.has(autoSlug))
    problem(pathText(['models', autoSlug]), 'is the name of the auto router; choose another.');
  const slugs = [...draft.models.keys()];
  for (const list of ['allow', 'exclude', 'prefer'] as const) {
    for (const [index, pattern] of (auto[list] ?? []).entries()) {
      if (slugs.some(matcherOf(pattern))) continue;
      note(`${pathText(['auto', list, index])}: no model is called "${pattern}" now.${didYouMean(pattern, slugs)}`);
    }
  }
}

function modelHint(draft: ModelDraft, aliases: ReadonlyMap<string, string>, names: ModelNames, name: string): string {
  const colon = name.lastIndexOf(':');
  if (colon !== -1 && names.find(name.slice(0, colon)) !== undefined)
    return ` "${name.slice(colon)}" is not a variant. Known: ${modelVariants.map((variant) => `:${variant}`).join(', ')}.`;
  const slugs = [...draft.models.keys()];
  const hint = didYouMean(name, [...slugs, ...aliases.keys()]);
  return hint === '' ? didYouMean(name, slugs, (slug) => slug.slice(slug.indexOf('/') + 1)) : hint;
}

/** The configuration's limits for the provider, before its limits for all, before what suits the endpoint. */
function deadlinesOf(configuration: Configuration, providers: ReadonlyMap<string, AssembledProvider>) {
  return (endpoint: Endpoint): Deadlines => ({
    ...usualDeadlines,
    ...(endpoint.supportedParameters.has('reasoning') ? reasoningDeadlines : {}),
    ...(providers.get(endpoint.provider)?.near === true ? nearDeadlines : {}),
    ...configuration.deadlines,
    ...configuration.providers[endpoint.provider]?.deadlines,
  });
}
