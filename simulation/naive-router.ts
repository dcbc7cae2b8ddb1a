import type { Endpoint } from '../src/catalog.ts';
import type { StreamPart } from '../src/chat.ts';
import type { Clock, Random } from '../src/clock.ts';
import type { Attempt, Router, RunOptions, StreamEvent } from '../src/completion.ts';
import { AllAttemptsFailed, ModelNotFound, ProviderError } from '../src/errors.ts';
import { costOf } from '../src/pricing.ts';
import type { Upstreams } from '../src/routing/run.ts';

export interface NaiveRouterOptions {
  readonly upstreams: () => Upstreams;
  readonly clock: Clock;
  readonly random: Random;
}

const tries = 3;

/**
 * What one writes in an afternoon, to compare with: draws three endpoints by one over the square of their price and tries them
 * in that order, with a deadline for the first content. Remembers nothing.
 */
export function createNaiveRouter({
  upstreams,
  clock,
  random,
}: NaiveRouterOptions): Pick<Router<RunOptions>, 'stream'> {
  return {
    async *stream(request, { generationId, signal }): AsyncGenerator<readonly StreamEvent[], void, undefined> {
      const { catalog, providers, deadlines } = upstreams();
      const name = request.model ?? catalog.defaultModel;
      const model = catalog.model(name);
      if (model === undefined) throw new ModelNotFound(name, catalog.suggest(name));
      const createdAt = clock.now();
      const attempts: Attempt[] = [];
      yield [{ type: 'accepted' }];

      for (const endpoint of drawn(catalog.endpointsOfModel(model.slug), random).slice(0, tries)) {
        const provider = catalog.provider(endpoint.provider);
        const upstream = providers.get(endpoint.provider);
        if (provider === undefined || upstream === undefined) continue;
        const { connectMs, firstContentMs } = deadlines(endpoint);
        const attempt: Attempt = { endpoint, startedAt: clock.now() };
        const late = new AbortController();
        const cancelTimer = clock.after(firstContentMs, () =>
          late.abort(new ProviderError('first_content_timeout', 'No content came.')),
        );
        const call = {
          model: endpoint.upstreamModel,
          prompt: request,
          supportedParameters: endpoint.supportedParameters,
          connectTimeoutMs: connectMs,
        };
        const parts: StreamPart[] = [];
        try {
          for await (const batch of upstream.stream(call, AbortSignal.any([signal, late.signal]))) {
            if (parts.length === 0) {
              cancelTimer();
              yield [{ type: 'started', model, endpoint, attempts: [...attempts, attempt] }];
            }
            parts.push(...batch);
          }
        } catch (thrown) {
          cancelTimer();
          if (!(thrown instanceof ProviderError)) throw thrown;
          attempts.push({ ...attempt, outcome: 'failed', failureKind: thrown.kind, message: thrown.message });
          if (parts.length > 0) break;
          continue;
        }
        attempts.push({ ...attempt, outcome: 'succeeded' });
        const usage = parts.find((part) => part.type === 'usage')?.usage;
        if (usage === undefined) throw new Error('a simulated provider always sends its usage');
        const completion = {
          ...{ generationId, model, provider, endpoint, attempts, createdAt, usage },
          ...{ content: textOf(parts), toolCalls: [], annotations: [], images: [], finishReason: 'stop' as const },
          cost: costOf(usage, endpoint.pricing),
        };
        return yield [{ type: 'finished', completion }];
      }
      const error = new AllAttemptsFailed('Nobody answered.', { attempts, retryable: true });
      yield [{ type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts }];
    },
  };
}

/** A weighted draw without replacement (Efraimidis and Spirakis). */
function drawn(endpoints: readonly Endpoint[], random: Random): Endpoint[] {
  return endpoints
    .map((endpoint) => ({ endpoint, key: -Math.log(1 - random()) * Number(endpoint.pricing.prompt) ** 2 }))
    .sort((a, b) => a.key - b.key)
    .map(({ endpoint }) => endpoint);
}

function textOf(parts: readonly StreamPart[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
