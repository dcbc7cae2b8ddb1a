import type { Catalog, Deadlines, Endpoint, Model } from '../catalog.ts';
import type { Answer, ChatRequest } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { RunOptions } from '../completion.ts';
import { ModelNotFound } from '../errors.ts';
import type { Provider, ProviderCall } from '../providers/provider.ts';
import type { RunningAttempt } from './attempt.ts';
import { type Requirements, requirementsOf, supportedPrompt } from './requirements.ts';

/** Everything that can be called, at one moment. A reload replaces it; a request keeps what it began with. */
export interface Upstreams {
  readonly catalog: Catalog;
  /** By slug; only what is configured. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly deadlines: (endpoint: Endpoint) => Deadlines;
}

/** One request on its way. */
export interface Run {
  readonly request: ChatRequest;
  readonly requirements: Requirements;
  readonly upstreams: Upstreams;
  readonly generationId: string;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** In order; grows. */
  readonly attempts: RunningAttempt[];
  /** Whole milliseconds that the caller still gives it; infinite where the caller set no limit. */
  readonly remainingMs: () => number;
}

export function startRun(request: ChatRequest, options: RunOptions, upstreams: Upstreams, clock: Clock): Run {
  const deadlineAt = request.timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + request.timeoutMs;
  return {
    request,
    requirements: requirementsOf(request),
    upstreams,
    generationId: options.generationId,
    signal: options.signal,
    createdAt: clock.now(),
    attempts: [],
    remainingMs: () => Math.floor(deadlineAt - clock.monotonic()),
  };
}

/** The models to try, in order. Names that no model has are passed over while another is left; throws ModelNotFound when none is. */
export function modelsOf(request: ChatRequest, catalog: Catalog): readonly Model[] {
  const named = [...(request.model === undefined ? [] : [request.model]), ...(request.models ?? [])];
  const names = named.length > 0 ? named : [catalog.defaultModel];
  const models = new Set(names.flatMap((name) => catalog.model(name) ?? []));
  const [first = ''] = names;
  if (models.size === 0) throw new ModelNotFound(first, catalog.suggest(first));
  return [...models];
}

/** What the adapter is told. */
export function providerCallOf({ request, upstreams }: Run, endpoint: Endpoint): ProviderCall {
  return {
    model: endpoint.upstreamModel,
    prompt: supportedPrompt(request, endpoint),
    supportedParameters: endpoint.supportedParameters,
    ...(endpoint.maxCompletionTokens !== undefined && { maxCompletionTokens: endpoint.maxCompletionTokens }),
    connectTimeoutMs: upstreams.deadlines(endpoint).connectMs,
  };
}

/** Whether moderation left nothing of the answer: another model may have one. */
export function isFilteredAway(answer: Answer): boolean {
  return (
    answer.finishReason === 'content_filter' &&
    answer.content === '' &&
    answer.toolCalls.length === 0 &&
    answer.refusal === undefined
  );
}
