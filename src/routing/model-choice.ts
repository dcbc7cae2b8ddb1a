import { type Catalog, type Model, makesVectors, type NamedModel } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { ConsideredModel, ModelChoice, ModelChoiceStrategy, Permits } from '../completion.ts';
import { type CompletionError, InvalidRequest, ModelNotFound } from '../errors.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import { type AutoPlan, planAutomatically } from './auto-router.ts';
import { type Requirements, requirementsOf } from './requirements.ts';
import { variantPreferences, variantReason } from './variants.ts';

/** A model to try for a request. */
export interface ChosenModel {
  readonly model: Model;
  /** The model's slug with its variant, for messages. No two of a request's choices share it. */
  readonly name: string;
  /** The caller's preferences with what the variant adds to them; they hold for this model alone. */
  readonly preferences: ProviderPreferences | undefined;
  /** What the caller is told if this model answers. */
  readonly choice: ModelChoice;
}

const mostConsidered = 10;
/** The longest name that is repeated in an explanation. */
const longestName = 256;

type Choices = readonly [ChosenModel, ...ChosenModel[]];
interface Remembered {
  readonly catalog: Catalog;
  readonly permits: Permits | undefined;
  readonly choices: Choices;
}
const remembered = new WeakMap<Requirements, Remembered>();

/**
 * The models to try, in order. Names that nothing has, models that do something else than what is asked (embeddings, or chat), and an
 * auto router that nothing fits, are passed over while another is left; else throws the ModelNotFound, InvalidRequest or
 * NoEndpointAvailable of the first.
 */
export function modelChoices(
  request: ChatRequest,
  catalog: Catalog,
  requirements: Requirements = requirementsOf(request),
  permits?: Permits,
): Choices {
  const known = remembered.get(requirements);
  if (known !== undefined && known.catalog === catalog && known.permits === permits) return known.choices;
  const written = [...(request.model === undefined ? [] : [request.model]), ...(request.models ?? [])];
  const names = written.length > 0 ? written : [catalog.defaultModel];
  const drafts = new Map<string, Draft>();
  const passedOver: ConsideredModel[] = [];
  let failure: CompletionError | undefined;

  for (const [place, requested] of names.entries()) {
    const named = catalog.named(requested);
    if (named === undefined) {
      failure ??= new ModelNotFound(requested, catalog.suggest(requested));
      continue;
    }
    const { by, variant } = named;
    if (makesVectors(named.model) !== (request.embedding !== undefined)) {
      failure ??= wrongKind(named);
      continue;
    }
    const preferences = variantPreferences(request.provider, variant);
    const auto = by === 'auto' ? planAutomatically(request, requirements, preferences, catalog, permits) : undefined;
    if (auto !== undefined && 'failure' in auto) {
      failure ??= auto.failure;
      continue;
    }
    passedOver.push(...(auto?.passedOver ?? []));
    for (const { model, note } of auto?.chosen ?? [{ model: named.model, note: noteOf(named, requested) }]) {
      const name = variant === undefined ? model.slug : `${model.slug}:${variant}`;
      if (drafts.has(name)) continue;
      const shared = { model, name, preferences: auto?.preferences ?? preferences };
      drafts.set(name, { ...shared, named, requested, place, note, auto });
    }
  }

  const considered = [...drafts.values(), ...passedOver]
    .slice(0, mostConsidered)
    .map(({ model, note }) => ({ model, note }));
  const [first, ...others] = [...drafts.values()].map((draft): ChosenModel => {
    const { model, name, preferences, named, requested } = draft;
    const choice = {
      ...(written.length > 0 && { requested: requested.slice(0, longestName) }),
      strategy: strategyOf(draft),
      ...(named.variant !== undefined && { variant: named.variant }),
      reason: reasonOf(draft, names, written.length === 0, request, catalog),
      considered,
    };
    return { model, name, preferences, choice };
  });
  if (first === undefined) throw failure ?? new ModelNotFound('', []);
  return [first, ...others];
}

/** A model that chats makes no vectors, and the other way round. */
function wrongKind({ by, model }: NamedModel): InvalidRequest {
  const message = makesVectors(model)
    ? `${model.slug} makes embeddings, and does not chat. Ask it by createEmbedding, or POST /embeddings.`
    : `${model.slug} makes no embeddings. ${by === 'auto' ? 'The auto router chooses among models that chat.' : 'It chats.'} GET /embeddings/models lists those that make them.`;
  return new InvalidRequest(message, { path: 'model' });
}

/** The same, remembered with the requirements for when the request is run: the auto router looks at a thousand endpoints. */
export function rememberedChoices(
  request: ChatRequest,
  catalog: Catalog,
  requirements: Requirements,
  permits: Permits | undefined,
): Choices {
  const choices = modelChoices(request, catalog, requirements, permits);
  remembered.set(requirements, { catalog, permits, choices });
  return choices;
}

interface Draft extends Omit<ChosenModel, 'choice'> {
  readonly named: NamedModel;
  readonly requested: string;
  /** Which of the request's names it came from: 0, 1, 2 … */
  readonly place: number;
  readonly note: string;
  readonly auto: AutoPlan | undefined;
}

function strategyOf({ named: { by, variant }, place }: Draft): ModelChoiceStrategy {
  if (by === 'auto') return 'auto';
  if (place > 0) return 'fallback';
  if (by !== 'slug') return by;
  return variant === undefined ? 'direct' : 'variant';
}

function reasonOf(
  { named, requested, place, auto, model }: Draft,
  names: readonly string[],
  isDefault: boolean,
  request: ChatRequest,
  catalog: Catalog,
): string {
  const sentences = [
    isDefault ? 'The request names no model, so it goes to the default.' : '',
    place > 0 ? `It came after ${listed(names.slice(0, place))}.` : '',
    auto === undefined ? originOf(named, requested, catalog) : auto.reasonFor(model),
    named.variant === undefined ? '' : variantReason(named.variant, request.provider),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function originOf({ by, model, canonical }: NamedModel, requested: string, catalog: Catalog): string {
  if (by === 'slug') return `${model.slug} is named by its slug.`;
  if (by === 'alias' && catalog.named(canonical)?.by !== 'latest')
    return `${shortened(requested)} is an alias of ${canonical}.`;
  const alias = by === 'alias' ? `${shortened(requested)} is an alias of ${canonical}. ` : '';
  return catalog.available(model.slug)
    ? `${alias}${model.slug} is the newest available model of the family ${canonical}.`
    : `${alias}${model.slug} is the newest model of the family ${canonical}, of which none is available.`;
}

function noteOf({ by, model }: NamedModel, requested: string): string {
  return by === 'slug' ? 'named by its slug' : `named as ${shortened(requested === '' ? model.slug : requested)}`;
}

/** At most three names, each of bounded length. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(shortened).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
