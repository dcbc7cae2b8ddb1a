import type { Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { Random } from '../clock.ts';
import type { Exclusion } from '../errors.ts';
import { candidatesOf, type Selection, type StandingSelection } from './candidates.ts';
import type { ChosenModel } from './model-choice.ts';
import { type RankedCandidate, rank, type Strategy } from './ranking.ts';

/** Models whose endpoints are tried together. A request goes from stage to stage. */
export interface Stage {
  /** Each model once. */
  readonly choices: readonly ChosenModel[];
  /** All endpoints of its models, as the catalog has them. */
  readonly endpoints: readonly Endpoint[];
  /** No stage comes after it. */
  readonly last: boolean;
}

/** Of a request, all in all. */
export const maxAttempts = 3;
const maxAttemptsWhileFallbacksRemain = 2;

/** How many attempts a request may have made when it leaves the stage, of those that it has made. */
export function attemptLimit(stage: Stage, attemptsSoFar: number): number {
  return stage.last ? maxAttempts : Math.min(maxAttempts, attemptsSoFar + maxAttemptsWhileFallbacksRemain);
}

/** Whether the caller allows no endpoint of a model but the first: those that `order` names may all be tried. */
export function allowsOnlyFirst({ provider }: ChatRequest): boolean {
  return provider?.allowFallbacks === false && (provider.order ?? []).length === 0;
}

/** What is left of a stage's endpoints, in the order in which they are tried, and why the others are not. */
export interface StageCandidates {
  readonly ranked: readonly RankedCandidate[];
  readonly exclusions: readonly Exclusion[];
}

/** The stages of a request: one for each choice, in their order, or one for all of them where `sort` is not parted by model. */
export function stagesOf(choices: readonly ChosenModel[], { request, catalog }: Selection): readonly Stage[] {
  const groups = request.provider?.sortPartition === 'none' ? [eachModelOnce(choices)] : choices.map((each) => [each]);
  return groups.map((group, index) => ({
    choices: group,
    endpoints: group.flatMap(({ model }) => catalog.endpointsOfModel(model.slug)),
    last: index === groups.length - 1,
  }));
}

/** For which of the stage's models an endpoint stands. Throws where it serves none of them. */
export function choiceOf({ choices }: Stage, endpoint: Endpoint): ChosenModel {
  const choice = choices.find(({ model }) => model.slug === endpoint.model);
  if (choice === undefined) throw new Error(`${endpoint.id} was tried for a model that it does not serve`);
  return choice;
}

/**
 * Filters and ranks the endpoints of a stage. Those in `passedOver` are neither candidates nor told of: they have had their turn. Those
 * that are for others are left to the requests that wait for them.
 */
export function candidatesInOrder(
  stage: Stage,
  selection: Selection,
  strategy: Strategy,
  random: Random,
  passedOver: ReadonlySet<Endpoint> = new Set(),
  isForOthers: (endpoint: Endpoint) => boolean = () => false,
): StageCandidates {
  const found = stage.choices.map((choice) =>
    candidatesOf(selection.catalog.endpointsOfModel(choice.model.slug), preferring(choice, selection), passedOver),
  );
  const remaining = found.flatMap((each) => each.remaining);
  const exclusions = found.flatMap((each) => each.exclusions);
  const { free = [], awaited = [] } = Object.groupBy(remaining, (each) => (isForOthers(each) ? 'awaited' : 'free'));
  const left = awaited.map(({ id }) => ({
    endpoint: id,
    filter: 'waiting_line',
    reason: 'Other requests wait for it already.',
  }));
  const [only, ...others] = stage.choices;
  const asked = only === undefined || others.length > 0 ? selection : preferring(only, selection);
  return { ranked: rank(free, asked, strategy, random), exclusions: [...exclusions, ...left] };
}

/** A variant's preferences hold for its model alone. */
export function preferring<Asked extends StandingSelection>({ preferences }: ChosenModel, selection: Asked): Asked {
  const { request } = selection;
  if (preferences === undefined || preferences === request.provider) return selection;
  return { ...selection, request: { ...request, provider: preferences } };
}

function eachModelOnce(choices: readonly ChosenModel[]): readonly ChosenModel[] {
  return choices.filter(({ model }, index) => choices.findIndex((other) => other.model.slug === model.slug) === index);
}
