import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { CostEstimate, Permits, PlannedCandidate, RoutePlan, WeightTerm } from '../completion.ts';
import type { Exclusion } from '../errors.ts';
import { dearer, meanCost } from '../pricing.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import type { Selection } from './candidates.ts';
import type { EndpointHealthBook } from './endpoint-health.ts';
import { exactExpectedCost } from './expected-cost.ts';
import { modelChoices } from './model-choice.ts';
import { hasNoProvider, matches, unknownProviders } from './provider-slugs.ts';
import type { RankedCandidate, Strategy } from './ranking.ts';
import { requestFailure } from './request-failure.ts';
import { requirementsOf } from './requirements.ts';
import { isFastEnough } from './soft-preferences.ts';
import { allowsOnlyFirst, attemptLimit, candidatesInOrder, choiceOf, stagesOf } from './stages.ts';
import type { WeightTerms } from './weight.ts';

export interface PlanOptions {
  readonly catalog: Catalog;
  readonly health: EndpointHealthBook;
  readonly strategy: Strategy;
  /** Whose conversations are told apart. */
  readonly account: string | undefined;
  readonly permits: Permits | undefined;
  /** Whether requests wait for the endpoint, which a new one would leave to them. */
  readonly isAwaited: (endpoint: Endpoint) => boolean;
}

/**
 * What a request would meet at this moment: the stages, filters and ranking are those that serve it, looked at without an attempt.
 * Throws the CompletionError in which it would end.
 */
export function planRoute(request: ChatRequest, options: PlanOptions): RoutePlan {
  const { catalog, health, strategy, account, permits, isAwaited } = options;
  const requirements = requirementsOf(request, account);
  const choices = modelChoices(request, catalog, requirements, permits);
  const remainingMs = () => request.timeoutMs ?? Number.POSITIVE_INFINITY;
  const selection: Selection = { request, requirements, catalog, permits, health, remainingMs };
  const candidates: PlannedCandidate[] = [];
  const exclusions: Exclusion[] = [];
  let attempts = 0;

  const stages = stagesOf(choices, selection).map((stage, index) => {
    const { ranked, exclusions: excluded } = candidatesInOrder(
      stage,
      selection,
      strategy,
      levelChance,
      new Set(),
      isAwaited,
    );
    const attemptsLeft = attemptLimit(stage, attempts) - attempts;
    const mayBeTried = allowsOnlyFirst(request) ? 1 : ranked.length;
    // The only endpoint may be called again.
    const mostAttempts =
      stage.last && ranked.length === 1 ? attemptsLeft : Math.min(attemptsLeft, mayBeTried, ranked.length);
    exclusions.push(...excluded);
    for (const [position, candidate] of ranked.entries()) {
      const { model, preferences } = choiceOf(stage, candidate.endpoint);
      // What a variant adds holds for its model alone, and so orders nothing where several are ranked together.
      const orderedBy = stage.choices.length > 1 ? request.provider : preferences;
      const withinAttempts = position < mostAttempts;
      const place = candidates.length + 1;
      candidates.push({
        ...planned(candidate, selection, orderedBy, strategy),
        model,
        place,
        stage: index,
        withinAttempts,
      });
    }
    attempts += mostAttempts;
    return { models: stage.choices.map(({ model }) => model), mostAttempts };
  });

  const [first] = candidates;
  if (first === undefined) {
    throw requestFailure({
      models: choices.map(({ name }) => name),
      attempts: [],
      exclusions,
      outOfTime: false,
      retryAfterMs: soonest(exclusions),
    });
  }
  return {
    modelChoices: choices.map(({ choice }) => choice),
    stages,
    candidates,
    exclusions,
    estimatedCost: estimatedCost(candidates, first),
    remarks: remarksOn(request, catalog),
  };
}

/** Where chance is the same for all, the heaviest comes first: the likeliest order. The server's own chance is left as it is. */
const levelChance = () => 0.5;

function planned(
  { endpoint, expectation, terms, share }: RankedCandidate,
  selection: Selection,
  orderedBy: ProviderPreferences | undefined,
  strategy: Strategy,
) {
  const { request, requirements, health } = selection;
  return {
    endpoint,
    expectedCost: exactExpectedCost(endpoint, request, requirements, expectation),
    terms: terms === undefined ? [] : termsOf(terms),
    ...(terms !== undefined && { weight: terms.weight }),
    ...(share !== undefined && { share }),
    holdsCache: health.affinity.recall(requirements.conversation, endpoint) !== undefined,
    reason: reasonOf(endpoint, share, orderedBy, strategy, isFastEnough(orderedBy ?? {}, health.measured(endpoint))),
  };
}

const meanings: Readonly<Record<Exclude<keyof WeightTerms, 'weight'>, string>> = {
  price: 'What the request is expected to cost here: 1 for the cheapest candidate, less for dearer ones.',
  latency: 'How soon the first content usually comes: 1 for the fastest candidate, less for slower ones.',
  throughput: 'How fast it usually writes: 1 for the fastest candidate, less for slower ones.',
  reliability:
    'How many calls of late succeeded: nearly 1 where many did and none failed, about 0.85 where there were none, and soon far less where some failed.',
  toolCalls:
    'Where the request has tools: how many answers with tool calls had none at fault, nearly 1 where all had none. 1 where there are no tools.',
  capacity: 'How much room is left under the limit of calls that its refusals have shown: 1 where none is known.',
  slowStart: 'Whether it was away: from a tenth, when it comes back, to 1 half a minute later.',
  cacheAffinity: 'Whether it holds the prompt of this conversation in its cache: 3 where it does, 1 where not.',
};

function termsOf(terms: WeightTerms): readonly WeightTerm[] {
  const factors: Readonly<Record<string, number>> = { ...terms };
  return Object.entries(meanings).map(([name, meaning]) => ({ name, factor: factors[name] ?? 1, meaning }));
}

function reasonOf(
  endpoint: Endpoint,
  share: number | undefined,
  orderedBy: ProviderPreferences | undefined,
  strategy: Strategy,
  fastEnough: boolean,
): string {
  const behind = 'It is slower than the request prefers, so it comes after those that are not.';
  const slow = fastEnough ? '' : ` ${behind}`;
  if (share !== undefined) {
    const percent = `${Number((100 * share).toPrecision(3))} %`;
    if (share === 0 && !fastEnough) return behind;
    if (strategy === 'adaptive')
      return `The order is drawn by weight: ${percent} of such requests try it first.${slow}`;
    return share === 0
      ? 'It had an outage of late, so it comes after those that had none.'
      : `The order is drawn by price: ${percent} of such requests try it first.${slow}`;
  }
  const { order = [], sort = 'price' } = orderedBy ?? {};
  const named = order.find((slug) => matches(endpoint, slug));
  if (named !== undefined) return `\`order\` names it, as ${named}.`;
  return order.length === 0
    ? `The endpoints are sorted by ${sort}.${slow}`
    : `\`order\` does not name it; those that it does not name come later, sorted by ${sort}.${slow}`;
}

function estimatedCost(candidates: readonly PlannedCandidate[], first: PlannedCandidate): CostEstimate {
  const totals = candidates.filter(mayServe).map((each) => each.expectedCost.total);
  const firsts = candidates.filter(({ stage, share }) => stage === first.stage && share !== undefined);
  const mean = (part: 'total' | 'prompt' | 'completion') =>
    firsts.length === 0
      ? first.expectedCost[part]
      : meanCost(firsts.map(({ expectedCost, share = 0 }) => ({ cost: expectedCost[part], weight: share })));
  return {
    lowest: totals.reduce((lowest, cost) => (dearer(lowest, cost) ? cost : lowest)),
    highest: totals.reduce((highest, cost) => (dearer(cost, highest) ? cost : highest)),
    expected: mean('total'),
    prompt: mean('prompt'),
    completion: mean('completion'),
    promptTokens: first.expectedCost.promptTokens,
    completionTokens: first.expectedCost.completionTokens,
  };
}

/** Where the order is drawn, also one that is likely to be too far behind may come first. */
function mayServe(
  { withinAttempts, share = 0, stage }: PlannedCandidate,
  _index: number,
  all: readonly PlannedCandidate[],
) {
  return withinAttempts || (share > 0 && all.some((other) => other.stage === stage && other.withinAttempts));
}

const mostRemarks = 10;

function remarksOn({ model, models = [], provider = {} }: ChatRequest, catalog: Catalog): readonly string[] {
  const strangers = [model ?? [], models].flat().filter((name) => catalog.named(name) === undefined);
  const passedOver = strangers
    .slice(0, mostRemarks)
    .map((name) => `There is no model "${name.slice(0, 100)}", so it is passed over.`);
  const preferences = (['order', 'only', 'ignore'] as const).flatMap((preference) => {
    const unknown = unknownProviders(provider[preference] ?? [], catalog);
    return unknown.length === 0 ? [] : [`In \`${preference}\`:${hasNoProvider(unknown)}`];
  });
  return [...passedOver, ...preferences];
}

function soonest(exclusions: readonly Exclusion[]): number | undefined {
  const waits = exclusions.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
