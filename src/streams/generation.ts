import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError, Forbidden, InternalError } from '../errors.ts';
import { coalesce } from './coalesce.ts';
import { cutOff } from './cut-off.ts';
import { deliveredBy } from './delivered.ts';
import { createEventLog, type EventLog } from './event-log.ts';

/** What becomes of a generation when its last reader leaves: its end, or nothing. */
export type DisconnectPolicy = 'cancel' | 'finish';

/** One request being served: one producer, a log of events, and any number of readers. */
export interface Generation {
  readonly id: string;
  /** Who asked for it. */
  readonly caller: Caller;
  readonly log: EventLog;
  /** Whether the log has its last event. */
  readonly isOver: () => boolean;
  /** Whether it is over, or has been stopped and its last event is being made. */
  readonly isEnding: () => boolean;
  /** What was thrown that must not be; every reader hears of it after the last event. */
  readonly bug: () => { readonly error: unknown } | undefined;
  /** Another reader begins. */
  readonly join: () => void;
  /** A reader waits for more: the source is read, and `wake` called once when there is more, or when it is over. */
  readonly wait: (wake: () => void) => void;
  /** A reader leaves, whatever it waits for. */
  readonly leave: (wake: () => void) => void;
  /** Stops it; its last event comes soon. False where it is over already. */
  readonly cancel: (reason: Cancelled) => boolean;
  /** Stops it because its key is no longer good: its last event is Forbidden with that message, and comes as soon as it is known what was used. */
  readonly cut: (message: string) => void;
}

export interface GenerationOptions {
  readonly id: string;
  readonly caller: Caller;
  /** Begins the work; called at most once, when the first reader waits. */
  readonly open: (signal: AbortSignal) => AsyncIterator<readonly StreamEvent[]>;
  readonly onDisconnect: DisconnectPolicy;
  /** How long it goes on without a reader before it is cancelled; 0 for not at all. */
  readonly graceMs: number;
  /** Takes a place among those that `finish` without a reader, and gives back what frees it; `undefined` where there is none. */
  readonly goUnattended: () => (() => void) | undefined;
  /** How long it goes on then before it is cancelled. */
  readonly unattendedMs: number;
  readonly maxLogBytes: number;
  readonly clock: Clock;
  /** Called once, when the source has ended. */
  readonly onEnd: () => void;
}

interface Work extends Pick<GenerationOptions, 'open' | 'onEnd'> {
  readonly controller: AbortController;
}

/** How long a source that was cut may take to say what it delivered and what that costs: tokens may have to be counted. */
const partingMs = 5_000;
/** Where nobody slows the source down, the event loop turns after so many batches. */
const batchesPerTurn = 64;

/**
 * The source is read when a reader waits for what the log does not have: the fastest reader sets the pace, and where all are slow,
 * so is the source. Without readers (`finish`, or within the grace), and once it has been stopped, it is read to its end.
 */
export function createGeneration(options: GenerationOptions): Generation {
  const { id, caller, onDisconnect, graceMs, clock } = options;
  const log = createEventLog(id, options.maxLogBytes);
  const waiting = new Set<() => void>();
  // What belongs to the work is let go at its end: the request may be large, and the log is kept for a while.
  let work: Work | undefined = { open: options.open, onEnd: options.onEnd, controller: new AbortController() };
  let batches: AsyncIterator<readonly StreamEvent[]> | undefined;
  let readers = 0;
  let stopped: Cancelled | undefined;
  /** What whoever reads is told where the key is no longer good. */
  let forbidden: Forbidden | undefined;
  let stopGrace = () => {};
  let stopParting = () => {};
  let pulling = false;
  /** The log has its last event. */
  let over = false;
  /** The source has ended. */
  let ended = false;
  let bug: { readonly error: unknown } | undefined;

  async function pull(): Promise<void> {
    if (pulling || ended) return;
    pulling = true;
    try {
      for (let count = 1; ; count += 1) {
        if (work === undefined || (batches === undefined && stopped !== undefined)) break;
        batches ??= work.open(work.controller.signal);
        const result = await batches.next();
        if (result.done === true) break;
        take(result.value);
        if (!goesOn()) return;
        if (count % batchesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      // What fails after the last event is no reader's business.
      if (!over) bug = { error };
      over = true;
    } finally {
      pulling = false;
    }
    end();
  }

  function goesOn(): boolean {
    return waiting.size > 0 || readers === 0 || over || stopped !== undefined;
  }

  function take(batch: readonly StreamEvent[]): void {
    if (over) return;
    const error = forbidden;
    const events = coalesce(error === undefined ? batch : batch.map((event) => cutOff(event, error)));
    if (events.length === 0) return;
    log.append(events);
    const last = events.at(-1)?.type;
    over = last === 'finished' || last === 'failed';
    wakeAll();
  }

  function wakeAll(): void {
    for (const wake of waiting) wake();
    waiting.clear();
  }

  function end(): void {
    const onEnd = work?.onEnd;
    ended = true;
    work = undefined;
    batches = undefined;
    stopGrace();
    stopParting();
    if (!over) fail(forbidden ?? stopped ?? new InternalError(id));
    wakeAll();
    onEnd?.();
  }

  function fail(error: CompletionError): void {
    log.append([{ type: 'failed', error, ...deliveredBy(log) }]);
    over = true;
  }

  function cancel(reason: Cancelled): boolean {
    if (over) return false;
    stop(reason);
    return true;
  }

  function stop(reason: Cancelled): void {
    if (stopped !== undefined) return;
    stopped = reason;
    work?.controller.abort(reason);
    void pull();
  }

  return {
    id,
    caller,
    log,
    isOver: () => over,
    isEnding: () => over || stopped !== undefined,
    bug: () => bug,
    join() {
      readers += 1;
      stopGrace();
    },
    wait(wake) {
      waiting.add(wake);
      void pull();
    },
    leave(wake) {
      readers -= 1;
      waiting.delete(wake);
      if (readers > 0 || over) return;
      // Who was cut off because his key is no longer good did not hang up.
      const by = caller.revoked.aborted ? 'revocation' : 'hang_up';
      const abandon = () => cancel(new Cancelled('The last reader of the generation left.', by));
      const freePlace = onDisconnect === 'finish' ? options.goUnattended() : undefined;
      if (freePlace !== undefined) {
        const stopWaiting = clock.after(options.unattendedMs, abandon);
        stopGrace = () => {
          stopWaiting();
          freePlace();
        };
      } else if (graceMs > 0) stopGrace = clock.after(graceMs, abandon);
      else abandon();
      void pull();
    },
    cancel,
    cut(message) {
      if (over) return;
      const error = new Forbidden(message);
      forbidden = error;
      stopParting = clock.after(partingMs, () => {
        if (over) return;
        fail(error);
        wakeAll();
      });
      stop(new Cancelled(message, 'revocation'));
    },
  };
}
