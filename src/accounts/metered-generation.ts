import type { Caller } from '../caller.ts';
import type { Endpoint } from '../catalog.ts';
import type { ChatRequest, Json, Usage } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Attempt, Completion, PartialAnswer, StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError, TimedOut } from '../errors.ts';
import type { Admission, Checkpoint, ContentRecord, Settlement, Termination } from '../storage/records.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import { chargeAt, costNanoOf, type PromptSize, promptSizeOf, wholeNano } from './charges.ts';
import { createDeliveredCount } from './delivered-count.ts';
import { attemptEntry, operatorCostNano, snapshotOf } from './generation-entry.ts';
import type { RateAdmission } from './rate-limits.ts';
import { createSlices, type NoRoom, type Slices } from './slices.ts';

/** A request that was let in, from there to its one settlement. */
export interface MeteredGeneration {
  readonly id: string;
  /** Attempts as they end. */
  readonly onAttempt: (attempt: Attempt) => void;
  /** Counts what a batch delivers; gives back its last event where that ends the stream. */
  readonly count: (batch: readonly StreamEvent[]) => Terminal | undefined;
  /** As Slices.room; always `undefined` for a caller that nothing caps. */
  readonly room: () => Promise<NoRoom | undefined> | undefined;
  /** Notes how far it has come, where that is due. */
  readonly tick: () => void;
  /** Settles what ended with a completion. `by` is what had it stopped. */
  readonly finished: (completion: Completion, by: Cancelled | undefined) => Promise<void>;
  /** Settles what failed. Nothing is paid for what was not delivered. */
  readonly failed: (failure: Failure, by: Cancelled | undefined) => Promise<void>;
  /** The same for a stream that we broke off because the books did not answer. */
  readonly unbooked: (failure: Failure) => Promise<void>;
  /** Settles what ended without a word: its reader hung up, or a bug ended it. */
  readonly broken: (errorKind?: string) => Promise<void>;
}

export type Terminal = Extract<StreamEvent, { type: 'finished' | 'failed' }>;
export interface Failure {
  readonly error: CompletionError;
  readonly partial?: PartialAnswer;
  readonly usage?: Usage;
  readonly cost?: string;
}

export interface MeteredGenerationOptions {
  readonly request: ChatRequest;
  readonly caller: Caller;
  readonly admission: Admission;
  /** Whether the books have it. */
  readonly written: boolean;
  readonly size: PromptSize | undefined;
  readonly rate: RateAdmission;
  readonly books: Bookkeeping;
  /** Keeps a prompt and its answer, for an account that asked for it. */
  readonly keep: (content: ContentRecord) => Promise<void>;
  readonly clock: Clock;
  /** Called once, when it is settled. */
  readonly onSettled: () => void;
}

/** For so long after its last sign of life nobody else settles a generation. */
export const leaseMs = 90_000;
/** A sign of life is given when less than this is left of it. */
const renewMs = 60_000;
const checkpointTokens = 1_024;
const dayMs = 86_400_000;

export function meterGeneration(options: MeteredGenerationOptions): MeteredGeneration {
  const { request, caller, admission, written, rate, books, clock } = options;
  const { id } = admission;
  const startedMs = clock.monotonic();
  const attempts: Attempt[] = [];
  const delivered = createDeliveredCount();
  let size = options.size;
  let endpoint: Endpoint | undefined;
  let slices: Slices | undefined;
  let firstContentMs: number | undefined;
  let checkpointed = 0;
  let expiresAt = admission.expiresAt;
  let settled = false;

  const sizeOfPrompt = () => {
    size ??= promptSizeOf(request);
    return size;
  };

  /** What has been delivered so far, and what that costs. */
  function soFar(): { readonly usage: Usage; readonly costNano: number } {
    if (endpoint === undefined) return { usage: nothing, costNano: 0 };
    const { tokens, images } = sizeOfPrompt();
    const usage = delivered.usage(tokens);
    return { usage, costNano: costNanoOf(usage, endpoint, images) };
  }

  function checkpoint(): Checkpoint {
    checkpointed = delivered.tokens();
    return { ...soFar(), expiresAt: clock.now() + leaseMs, ...whereOf(endpoint) };
  }

  /** What the store did not hear is said again, since it is also the sign of life. */
  async function note(): Promise<void> {
    const noted = checkpoint();
    if (await books.checkpoint(id, noted)) expiresAt = noted.expiresAt;
  }

  function start(at: Endpoint): void {
    endpoint = at;
    firstContentMs = Math.round(clock.monotonic() - startedMs);
    if (!caller.capped) return;
    slices = createSlices({
      request,
      charge: chargeAt(at, sizeOfPrompt()),
      reservedNano: admission.reserveNano,
      limited: at.supportedParameters.has('max_tokens'),
      extend: (moreNano) => books.extend(id, moreNano, checkpoint()),
    });
  }

  async function settle(end: End): Promise<void> {
    if (settled) return;
    settled = true;
    rate.settle(end.usage?.totalTokens ?? 0);
    const { usage, endpoint: served, errorKind, nativeFinishReason, finishReason } = end;
    const settlement: Settlement = {
      finishedAt: clock.now(),
      costNano: end.costNano,
      operatorCostNano: operatorCostNano(attempts),
      termination: end.termination,
      attempts: attempts.toSorted((a, b) => a.startedAt - b.startedAt).map(attemptEntry),
      durationMs: Math.round(clock.monotonic() - startedMs),
      ...(usage !== undefined && { usage }),
      ...whereOf(served),
      ...(finishReason !== undefined && { finishReason }),
      ...(nativeFinishReason !== undefined && { nativeFinishReason }),
      ...(errorKind !== undefined && { errorKind }),
      ...(firstContentMs !== undefined && { firstContentMs }),
    };
    await books.settle(admission, settlement, written);
    options.onSettled();
    await keepContent(end.answer);
  }

  async function keepContent(answer: Json): Promise<void> {
    const days = caller.contentRetentionDays;
    if (days === undefined) return;
    const { messages, tools, embedding } = request;
    const prompt: Json = JSON.parse(JSON.stringify(embedding ?? { messages, tools }));
    const expiry = clock.now() + days * dayMs;
    await options.keep({ generationId: id, accountId: caller.accountId, prompt, answer, expiresAt: expiry });
  }

  function settleFailure({ error, partial, usage, cost }: Failure, termination: Termination, errorKind?: string) {
    return settle({
      termination,
      ...(usage !== undefined && { usage, ...(endpoint !== undefined && { endpoint }) }),
      costNano: cost === undefined ? 0 : wholeNano(cost),
      errorKind: errorKind ?? error.name,
      answer: partial === undefined ? null : answerOf(partial),
    });
  }

  return {
    id,
    onAttempt: (attempt) => attempts.push(attempt),
    count(batch) {
      if (endpoint === undefined) {
        const started = batch.find((event) => event.type === 'started');
        if (started !== undefined) start(started.endpoint);
      }
      delivered.add(batch);
      const last = batch.at(-1);
      if (last?.type === 'finished' || last?.type === 'failed') return last;
      const tokens = delivered.tokens();
      slices?.delivered(tokens, delivered.reasoningTokens());
      if (tokens - checkpointed >= checkpointTokens && written) void note();
      return undefined;
    },
    room: () => slices?.room(),
    tick() {
      if (settled) return;
      if (delivered.tokens() > checkpointed || expiresAt - clock.now() < renewMs) void note();
    },
    finished(completion, by) {
      const { usage, cost, finishReason, nativeFinishReason, endpoint: served } = completion;
      firstContentMs ??= completion.attempts.at(-1)?.firstContentMs;
      const stoppedBy = finishReason === 'cancelled' ? by : undefined;
      return settle({
        termination:
          finishReason === 'error' ? 'upstream_cut' : finishReason === 'budget' ? 'budget' : terminationBy(stoppedBy),
        usage,
        costNano: wholeNano(cost),
        endpoint: served,
        finishReason,
        ...(nativeFinishReason !== undefined && { nativeFinishReason }),
        ...errorOf(stoppedBy),
        answer: answerOf(completion),
      });
    },
    failed(failure, by) {
      const { error, usage } = failure;
      const sent = attempts.length > 0 || error.attempts.length > 0;
      const stopped = by !== undefined && error instanceof Cancelled;
      const termination = stopped ? terminationBy(by) : terminationOf(error, sent, usage !== undefined);
      return settleFailure(failure, termination, errorOf(by).errorKind);
    },
    unbooked: (failure) => settleFailure(failure, 'failed', 'StoreUnavailable'),
    broken(errorKind) {
      const { usage, costNano } = soFar();
      return settle({
        termination: errorKind === undefined ? 'client_abort' : 'failed',
        costNano,
        ...(endpoint !== undefined && { usage, endpoint }),
        ...(errorKind !== undefined && { errorKind }),
        answer: null,
      });
    },
  };
}

/** How a generation ended, as far as it decides what is written of it. */
interface End
  extends Pick<Settlement, 'termination' | 'costNano' | 'usage' | 'finishReason' | 'nativeFinishReason' | 'errorKind'> {
  /** Which served it. */
  readonly endpoint?: Endpoint;
  readonly answer: Json;
}

const nothing: Usage = createDeliveredCount().usage(0);

function whereOf(endpoint: Endpoint | undefined) {
  if (endpoint === undefined) return {};
  return { model: endpoint.model, provider: endpoint.provider, endpoint: snapshotOf(endpoint) };
}

function terminationBy(stopped: Cancelled | undefined): Termination {
  if (stopped === undefined) return 'complete';
  if (stopped.by === 'hang_up') return 'client_abort';
  return stopped.by === 'budget' ? 'budget' : 'cancelled';
}

function terminationOf(error: CompletionError, sent: boolean, delivered: boolean): Termination {
  if (error instanceof TimedOut) return 'timeout';
  if (delivered) return 'upstream_cut';
  return sent ? 'failed' : 'refused';
}

/** What else than the caller stopped it. */
function errorOf(by: Cancelled | undefined): { readonly errorKind?: string } {
  return by === undefined || by.by === 'request' || by.by === 'hang_up' ? {} : { errorKind: by.by };
}

function answerOf(answer: PartialAnswer & Partial<Pick<Completion, 'refusal' | 'finishReason' | 'vectors'>>): Json {
  const { content, reasoning, refusal, toolCalls, finishReason, vectors } = answer;
  // Vectors can be made again of the prompt, and tell it to whoever has them.
  if (vectors !== undefined) return { vectors: vectors.length, dimensions: vectors[0]?.length ?? 0 };
  return {
    content,
    ...(reasoning !== undefined && { reasoning }),
    ...(refusal !== undefined && { refusal }),
    toolCalls: toolCalls.map((call) => ({ ...call })),
    ...(finishReason !== undefined && { finishReason }),
  };
}
