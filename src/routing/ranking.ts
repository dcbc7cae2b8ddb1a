import type { Endpoint } from '../catalog.ts';
import type { Random } from '../clock.ts';
import type { ProviderSort } from '../provider-preferences.ts';
import type { Selection } from './candidates.ts';
import { drawOrder } from './draw.ts';
import type { EndpointStatistics } from './endpoint-statistics.ts';
import { exactoKeys, faultyShare } from './exacto.ts';
import { type Expectation, expectedCost, typicalCompletionTokens } from './expected-cost.ts';
import { matches } from './provider-slugs.ts';
import { isFastEnough } from './soft-preferences.ts';
import { type WeightTerms, weigh } from './weight.ts';

/**
 * price: the cheapest first, always. classic: one drawn with a probability in proportion to 1/price², among those without an outage
 * in the last 30 s. adaptive: drawn by what a good answer really costs and how fast it really comes.
 */
export const strategies = ['price', 'classic', 'adaptive'] as const;
export type Strategy = (typeof strategies)[number];

/** A candidate in its place, and why it stands there. */
export interface RankedCandidate {
  readonly endpoint: Endpoint;
  /** US dollars. */
  readonly expectedCost: number;
  /** What that was worked out from. */
  readonly expectation: Expectation;
  /** Absent where the order was not drawn. */
  readonly terms?: WeightTerms;
  /** The probability of being tried first, 0 to 1; absent where the order was not drawn. */
  readonly share?: number;
}

/**
 * The whole order in which the candidates are tried. The caller's `order` comes first, as given, and `sort` switches the draw off;
 * equal ones then stand by id. What is slower than the caller prefers stands behind what is not, in either case, but within the places of
 * `order`.
 */
export function rank(
  candidates: readonly Endpoint[],
  selection: Selection,
  strategy: Strategy,
  random: Random,
): readonly RankedCandidate[] {
  const { order = [], sort } = selection.request.provider ?? {};
  const byDraw = sort === undefined && order.length === 0 && strategy !== 'price';
  const { request, requirements, health } = selection;
  const completionTokens = usualCompletionTokens(candidates, selection);
  const priced = candidates.map((endpoint): Priced => {
    const statistics = health.statistics(endpoint);
    // What is called cheapest must not depend on who was asked before.
    const warm = byDraw ? health.affinity.recall(requirements.conversation, endpoint) : undefined;
    // The endpoint's usual share, or what it was for this very conversation, where that was more.
    const cachedShare = byDraw ? Math.max(statistics.cachedShare(), warm?.cachedShare ?? 0) : 0;
    const expectation = { completionTokens, cachedShare };
    return {
      endpoint,
      statistics,
      expectation,
      expectedCost: expectedCost(endpoint, request, requirements, expectation),
      holdsCache: warm !== undefined,
    };
  });
  return preferred(
    byDraw ? drawn(priced, selection, strategy, random) : sorted(priced, selection, order, sort ?? 'price'),
    selection,
    order,
  );
}

/** A candidate with what its place is worked out from, looked up once. */
interface Priced extends Pick<RankedCandidate, 'endpoint' | 'expectedCost' | 'expectation'> {
  readonly statistics: EndpointStatistics;
  /** Of this conversation. */
  readonly holdsCache: boolean;
}

function drawn(
  candidates: readonly Priced[],
  { health, requirements }: Selection,
  strategy: 'classic' | 'adaptive',
  random: Random,
): readonly RankedCandidate[] {
  const now = health.now();
  const withTools = requirements.parameters.has('tools');
  const inputs = candidates.map(({ endpoint, statistics, expectedCost, holdsCache }) => ({
    expectedCost,
    firstContentMs: statistics.firstContentMs(requirements.estimatedPromptTokens),
    throughput: statistics.throughput(),
    failureShare: statistics.failureShare(now),
    toolFaultShare: withTools ? faultyShare(statistics.toolAnswers(now)) : 0,
    inFlight: statistics.inFlight(),
    trafficCap: statistics.trafficCap(now),
    slowStart: health.breaker(endpoint).recovery(),
    holdsCache,
  }));
  const terms = strategy === 'adaptive' ? weigh(inputs) : weigh(inputs, byPriceAlone);
  const weighted: Weighted[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const own = terms[index];
    if (own !== undefined) weighted.push({ candidate, terms: own });
  }
  if (strategy === 'adaptive') return drawnTogether(weighted, random, 1);
  const { stable = [], shaky = [] } = Object.groupBy(weighted, ({ candidate: { statistics } }) =>
    statistics.recent(now).failures < outage ? 'stable' : 'shaky',
  );
  return [...drawnTogether(stable, random, 1), ...drawnTogether(shaky, random, stable.length === 0 ? 1 : 0)];
}

interface Weighted {
  readonly candidate: Priced;
  readonly terms: WeightTerms;
}

/** `share` is the probability that the first of all candidates is one of these. */
function drawnTogether(weighted: readonly Weighted[], random: Random, share: number): readonly RankedCandidate[] {
  const weights = weighted.map(({ terms }) => terms.weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shared = weighted.map(({ candidate: { endpoint, expectedCost, expectation }, terms }): RankedCandidate => {
    // Field by field: a spread costs several times as much, once for each candidate.
    return { endpoint, expectedCost, expectation, terms, share: (share * terms.weight) / total };
  });
  return drawOrder(shared, weights, random);
}

const byPriceAlone = { price: 2, latency: 0, throughput: 0, reliability: 0, toolCalls: 0 };
/** So many failures, forgotten with a time constant of 30 s, are an outage of late. */
const outage = 1;

function sorted(
  candidates: readonly Priced[],
  selection: Selection,
  order: readonly string[],
  sort: ProviderSort,
): readonly RankedCandidate[] {
  const keys = sortKeys[sort](candidates, selection);
  const keyed = candidates.map((candidate, index) => ({
    candidate,
    place: placeIn(order, candidate),
    key: keys[index] ?? 0,
  }));
  keyed.sort(
    (a, b) =>
      a.place - b.place ||
      a.key - b.key ||
      a.candidate.expectedCost - b.candidate.expectedCost ||
      (a.candidate.endpoint.id < b.candidate.endpoint.id ? -1 : 1),
  );
  return keyed.map(({ candidate: { endpoint, expectedCost, expectation } }) => ({
    endpoint,
    expectedCost,
    expectation,
  }));
}

/** Those that are as fast as the caller would like come first, and share the first tries among them. Stable: nothing else changes. */
function preferred(
  ranked: readonly RankedCandidate[],
  { request, health }: Selection,
  order: readonly string[],
): readonly RankedCandidate[] {
  const { provider } = request;
  if (provider?.preferredMinThroughput === undefined && provider?.preferredMaxLatencyMs === undefined) return ranked;
  const keyed = ranked.map((candidate) => ({
    candidate,
    place: placeIn(order, candidate),
    slow: isFastEnough(provider, health.measured(candidate.endpoint)) ? 0 : 1,
  }));
  keyed.sort((a, b) => a.place - b.place || a.slow - b.slow);
  const fast = keyed.filter(({ slow }) => slow === 0);
  if (fast.length === 0 || fast.length === keyed.length) return keyed.map(({ candidate }) => candidate);
  const fastShare = fast.reduce((sum, { candidate }) => sum + (candidate.share ?? 0), 0);
  return keyed.map(({ candidate, slow }) =>
    candidate.share === undefined || fastShare === 0
      ? candidate
      : { ...candidate, share: slow === 0 ? candidate.share / fastShare : 0 },
  );
}

/** The first slug of `order` that names the endpoint; the place after the last where none does. */
function placeIn(order: readonly string[], { endpoint }: Pick<RankedCandidate, 'endpoint'>): number {
  const place = order.findIndex((slug) => matches(endpoint, slug));
  return place === -1 ? order.length : place;
}

/** One for each candidate, ascending; what has not been measured comes after what has, but as `exacto` says. */
const sortKeys: Readonly<
  Record<ProviderSort, (candidates: readonly Priced[], selection: Selection) => readonly number[]>
> = {
  price: (candidates) => candidates.map(({ expectedCost }) => expectedCost),
  latency: (candidates, { requirements }) =>
    candidates.map(
      ({ statistics }) => statistics.firstContentMs(requirements.estimatedPromptTokens) ?? Number.MAX_VALUE,
    ),
  throughput: (candidates) => candidates.map(({ statistics }) => -(statistics.throughput() ?? 0)),
  exacto: (candidates, { health }) =>
    exactoKeys(candidates.map(({ statistics }) => statistics.toolAnswers(health.now()))),
};

/** The mean over the candidates that have been measured. */
function usualCompletionTokens(candidates: readonly Endpoint[], { health }: Selection): number {
  let sum = 0;
  let measured = 0;
  for (const endpoint of candidates) {
    const tokens = health.statistics(endpoint).completionTokens();
    if (tokens === undefined) continue;
    sum += tokens;
    measured += 1;
  }
  return measured === 0 ? typicalCompletionTokens : sum / measured;
}
