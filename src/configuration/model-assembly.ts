import { type Endpoint, type Model, makesVectors, type Pricing } from '../catalog.ts';
import type { Parameter } from '../chat.ts';
import { authorOf } from './built-in-catalog.ts';
import type { ConfiguredEndpoint, ConfiguredModel } from './configuration.ts';
import { didYouMean } from './did-you-mean.ts';
import type { DiscoveredServer } from './discovered-server.ts';
import type { AssembledProvider } from './provider-settings.ts';
import { usualParameters } from './usual-parameters.ts';

/** Models and their endpoints while a catalog is put together, by slug and by id. */
export interface ModelDraft {
  readonly models: Map<string, Model>;
  readonly endpoints: Map<string, Endpoint>;
}

/** What a model's context is taken to hold where neither its server nor the configuration says it. */
const usualContextLength = 32_768;

/** Those are all of chat, but `user`, which many servers refuse where they make embeddings. */
const noParameters: ReadonlySet<Parameter> = new Set();

const freePricing: Pricing = { prompt: '0', completion: '0', request: '0', overrides: [], provenance: 'discovered' };

/** Adds the models of a server found on this machine: free, private, under a slug that has no `:` in it. */
export function addDiscovered(draft: ModelDraft, aliases: Map<string, string>, server: DiscoveredServer): void {
  for (const listed of server.models) {
    const slug = discoveredSlug(server.slug, listed.id);
    const contextLength = listed.contextLength ?? usualContextLength;
    const text = ['text'] as const;
    if (!draft.models.has(slug)) {
      draft.models.set(slug, {
        slug,
        name: listed.id,
        author: server.slug,
        contextLength,
        inputModalities: text,
        outputModalities: listed.makesVectors === true ? ['embeddings'] : text,
      });
    }
    draft.endpoints.set(`${slug}@${server.slug}`, {
      id: `${slug}@${server.slug}`,
      tag: server.slug,
      model: slug,
      provider: server.slug,
      upstreamModel: listed.id,
      contextLength,
      quantization: 'unknown',
      pricing: freePricing,
      supportedParameters: listed.makesVectors === true ? noParameters : usualParameters[server.dialect],
      inputModalities: text,
      dataPolicy: { trainsOnPrompts: false, retention: 'none' },
    });
    for (const alias of [listed.id, `${server.slug}/${listed.id}`]) {
      if (!aliases.has(alias) && !draft.models.has(alias)) aliases.set(alias, slug);
    }
  }
}

/** `llama3.2:3b` at Ollama becomes `ollama/llama3.2-3b`: what follows a `:` in a slug is a variant of the request. */
function discoveredSlug(server: string, id: string): string {
  const name = id.slice(id.lastIndexOf('/') + 1).replace(/\.gguf$/i, '');
  return `${server}/${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')}`;
}

/** Puts into effect what the configuration says of one model. `problem` takes a mistake and the path to it below the model. */
export function applyModel(
  draft: ModelDraft,
  slug: string,
  configured: ConfiguredModel,
  providers: ReadonlyMap<string, AssembledProvider>,
  problem: (path: string, message: string) => void,
): void {
  if (configured.enabled === false) {
    draft.models.delete(slug);
    for (const endpoint of endpointsOf(draft, slug)) draft.endpoints.delete(endpoint.id);
    return;
  }
  const known = draft.models.get(slug);
  const { enabled, endpoints = [], ...facts } = configured;
  const contextLength =
    facts.contextLength ??
    known?.contextLength ??
    Math.max(0, ...endpoints.map((endpoint) => endpoint.contextLength ?? 0));
  if (contextLength === 0) {
    problem('contextLength', 'is missing: say how many tokens, prompt and answer together, the model takes.');
    return;
  }
  const model: Model = {
    slug,
    name: slug.slice(slug.indexOf('/') + 1),
    author: authorOf(slug),
    inputModalities: ['text'],
    outputModalities: ['text'],
    ...known,
    ...facts,
    contextLength,
  };
  draft.models.set(slug, model);
  for (const [index, endpoint] of endpoints.entries()) {
    applyEndpoint(draft, model, endpoint, providers, (setting, message) =>
      problem(`endpoints[${index}]${setting === '' ? '' : `.${setting}`}`, message),
    );
  }
}

function applyEndpoint(
  draft: ModelDraft,
  model: Model,
  configured: ConfiguredEndpoint,
  providers: ReadonlyMap<string, AssembledProvider>,
  problem: (setting: string, message: string) => void,
): void {
  const tag = configured.tag ?? configured.provider;
  const id = `${model.slug}@${tag}`;
  const known = draft.endpoints.get(id);
  if (configured.enabled === false) {
    if (known === undefined)
      problem('', `switches off an endpoint that is not there.${tagHint(draft, model.slug, tag)}`);
    draft.endpoints.delete(id);
    return;
  }
  const assembled = providers.get(configured.provider);
  if (assembled === undefined) {
    const hint = didYouMean(configured.provider, providers.keys());
    problem(
      'provider',
      `is "${configured.provider}", which is not known.${hint === '' ? ' Describe it under providers.' : hint}`,
    );
    return;
  }
  const { info: provider, dialect } = assembled;
  if (tag.split('/', 1)[0] !== configured.provider) {
    problem('tag', `must be "${configured.provider}", or begin with "${configured.provider}/".`);
    return;
  }
  const upstreamModel = configured.upstreamModel ?? known?.upstreamModel;
  if (upstreamModel === undefined) {
    problem(
      'upstreamModel',
      `is missing: write what ${provider.name} calls this model.${tagHint(draft, model.slug, tag)}`,
    );
  }
  const pricing: Partial<Pricing> = {
    // Where nothing is written, nothing is paid for it.
    ...(makesVectors(model) && { completion: '0' }),
    ...known?.pricing,
    ...configured.pricing,
    ...(configured.pricing !== undefined && { provenance: 'configuration' }),
  };
  if (pricing.prompt === undefined || pricing.completion === undefined) {
    problem('pricing', 'is missing: give prompt and completion, or write free for a server of your own.');
  }
  if (upstreamModel === undefined || pricing.prompt === undefined || pricing.completion === undefined) return;
  const { enabled, supportedParameters, ...facts } = configured;
  draft.endpoints.set(id, {
    quantization: 'unknown',
    supportedParameters: makesVectors(model) ? noParameters : usualParameters[dialect],
    contextLength: model.contextLength,
    inputModalities: model.inputModalities,
    dataPolicy: provider.dataPolicy,
    ...known,
    ...facts,
    id,
    tag,
    model: model.slug,
    upstreamModel,
    pricing: { request: '0', overrides: [], ...pricing, prompt: pricing.prompt, completion: pricing.completion },
    ...(supportedParameters === undefined ? {} : { supportedParameters: new Set(supportedParameters) }),
  });
}

/** The endpoints of a model in the draft. */
export function endpointsOf(draft: ModelDraft, slug: string): Endpoint[] {
  return [...draft.endpoints.values()].filter((endpoint) => endpoint.model === slug);
}

function tagHint(draft: ModelDraft, slug: string, tag: string): string {
  return didYouMean(
    tag,
    endpointsOf(draft, slug).map((endpoint) => endpoint.tag),
  );
}
