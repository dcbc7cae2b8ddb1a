import type { ChatRequest } from '../src/chat.ts';
import { createEndpointHealth } from '../src/routing/endpoint-health.ts';
import type { RouterOptions } from '../src/routing/router.ts';
import { watchEjections } from './ejected-picks.ts';
import { createFaultSchedule } from './fault-schedule.ts';
import { createRecorder, type Ending, type Measures } from './measures.ts';
import { type Policy, policies } from './policies.ts';
import { createRandom } from './random.ts';
import { simulatedCatalog, simulatedModel } from './simulated-catalog.ts';
import { createSimulatedProvider, type SimulatedProvider } from './simulated-provider.ts';
import { createVirtualTime } from './virtual-time.ts';
import { createWorkload } from './workload.ts';
import { deadlines, fullCycleSeconds, endpoints as worldEndpoints } from './world.ts';

export interface SimulationOptions {
  readonly policy: Policy;
  readonly requests: number;
  /** Arrivals a second. */
  readonly rate: number;
  readonly seed: number;
  /** How long the schedule of faults takes to pass once; `cycleSecondsFor(options)` where absent. */
  readonly cycleSeconds?: number | undefined;
  /** How far into a cycle the run begins, so that a short one can meet any fault; 0 where absent. */
  readonly beginSeconds?: number | undefined;
  /** Of `VirtualTime.run`. */
  readonly timersPerTurn?: number;
}

export interface SimulationReport extends Measures {
  readonly policy: Policy;
  readonly requests: number;
  readonly rate: number;
  readonly seed: number;
  readonly cycleSeconds: number;
  readonly beginSeconds: number;
  /** How long the run took in its own time. */
  readonly virtualSeconds: number;
  /** Requests that ended: all of them, each once. */
  readonly ended: number;
  /** Calls that the providers counted. */
  readonly calls: number;
  /** Calls that the router told of. */
  readonly attemptsTold: number;
  /** Calls that still ran when the last request had ended. */
  readonly callsLeftRunning: number;
  readonly ejectedPicks: number;
  readonly excessTrials: number;
}

const filler = 'word '.repeat(20_000);
/** In a shorter cycle the faults would be over before anything could be learned of them. */
const shortestCycleSeconds = 500;

/** The world's full cycle; for a run that is shorter than that, the run, so that it too meets every fault. */
function cycleSecondsFor({ requests, rate }: { readonly requests: number; readonly rate: number }): number {
  return Math.min(fullCycleSeconds, Math.max(shortestCycleSeconds, Math.round(requests / rate)));
}

/**
 * Sends requests to a router at random times, whether it keeps up or not, in a world that only exists in virtual time. Equal
 * options give equal reports. Throws if a request does not end exactly once.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { policy, requests, rate, seed, timersPerTurn } = options;
  const { cycleSeconds = cycleSecondsFor(options), beginSeconds = 0 } = options;
  const clock = createVirtualTime();
  const schedule = createFaultSchedule(cycleSeconds, beginSeconds);
  const workload = createWorkload(requests, rate, seed);
  const catalog = simulatedCatalog();
  const endpointOf = new Map(catalog.endpoints.map((endpoint) => [endpoint.provider, endpoint]));
  const routerRandom = createRandom(seed, 'router');
  const book = createEndpointHealth({ clock, random: routerRandom, configured: () => true });
  const watch = watchEjections(book, catalog.endpoints, clock);
  const cheapest = Math.min(...worldEndpoints.map(({ pricePerMillion }) => pricePerMillion));
  const recorder = createRecorder(workload.arrivalMs, schedule, cheapest);
  let failure: { readonly error: unknown } | undefined;
  const failed = (error: unknown) => {
    failure ??= { error };
  };

  const upstreams = new Map<string, SimulatedProvider>();
  for (const endpoint of worldEndpoints) {
    const picked = endpointOf.get(endpoint.provider);
    const random = createRandom(seed, `provider ${endpoint.provider}`);
    const onCall = () => (picked === undefined ? () => {} : watch.picked(picked));
    upstreams.set(endpoint.provider, createSimulatedProvider({ endpoint, schedule, workload, clock, random, onCall }));
  }
  const providers = new Map([...upstreams].map(([slug, { provider }]) => [slug, provider]));
  const routerOptions: RouterOptions = {
    upstreams: () => ({ catalog, providers, deadlines: () => deadlines }),
    health: watch.health,
    clock,
    random: routerRandom,
    countTokens: async (texts) => ({ tokens: Math.ceil(texts.join('').length / 4), source: 'estimated' }),
    onBug: failed,
  };
  const router = policies[policy](routerOptions);

  let attemptsTold = 0;
  const ask = async (request: number) => {
    const arrivalMs = clock.monotonic();
    const signal = new AbortController().signal;
    let firstTokenMs: number | undefined;
    for await (const batch of router.stream(requestOf(request, workload.promptTokens[request] ?? 0), {
      generationId: `gen-${request}`,
      signal,
    })) {
      for (const event of batch) {
        if (event.type === 'started') firstTokenMs = clock.monotonic() - arrivalMs;
        if (event.type !== 'finished' && event.type !== 'failed') continue;
        const { attempts } = event.type === 'finished' ? event.completion : event;
        attemptsTold += attempts.length;
        const ending: Ending = {
          request,
          endMs: clock.monotonic(),
          attempts: attempts.length,
          ...(firstTokenMs !== undefined && { firstTokenMs }),
          ...(event.type === 'finished'
            ? { served: event.completion }
            : {
                failure:
                  firstTokenMs === undefined
                    ? event.error.name
                    : `broken off: ${attempts.findLast(({ failureKind }) => failureKind !== undefined)?.failureKind}`,
              }),
        };
        recorder.end(ending);
      }
    }
  };

  let arrived = 0;
  let left = 0;
  const arrive = () => {
    ask(arrived)
      .catch(failed)
      .finally(() => {
        left += 1;
      });
    arrived += 1;
    if (arrived < requests) clock.after((workload.arrivalMs[arrived] ?? 0) - clock.monotonic(), arrive);
  };
  clock.after(workload.arrivalMs[0] ?? 0, arrive);
  await clock.run(() => left === requests || failure !== undefined, timersPerTurn);
  if (failure !== undefined) throw failure.error;
  if (recorder.ended() !== requests) throw new Error(`${requests - recorder.ended()} requests never ended`);

  const sum = (count: (provider: SimulatedProvider) => number) =>
    [...upstreams.values()].reduce((total, provider) => total + count(provider), 0);
  return {
    ...{ policy, requests, rate, seed, cycleSeconds, beginSeconds, attemptsTold },
    virtualSeconds: clock.monotonic() / 1_000,
    ended: recorder.ended(),
    calls: sum(({ calls }) => calls()),
    callsLeftRunning: sum(({ inFlight }) => inFlight()),
    ejectedPicks: watch.ejectedPicks(),
    excessTrials: watch.excessTrials(),
    ...recorder.measures(),
  };
}

/** Each is a conversation of its own. The number goes along as the prompt's `seed`, by which the providers know it. */
function requestOf(request: number, promptTokens: number): ChatRequest {
  const content = `${request}: ${filler.slice(0, promptTokens * 4)}`;
  return { model: simulatedModel, messages: [{ role: 'user', content }], seed: request };
}
