/** What the weight of a candidate is made of. Times in milliseconds, throughput in tokens a second, cost in US dollars. */
export interface WeightInputs {
  readonly expectedCost: number;
  /** Absent where it has not been measured. */
  readonly firstContentMs: number | undefined;
  readonly throughput: number | undefined;
  /** Share of calls that failed lately, 0 to 1. */
  readonly failureShare: number;
  /** Share of answers with faulty tool calls, 0 to 1; 0 for a request without tools. */
  readonly toolFaultShare: number;
  readonly inFlight: number;
  /** The learnt traffic cap; infinite where none is known. */
  readonly trafficCap: number;
  /** 0 to 1: how far an endpoint that was away has come back. */
  readonly slowStart: number;
  /** Whether it holds the conversation's prompt cache. */
  readonly holdsCache: boolean;
}

/** The exponents of the terms. */
export interface WeightExponents {
  readonly price: number;
  readonly latency: number;
  readonly throughput: number;
  readonly reliability: number;
  readonly toolCalls: number;
}

/** How much each term multiplies the weight by; their product, but for the floor, is `weight`. */
export interface WeightTerms {
  readonly price: number;
  readonly latency: number;
  readonly throughput: number;
  readonly reliability: number;
  readonly toolCalls: number;
  readonly capacity: number;
  readonly slowStart: number;
  readonly cacheAffinity: number;
  readonly weight: number;
}

const balanced: WeightExponents = { price: 2, latency: 0.5, throughput: 0.5, reliability: 8, toolCalls: 2 };

/** A session's endpoint is worth this much more while its cache is warm. */
const cacheAffinity = 3;
/** No candidate gets less than this share of the best one's weight, so that each is measured now and then. */
const explorationShare = 0.01;
/** Added to every cost, as a share of the median, or of the mean where half are free: something free is preferred, not chosen for ever. */
const costFloorShare = 0.1;

/** The weights of the candidates of one request, in their order. An unmeasured speed is taken to be the others' median. */
export function weigh(candidates: readonly WeightInputs[], exponents: WeightExponents = balanced): WeightTerms[] {
  const costs = candidates.map(({ expectedCost }) => expectedCost);
  const costFloor = costFloorShare * (median(costs) || mean(costs));
  const cheapest = Math.min(...costs);
  const latencies = filled(candidates.map(({ firstContentMs }) => atLeast(1, firstContentMs)));
  const throughputs = filled(candidates.map(({ throughput }) => atLeast(0.1, throughput)));
  const fastest = Math.min(...latencies);
  const highest = Math.max(...throughputs);

  const terms = candidates.map((candidate, index) => {
    const price = power(ratio(cheapest + costFloor, candidate.expectedCost + costFloor), exponents.price);
    const latency = power(ratio(fastest, latencies[index] ?? fastest), exponents.latency);
    const throughput = power(ratio(throughputs[index] ?? highest, highest), exponents.throughput);
    const reliability = power(Math.max(0.01, 1 - candidate.failureShare), exponents.reliability);
    const toolCalls = power(Math.max(0.01, 1 - candidate.toolFaultShare), exponents.toolCalls);
    const capacity = Number.isFinite(candidate.trafficCap)
      ? Math.max(0.05, (candidate.trafficCap - candidate.inFlight) / candidate.trafficCap)
      : 1;
    const { slowStart } = candidate;
    const affinity = candidate.holdsCache ? cacheAffinity : 1;
    const weight = price * latency * throughput * reliability * toolCalls * capacity * slowStart * affinity;
    return {
      price,
      latency,
      throughput,
      reliability,
      toolCalls,
      capacity,
      slowStart,
      cacheAffinity: affinity,
      weight,
    };
  });
  const floor = explorationShare * Math.max(...terms.map(({ weight }) => weight));
  return terms.map((term) => (term.weight >= floor ? term : { ...term, weight: floor }));
}

function power(base: number, exponent: number): number {
  // The exponents that are used, at a fraction of what the general case costs.
  switch (exponent) {
    case 0:
      return 1;
    case 0.5:
      return Math.sqrt(base);
    case 2:
      return square(base);
    case 8:
      return square(square(square(base)));
    default:
      return base ** exponent;
  }
}

function square(base: number): number {
  return base * base;
}

/** 1 where both are zero. */
function ratio(a: number, b: number): number {
  return b === 0 ? 1 : a / b;
}

function atLeast(least: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(least, value);
}

function filled(values: readonly (number | undefined)[]): number[] {
  const measured = values.filter((value) => value !== undefined);
  if (measured.length === values.length) return measured;
  const usual = median(measured) ?? 1;
  return values.map((value) => value ?? usual);
}

function median(values: readonly number[]): number | undefined {
  const sorted = new Float64Array(values).sort();
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
