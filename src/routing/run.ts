import type { Catalog, Deadlines, Endpoint } from '../catalog.ts';
import type { Answer, ChatRequest, EmbeddingInput } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Attempt, Permits, RunOptions } from '../completion.ts';
import type { EmbeddingCall, Provider, ProviderCall, UpstreamCall } from '../providers/provider.ts';
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
  readonly permits: Permits | undefined;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
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
    requirements: requirementsOf(request, options.account),
    upstreams,
    generationId: options.generationId,
    signal: options.signal,
    permits: options.permits,
    onAttempt: options.onAttempt,
    createdAt: clock.now(),
    attempts: [],
    remainingMs: () => Math.floor(deadlineAt - clock.monotonic()),
  };
}

/** What the adapter is told where an answer is asked for. */
export function providerCallOf(run: Run, attempt: RunningAttempt): ProviderCall {
  const { endpoint } = attempt;
  return {
    ...upstreamCallOf(run, attempt),
    prompt: supportedPrompt(run.request, endpoint),
    supportedParameters: endpoint.supportedParameters,
    ...(endpoint.maxCompletionTokens !== undefined && { maxCompletionTokens: endpoint.maxCompletionTokens }),
  };
}

/** What the adapter is told where vectors are. */
export function embeddingCallOf(run: Run, attempt: RunningAttempt, input: EmbeddingInput): EmbeddingCall {
  const { user } = supportedPrompt(run.request, attempt.endpoint);
  return { ...upstreamCallOf(run, attempt), input, ...(user !== undefined && { user }) };
}

function upstreamCallOf(
  { request, upstreams, remainingMs }: Run,
  { endpoint, quotaUsedUp }: RunningAttempt,
): UpstreamCall {
  return {
    model: endpoint.upstreamModel,
    connectTimeoutMs: upstreams.deadlines(endpoint).connectMs,
    ...(request.timeoutMs !== undefined && { totalTimeoutMs: remainingMs() }),
    onQuotaUsedUp: quotaUsedUp,
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
