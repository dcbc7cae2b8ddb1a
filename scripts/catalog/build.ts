import type { Parameter } from '../../src/chat.ts';
import type { BuiltInCatalogFile } from '../../src/configuration/built-in-catalog.ts';
import { localModel, localSupportedParameters } from '../../src/providers/local/facts.ts';
import { type AddedEndpoint, addedAliases, addedEndpoints, addedModels } from './additions.ts';
import { embeddingParameterSets, embeddings } from './embeddings.ts';
import { parameterSet } from './parameters.ts';
import { type ProviderFacts, providerFacts } from './providers.ts';
import { createJoiner, type Joined, quantizationOf } from './slugs.ts';
import { genaiRow, type PiCatalog, piRows, type SourceRow } from './sources.ts';

type FileModel = BuiltInCatalogFile['models'][number];
type FileEndpoint = BuiltInCatalogFile['endpoints'][number];

/** A row that found its model. */
interface Offer {
  readonly facts: ProviderFacts;
  readonly row: SourceRow;
  readonly slug: string;
  readonly tag: string;
  readonly prices: FileEndpoint['prices'];
}

/** Joins the sources into one catalog. `notes` say what they disagree on and what was left out. */
export function build(
  pi: PiCatalog,
  today: string,
  sources: BuiltInCatalogFile['sources'],
): { readonly catalog: BuiltInCatalogFile; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const openRouterSlugs = Object.keys(pi.openrouter ?? {}).filter((slug) => !/^~|:/.test(slug));
  const join = createJoiner(openRouterSlugs);
  const aliases = new Map<string, string>(Object.entries(addedAliases));

  const offers = providerFacts.flatMap((facts) => {
    const found = new Map<string, Offer>();
    for (const { row: listed, joined } of rowsOf(pi, facts, join, notes)) {
      const offered = priced(facts, listed, today, notes);
      if (offered === undefined) continue;
      const { row, prices } = offered;
      const tag = joined.variant === undefined ? facts.slug : `${facts.slug}/${joined.variant}`;
      const key = `${joined.slug}@${tag}`;
      const rival = found.get(key);
      // Undated names outlive dated ones: the dated one becomes an alias.
      if (rival === undefined || row.id.length < rival.row.id.length)
        found.set(key, { facts, row, slug: joined.slug, tag, prices });
      if (rival !== undefined) notes.push(`same offer: ${key}: ${row.id}, ${rival.row.id}; the shorter name stays`);
      if (isAuthor(facts, joined.slug) && joined.variant === undefined) aliases.set(row.id.toLowerCase(), joined.slug);
    }
    return [...found.values()];
  });

  const sets = new Map<string, readonly Parameter[]>([
    ['local', [...localSupportedParameters]],
    ...Object.entries(embeddingParameterSets),
  ]);
  const vectors = embeddings();
  const models = [...modelsOf(offers), ...vectors.models].toSorted((a, b) => order(a.slug, b.slug));
  const known = new Set(models.map((model) => model.slug));
  for (const model of models) addBareAlias(aliases, model.slug, models);
  const endpoints = offers
    .toSorted((a, b) => order(a.slug, b.slug) || rank(a.facts) - rank(b.facts) || order(a.tag, b.tag))
    .map((offer) => endpointOf(offer, sets));

  return {
    catalog: {
      generatedAt: today,
      sources,
      parameterSets: Object.fromEntries(
        [...sets].toSorted(([a], [b]) => order(a, b)).map(([name, set]) => [name, [...set]]),
      ),
      providers: providerFacts.map(({ piCatalog, genaiPrices, policySource, policyExcept, dataPolicy, ...facts }) => ({
        ...facts,
        keyVariables: [...facts.keyVariables],
        ...(dataPolicy?.trainsOnPrompts === undefined
          ? {}
          : { dataPolicy: { ...dataPolicy, trainsOnPrompts: dataPolicy.trainsOnPrompts } }),
      })),
      models,
      endpoints: [localEndpoint(), ...endpoints, ...vectors.endpoints],
      aliases: Object.fromEntries(
        [...aliases]
          .filter(([alias, slug]) => alias !== slug && !known.has(alias) && known.has(slug))
          .toSorted(([a], [b]) => order(a, b)),
      ),
    },
    notes: [...notes, ...summary(models, offers, vectors.endpoints.length)],
  };
}

/** A provider's rows: what pi-catalog lists and what was added by hand, each with its model. */
function rowsOf(
  pi: PiCatalog,
  facts: ProviderFacts,
  join: ReturnType<typeof createJoiner>,
  notes: string[],
): { readonly row: SourceRow; readonly joined: Joined }[] {
  const listed = piRows(pi, facts).flatMap((row) => {
    const joined = join(facts.slug, row.id);
    if (joined === undefined) notes.push(`left out: ${facts.slug} ${row.id}`);
    return joined === undefined ? [] : [{ row, joined }];
  });
  const added = addedEndpoints
    .filter((endpoint) => endpoint.provider === facts.slug)
    .map((endpoint) => ({ row: rowOf(endpoint), joined: { slug: endpoint.slug } }));
  return [...listed, ...added];
}

function rowOf(added: AddedEndpoint): SourceRow {
  const {
    id,
    name,
    contextLength,
    maxCompletionTokens,
    image = false,
    tools = true,
    reasoning = false,
    priceId,
  } = added;
  return {
    id,
    name,
    contextLength,
    maxCompletionTokens,
    image,
    tools,
    toolChoice: tools,
    reasoning,
    sampling: true,
    priceId,
  };
}

/** The row with its prices in force: those of genai-prices before those of pi-catalog. `undefined` where nobody states any. */
function priced(facts: ProviderFacts, row: SourceRow, today: string, notes: string[]) {
  const wire = wireName(facts, row.id);
  const names = [row.priceId ?? row.id, wire, wire.slice(wire.lastIndexOf('/') + 1)];
  const preferred = names.map((name) => genaiRow(facts, name, today)).find((found) => found?.prices !== undefined);
  const prices = preferred?.prices ?? row.prices;
  if (prices === undefined) notes.push(`without a price: ${facts.slug} ${row.id}`);
  const [a, b] = [preferred?.prices?.[0], row.prices?.[0]];
  if (a !== undefined && b !== undefined && (a.prompt !== b.prompt || a.completion !== b.completion)) {
    notes.push(
      `disagree: ${facts.slug} ${row.id}: genai-prices ${a.prompt}/${a.completion}, pi-catalog ${b.prompt}/${b.completion}`,
    );
  }
  // genai-prices rounds context lengths, but where it is far shorter, the longer one needs a header that nobody sends.
  const stated = preferred?.contextLength;
  const shorter = stated !== undefined && stated < 0.9 * (row.contextLength ?? stated);
  if (shorter) notes.push(`context: ${facts.slug} ${row.id}: ${stated} in place of ${row.contextLength}`);
  return prices === undefined
    ? undefined
    : { row: shorter ? { ...row, contextLength: stated } : row, prices: prices.map((list) => ({ ...list })) };
}

function endpointOf({ facts, row, slug, tag, prices }: Offer, sets: Map<string, readonly Parameter[]>): FileEndpoint {
  const set = parameterSet(facts.slug, row);
  sets.set(set.name, set.parameters);
  const contextLength = row.contextLength ?? 8192;
  const quantization = facts.slug === 'openrouter' ? undefined : quantizationOf(row.id);
  return {
    model: slug,
    tag,
    upstream: wireName(facts, row.id),
    contextLength,
    ...longest(row, contextLength),
    ...(quantization === undefined ? {} : { quantization }),
    input: row.image ? ['text', 'image'] : ['text'],
    parameters: set.name,
    prices,
    ...(facts.policyExcept?.test(row.id) === true ? { dataPolicy: { retention: 'unknown' } } : {}),
  };
}

function longest(row: SourceRow | undefined, contextLength: number) {
  const stated = row?.maxCompletionTokens;
  return stated === undefined ? {} : { maxCompletionTokens: Math.min(stated, contextLength) };
}

/** Each model by the words of its author, else of OpenRouter, else of whoever offers the longest context. */
function modelsOf(offers: readonly Offer[]): FileModel[] {
  const byModel = Map.groupBy(offers, (offer) => offer.slug);
  const offered = [...byModel].map(([slug, all]): FileModel => {
    const ranked = all.toSorted(
      (a, b) => trust(b) - trust(a) || (b.row.contextLength ?? 0) - (a.row.contextLength ?? 0) || order(a.tag, b.tag),
    );
    const row = ranked[0]?.row;
    const contextLength = row?.contextLength ?? 8192;
    return {
      slug,
      name:
        ranked.map((offer) => offer.row.name ?? '').find((name) => /^[^/]*[A-Z][^/]*$/.test(name)) ??
        slug.slice(slug.indexOf('/') + 1),
      contextLength,
      ...longest(row, contextLength),
      input: all.some((offer) => offer.row.image) ? ['text', 'image'] : ['text'],
    };
  });
  distinguish(offered);
  const { slug, name, contextLength, description } = localModel;
  const local: FileModel = { slug, name, contextLength, input: ['text'], description };
  const unserved = addedModels.map(({ source, ...model }): FileModel => ({ ...model, input: ['text'] }));
  return [local, ...unserved, ...offered];
}

/** Adds the end of the slug to names that several models share: `Claude Opus 5 (fast)`. */
function distinguish(models: FileModel[]): void {
  for (const namesakes of Map.groupBy(models, (model) => model.name).values()) {
    for (const model of namesakes.toSorted((a, b) => a.slug.length - b.slug.length).slice(1)) {
      model.name = `${model.name} (${model.slug.slice(model.slug.lastIndexOf('-') + 1)})`;
    }
  }
}

function trust(offer: Offer): number {
  if (isAuthor(offer.facts, offer.slug)) return 3;
  return offer.facts.slug === 'openrouter' ? 1 : 0;
}

function localEndpoint(): FileEndpoint {
  const { slug, upstreamModel, contextLength, quantization } = localModel;
  return {
    model: slug,
    tag: 'local',
    upstream: upstreamModel,
    contextLength,
    quantization,
    input: ['text'],
    parameters: 'local',
    prices: [{ prompt: '0', completion: '0' }],
  };
}

/** Fireworks writes `glm-5p2` for `glm-5.2`, below a path of its own. */
function wireName(facts: ProviderFacts, id: string): string {
  if (facts.slug !== 'fireworks') return id;
  return `accounts/fireworks/${/-(fast|us)$/.test(id) ? 'routers' : 'models'}/${id.replaceAll(/(\d)\.(\d)/g, '$1p$2')}`;
}

/** `gpt-4o` for `openai/gpt-4o`, where no other author has a model of that name. */
function addBareAlias(aliases: Map<string, string>, slug: string, models: readonly FileModel[]): void {
  const name = slug.slice(slug.indexOf('/') + 1);
  const namesakes = models.filter((model) => model.slug.endsWith(`/${name}`));
  if (namesakes.length === 1 && !aliases.has(name)) aliases.set(name, slug);
}

function isAuthor(facts: ProviderFacts, slug: string): boolean {
  const author = slug.slice(0, slug.indexOf('/'));
  return (
    author === facts.slug ||
    (author === 'x-ai' && facts.slug === 'xai') ||
    (author === 'mistralai' && facts.slug === 'mistral')
  );
}

/** Aggregators come last, so that a stable sort by price prefers whoever serves the model itself. */
function rank(facts: ProviderFacts): number {
  return facts.slug === 'openrouter' ? 2 : facts.slug === 'huggingface' ? 1 : 0;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function summary(models: readonly FileModel[], offers: readonly Offer[], ofVectors: number): string[] {
  const providersOf = Map.groupBy(offers, (offer) => offer.slug);
  const count = (least: number, without: string) =>
    [...providersOf.values()].filter(
      (all) => new Set(all.map((o) => o.facts.slug).filter((s) => s !== without)).size >= least,
    ).length;
  return [
    `${models.length} models, ${offers.length + 1 + ofVectors} endpoints at ${new Set(offers.map((offer) => offer.facts.slug)).size + 1} providers`,
    `models with two or more providers: ${count(2, '')} (${count(2, 'openrouter')} without OpenRouter), three or more: ${count(3, '')} (${count(3, 'openrouter')})`,
  ];
}
