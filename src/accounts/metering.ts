import type { Caller } from '../caller.ts';
import type { ChatRequest } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { BareRouter, Completion, Permits, RouteOptions, Router, RunOptions, StreamEvent } from '../completion.ts';
import { Cancelled, CompletionError, IdempotencyConflict, InternalError, Overloaded } from '../errors.ts';
import type { Admission, ContentRecord } from '../storage/records.ts';
import type { AppStore } from '../storage/store.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import { demandInference, permitsOf, withDefaults } from './caller-rights.ts';
import { capIdsOf, refusalBy } from './cap-refusal.ts';
import {
  firstReservationNano,
  firstSliceTokens,
  type PromptSize,
  promptSizeOf,
  reasoningReserveTokens,
} from './charges.ts';
import { requestedOf, whoAsks } from './generation-entry.ts';
import { leaseMs, type MeteredGeneration, meterGeneration } from './metered-generation.ts';
import { type Admitted, asBilled, meteredStream } from './metered-stream.ts';
import type { RateAdmission, RateLimits } from './rate-limits.ts';

export interface MeteringOptions {
  readonly books: Bookkeeping;
  readonly rateLimits: RateLimits;
  readonly apps: Pick<AppStore, 'resolve'>;
  /** Keeps a prompt and its answer, for an account that asked for it. Never rejects. */
  readonly keep: (content: ContentRecord) => Promise<void>;
  /** This process's stable name among the replicas, and an id of its own for each start of it. */
  readonly replica: string;
  readonly boot: string;
  readonly clock: Clock;
  /** Told of what must not happen; the caller gets an InternalError. */
  readonly onBug: (error: unknown, generationId: string) => void;
  /** Told of each request that is not let in, which leaves no record. */
  readonly onRefused: (error: CompletionError, refused: RefusedRequest) => void;
}

/** Who asked for what was not let in. */
interface RefusedRequest extends Pick<Caller, 'accountId' | 'keyId'> {
  readonly generationId: string;
}

/** A router that lets in whom the books let in, and writes down how every request ended. */
export interface Metering {
  readonly router: Router;
  /** Whether a generation was let in, and is not settled. */
  readonly isRunning: (generationId: string) => boolean;
  /** Resolves when everything that was let in is settled. */
  readonly idle: () => Promise<void>;
  readonly close: () => void;
}

/** How often running generations note how far they have come. */
const tickMs = 2_000;
const storeRetryMs = 1_000;

/** A request as its caller may make it. */
interface Asked {
  readonly request: ChatRequest;
  readonly permits: Permits | undefined;
  readonly options: RouteOptions;
  readonly streamed: boolean;
}
interface Reservation {
  readonly size: PromptSize | undefined;
  readonly reserveNano: number;
  /** Whether all that the request may cost is reserved. */
  readonly whole: boolean;
}
const nothingReserved: Reservation = { size: undefined, reserveNano: 0, whole: true };

/** Puts the books around a router: the caller's rights and defaults, rate limits, reservations, one settlement for every end. */
export function metered(router: BareRouter, metering: MeteringOptions): Metering {
  const { books, rateLimits, apps, replica, boot, clock, onBug, onRefused } = metering;
  const running = new Map<string, MeteredGeneration>();
  let onIdle: (() => void)[] = [];
  let stopTicking: (() => void) | undefined;

  function tick(): void {
    for (const generation of running.values()) generation.tick();
    stopTicking = running.size === 0 ? undefined : clock.after(tickMs, tick);
  }

  function settled(generation: MeteredGeneration): void {
    running.delete(generation.id);
    if (running.size > 0) return;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  }

  /** What a capped caller has to hold before anything is sent: enough for whichever endpoint may serve the request. */
  function reservationFor({ request, permits, options: { caller } }: Asked): Reservation {
    if (!caller.capped) return nothingReserved;
    const endpoints = router.reach(request, planOptions(caller, permits));
    const size = promptSizeOf(request);
    // Routing will refuse it, and say why; should it not after all, the money is asked for as the answer comes.
    if (endpoints.length === 0) return { size, whole: false, reserveNano: 0 };
    const limited = endpoints.every(({ supportedParameters }) => supportedParameters.has('max_tokens'));
    const firstTokens = firstSliceTokens(request) + reasoningReserveTokens(request);
    const whole =
      request.embedding !== undefined ||
      (limited && request.maxTokens !== undefined && request.maxTokens <= firstTokens);
    return { size, whole, reserveNano: firstReservationNano(endpoints, size, request) };
  }

  /** Lets the request in, or throws the CompletionError that refuses it. */
  async function admit(original: ChatRequest, options: RouteOptions, streamed: boolean): Promise<Admitted> {
    const { caller } = options;
    demandInference(caller);
    const request: Asked = {
      request: withDefaults(original, caller),
      permits: permitsOf(caller),
      options,
      streamed,
    };
    const rate = await takeRate(request);
    try {
      const reservation = reservationFor(request);
      const admission = await admissionOf(request, reservation);
      const entered = await books.enter(admission, caller.capped);
      if (entered.outcome !== 'entered') throw refusal(entered, admission, caller);
      const generation = meterGeneration({
        request: request.request,
        caller,
        admission,
        written: entered.written,
        size: reservation.size,
        rate,
        books,
        keep: metering.keep,
        clock,
        onSettled: () => settled(generation),
      });
      running.set(generation.id, generation);
      stopTicking ??= clock.after(tickMs, tick);
      const runOptions = (signal: AbortSignal): RunOptions => ({
        generationId: options.generationId,
        signal,
        ...planOptions(caller, request.permits),
        onAttempt: generation.onAttempt,
      });
      return {
        generation,
        whole: reservation.whole,
        stream: (signal) => router.stream(request.request, runOptions(signal)),
        complete: () => router.complete(request.request, runOptions(options.signal)),
      };
    } catch (error) {
      rate.settle(0);
      throw error;
    }
  }

  function takeRate({ request, options: { caller }, streamed }: Asked): RateAdmission | Promise<RateAdmission> {
    const counted = caller.limits.tokensPerMinute !== undefined || caller.parentLimits?.tokensPerMinute !== undefined;
    const estimatedTokens = counted ? promptSizeOf(request).tokens + firstSliceTokens(request) : 0;
    return rateLimits.admit(caller, { estimatedTokens, stream: streamed });
  }

  async function admissionOf({ request, options, streamed }: Asked, { reserveNano }: Reservation): Promise<Admission> {
    const { caller, generationId, idempotency } = options;
    const createdAt = clock.now();
    const appId = caller.attribution && caller.app !== undefined ? await resolveApp(caller.app) : undefined;
    return {
      id: generationId,
      ...whoAsks(caller, request),
      ...(appId !== undefined && { appId }),
      ...(idempotency !== undefined && { idempotency }),
      replica,
      boot,
      createdAt,
      expiresAt: createdAt + leaseMs,
      reserveNano,
      caps: capIdsOf(caller),
      requested: requestedOf(request),
      streamed,
    };
  }

  /** Without the store a request is attributed to no app, rather than refused. */
  const resolveApp = (app: NonNullable<Caller['app']>) => apps.resolve(app).catch(() => undefined);

  function refusal(
    entered: Exclude<Awaited<ReturnType<Bookkeeping['enter']>>, { outcome: 'entered' }>,
    { reserveNano }: Admission,
    caller: Caller,
  ): CompletionError {
    switch (entered.outcome) {
      case 'repeated':
        return new IdempotencyConflict(true, entered.generationId);
      case 'conflict':
        return new IdempotencyConflict(false, entered.generationId);
      case 'refused':
        return refusalBy(entered.cap, reserveNano, caller, clock.now());
      case 'unavailable':
        return new Overloaded(`The books do not answer, and ${whyBooked(caller)}. Try again in a moment.`, {
          retryAfterMs: storeRetryMs,
        });
    }
  }

  /** What a request is refused with, be it expected or a bug. */
  function expected(error: unknown, options: RouteOptions): CompletionError {
    const { generationId, caller } = options;
    options.onRefused?.();
    if (!(error instanceof CompletionError)) {
      onBug(error, generationId);
      return new InternalError(generationId);
    }
    const { accountId, keyId } = caller;
    onRefused(error, { generationId, accountId, ...(keyId !== undefined && { keyId }) });
    return error;
  }

  const open = (options: RouteOptions, streamed: boolean, letIn: () => Promise<Admitted>) =>
    meteredStream({
      signal: options.signal,
      admit: letIn,
      refusal: (error) => expected(error, options),
      capped: options.caller.capped,
      streamed,
    });

  /** A whole answer is asked for whole where all that it may cost is held; else as a stream, which can be ended when the money is. */
  async function complete(request: ChatRequest, options: RouteOptions): Promise<Completion> {
    const admitted = await admit(request, options, false).catch((error: unknown) => {
      throw expected(error, options);
    });
    return admitted.whole
      ? completeWhole(admitted, options)
      : collectWhole(
          open(options, false, () => Promise.resolve(admitted)),
          options,
        );
  }

  async function completeWhole({ generation, complete }: Admitted, { signal }: RouteOptions): Promise<Completion> {
    try {
      const completion = asBilled(await complete());
      await generation.finished(completion, undefined);
      return completion;
    } catch (error) {
      const reason: unknown = signal.reason;
      const by = reason instanceof Cancelled ? reason : undefined;
      if (error instanceof CompletionError) await generation.failed({ error }, by);
      else await generation.broken(signal.aborted ? undefined : 'InternalError');
      throw error;
    }
  }

  return {
    router: {
      complete,
      stream: (request, options) => open(options, true, () => admit(request, options, true)),
      plan(request, { caller }) {
        demandInference(caller);
        return router.plan(withDefaults(request, caller), planOptions(caller, permitsOf(caller)));
      },
    },
    isRunning: (generationId) => running.has(generationId),
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
    close: () => stopTicking?.(),
  };
}

/** Why a request is not let in without the books. */
function whyBooked({ capped }: Caller): string {
  return capped ? 'spending by this key is limited' : 'they alone know whether this idempotency key was used before';
}

function planOptions({ accountId }: Caller, permits: Permits | undefined) {
  return { account: accountId, ...(permits !== undefined && { permits }) };
}

/** The completion that a stream ends with, or its error thrown. */
async function collectWhole(
  stream: AsyncIterable<readonly StreamEvent[]>,
  { signal }: RouteOptions,
): Promise<Completion> {
  for await (const batch of stream) {
    const last = batch.at(-1);
    if (last?.type === 'finished') return last.completion;
    if (last?.type === 'failed') throw last.error;
  }
  throw signal.reason;
}
