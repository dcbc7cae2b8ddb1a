import type { Endpoint, Model } from '../catalog.ts';
import type { Random } from '../clock.ts';
import type { Exclusion } from '../errors.ts';
import { candidatesOf, type Selection } from './candidates.ts';
import { type RankedCandidate, rank, type Strategy } from './ranking.ts';

/** Models whose endpoints are tried together. A request goes from stage to stage. */
export interface Stage {
  readonly models: readonly Model[];
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

/** What is left of a stage's endpoints, in the order in which they are tried, and why the others are not. */
export interface StageCandidates {
  readonly ranked: readonly RankedCandidate[];
  readonly exclusions: readonly Exclusion[];
}

/** The stages of a request: one for each model, in the caller's order, or one for all of them where `sort` is not parted by model. */
export function stagesOf(models: readonly Model[], { request, catalog }: Selection): readonly Stage[] {
  const groups = request.provider?.sortPartition === 'none' ? [models] : models.map((model) => [model]);
  return groups.map((group, index) => ({
    models: group,
    endpoints: group.flatMap(({ slug }) => catalog.endpointsOfModel(slug)),
    last: index === groups.length - 1,
  }));
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
  const { remaining, exclusions } = candidatesOf(stage.endpoints, selection, passedOver);
  const { free = [], awaited = [] } = Object.groupBy(remaining, (each) => (isForOthers(each) ? 'awaited' : 'free'));
  const left = awaited.map(({ id }) => ({
    endpoint: id,
    filter: 'waiting_line',
    reason: 'Other requests wait for it already.',
  }));
  return { ranked: rank(free, selection, strategy, random), exclusions: [...exclusions, ...left] };
}
