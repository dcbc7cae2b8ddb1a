import type { StreamPart } from '../src/chat.ts';
import { type Clock, type Random, sleep } from '../src/clock.ts';
import { ProviderError } from '../src/errors.ts';
import type { Provider } from '../src/providers/provider.ts';
import { createAnswerBuilder } from '../src/routing/answer-builder.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { logNormal } from './random.ts';
import type { Workload } from './workload.ts';
import { faultFigures, type SimulatedEndpoint, timing } from './world.ts';

export interface SimulatedProvider {
  readonly provider: Provider;
  /** How many calls have begun. */
  readonly calls: () => number;
  /** How many calls run. */
  readonly inFlight: () => number;
}

export interface SimulatedProviderOptions {
  readonly endpoint: SimulatedEndpoint;
  readonly schedule: FaultSchedule;
  readonly workload: Workload;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each call before anything else happens. What it returns is called at the first token, or at the end without one. */
  readonly onCall: () => () => void;
}

const text: StreamPart = { type: 'text', text: 'Well … ' };
const finish: StreamPart = { type: 'finish', reason: 'stop' };

/**
 * Plays an endpoint of the world. The prompt's `seed` is the number of the request in the workload, which knows how long the
 * answer is. What a stream says comes in as few batches as the gap deadline allows: its first token, and all the rest.
 */
export function createSimulatedProvider(options: SimulatedProviderOptions): SimulatedProvider {
  const { endpoint, schedule, workload, clock, random, onCall } = options;
  let calls = 0;
  let inFlight = 0;

  async function* answer(
    request: number,
    signal: AbortSignal,
    answered: () => void,
  ): AsyncGenerator<readonly StreamPart[], void, undefined> {
    const fault = schedule.at(clock.monotonic(), endpoint.provider);
    const capacity = endpoint.capacity * (fault === 'capacity_cut' ? faultFigures.capacityLeft : 1);
    // Drawn for every call, whatever becomes of it, so that a fault shifts no later draw.
    const straggles = random() < timing.stragglerShare;
    const firstTokenMs = logNormal(random, endpoint.firstTokenMs, timing.firstTokenSpread);
    const luck = random();
    const cutAt = random();

    const refusal = refusalOf(fault, luck, inFlight >= capacity, endpoint.retryAfterMs);
    if (refusal !== undefined) {
      await sleep(clock, timing.refusalMs, signal).finally(answered);
      throw refusal;
    }

    inFlight += 1;
    try {
      if (fault === 'hang') await untilAborted(signal);
      const slowness = fault === 'slow' ? faultFigures.slowFactor : 1;
      await sleep(clock, firstTokenMs * slowness * (straggles ? timing.stragglerFactor : 1), signal);
      answered();
      yield [text];

      const completionTokens = workload.completionTokens[request] ?? 0;
      const wholeMs = (completionTokens / endpoint.throughput) * 1_000 * slowness;
      const cut = fault === 'cut' && luck < faultFigures.cutShare;
      let leftMs = cut ? wholeMs * cutAt : wholeMs;
      for (; leftMs > timing.longestGapMs; leftMs -= timing.longestGapMs) {
        await sleep(clock, timing.longestGapMs, signal);
        yield [text];
      }
      await sleep(clock, leftMs, signal);
      if (cut) throw new ProviderError('truncated', 'The stream broke off.');
      const promptTokens = workload.promptTokens[request] ?? 0;
      yield [text, finish, usageOf(promptTokens, completionTokens)];
    } finally {
      inFlight -= 1;
      answered();
    }
  }

  const stream: Provider['stream'] = ({ prompt }, signal) => {
    calls += 1;
    return answer(prompt.seed ?? 0, signal, onCall());
  };

  return {
    provider: {
      stream,
      async complete(call, signal) {
        const builder = createAnswerBuilder();
        for await (const batch of stream(call, signal)) for (const part of batch) builder.add(part);
        return builder.answer();
      },
      close: async () => {},
    },
    calls: () => calls,
    inFlight: () => inFlight,
  };
}

function refusalOf(
  fault: string | undefined,
  luck: number,
  full: boolean,
  retryAfterMs: number | undefined,
): ProviderError | undefined {
  if (fault === 'outage') return new ProviderError('unreachable', 'Nobody there.');
  if (fault === 'fail_fast') return new ProviderError('server_failed', 'Out of order.', { status: 503 });
  if (fault === 'flap' && luck < faultFigures.flapShare)
    return new ProviderError('server_failed', 'Out of luck.', { status: 500 });
  if (full)
    return new ProviderError('rate_limited', 'Too many requests.', {
      status: 429,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  return undefined;
}

function usageOf(promptTokens: number, completionTokens: number): StreamPart {
  return {
    type: 'usage',
    usage: {
      promptTokens,
      completionTokens,
      totalTokens: promptTokens + completionTokens,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      source: 'provider',
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
