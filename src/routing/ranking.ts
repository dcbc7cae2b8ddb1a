import type { Endpoint } from '../catalog.ts';
import type { Random } from '../clock.ts';
import { matches, type Selection } from './candidates.ts';
import { drawOrder } from './draw.ts';
import { expectedCost, typicalCompletionTokens } from './expected-cost.ts';
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
  /** Absent where the order was not drawn. */
  readonly terms?: WeightTerms;
}

/**
 * The whole order in which the candidates are tried. The caller's `order` comes first, as given, and `sort` switches the draw off;
 * equal ones then stand by id. With fallbacks not allowed and no `order`, only the first remains.
 */
export function rank(
  candidates: readonly Endpoint[],
  selection: Selection,
  strategy: Strategy,
  random: Random,
): readonly RankedCandidate[] {
  const { order = [], sort, allowFallbacks = true } = selection.request.provider ?? {};
  const byDraw = sort === undefined && order.length === 0 && strategy !== 'price';
  const { request, requirements, health } = selection;
  const completionTokens = usualCompletionTokens(candidates, selection);
  const priced = candidates.map((endpoint) => {
    // What is called cheapest must not depend on who was asked before.
    const cachedShare = byDraw ? health.statistics(endpoint).cachedShare() : 0;
    return { endpoint, expectedCost: expectedCost(endpoint, request, requirements, { completionTokens, cachedShare }) };
  });
  const ranked = byDraw
    ? drawn(priced, selection, strategy, random)
    : sorted(priced, selection, order, sort ?? 'price');
  return allowFallbacks || order.length > 0 ? ranked : ranked.slice(0, 1);
}

function drawn(
  candidates: readonly RankedCandidate[],
  { health, requirements }: Selection,
  strategy: 'classic' | 'adaptive',
  random: Random,
): readonly RankedCandidate[] {
  const now = health.now();
  const inputs = candidates.map(({ endpoint, expectedCost }) => {
    const statistics = health.statistics(endpoint);
    return {
      expectedCost,
      firstContentMs: statistics.firstContentMs(requirements.estimatedPromptTokens),
      throughput: statistics.throughput(),
      failureShare: statistics.failureShare(now),
      inFlight: statistics.inFlight(),
      trafficCap: statistics.trafficCap(now),
      slowStart: health.breaker(endpoint).recovery(),
      holdsCache: false,
    };
  });
  const terms = strategy === 'adaptive' ? weigh(inputs) : weigh(inputs, byPriceAlone);
  const weighted = candidates.flatMap((candidate, index) => {
    const own = terms[index];
    return own === undefined ? [] : [{ ...candidate, terms: own }];
  });
  const weights = weighted.map((candidate) => candidate.terms.weight);
  if (strategy === 'adaptive') return drawOrder(weighted, weights, random);
  const { stable = [], shaky = [] } = Object.groupBy(weighted, ({ endpoint }) =>
    health.statistics(endpoint).recent(now).failures < outage ? 'stable' : 'shaky',
  );
  return [stable, shaky].flatMap((group) =>
    drawOrder(
      group,
      group.map((each) => each.terms.weight),
      random,
    ),
  );
}

const byPriceAlone = { price: 2, latency: 0, throughput: 0, reliability: 0 };
/** So many failures, forgotten with a time constant of 30 s, are an outage of late. */
const outage = 1;

function sorted(
  candidates: readonly RankedCandidate[],
  selection: Selection,
  order: readonly string[],
  sort: keyof typeof sortKeys,
): readonly RankedCandidate[] {
  const keyed = candidates.map((candidate) => {
    const place = order.findIndex((slug) => matches(candidate.endpoint, slug));
    return { candidate, place: place === -1 ? order.length : place, key: sortKeys[sort](candidate, selection) };
  });
  keyed.sort(
    (a, b) =>
      a.place - b.place ||
      a.key - b.key ||
      a.candidate.expectedCost - b.candidate.expectedCost ||
      (a.candidate.endpoint.id < b.candidate.endpoint.id ? -1 : 1),
  );
  return keyed.map(({ candidate }) => candidate);
}

/** Ascending; what has not been measured comes after what has. */
const sortKeys = {
  price: ({ expectedCost }) => expectedCost,
  latency: ({ endpoint }, { health, requirements }) =>
    health.statistics(endpoint).firstContentMs(requirements.estimatedPromptTokens) ?? Number.MAX_VALUE,
  throughput: ({ endpoint }, { health }) => -(health.statistics(endpoint).throughput() ?? 0),
  exacto: ({ endpoint }, { health }) => health.statistics(endpoint).failureShare(health.now()),
} satisfies Record<string, (candidate: RankedCandidate, selection: Selection) => number>;

/** The mean over the candidates that have been measured. */
function usualCompletionTokens(candidates: readonly Endpoint[], { health }: Selection): number {
  const measured = candidates.flatMap((endpoint) => health.statistics(endpoint).completionTokens() ?? []);
  if (measured.length === 0) return typicalCompletionTokens;
  return measured.reduce((sum, tokens) => sum + tokens, 0) / measured.length;
}
