import type { Clock } from '../clock.ts';
import type { Books } from '../storage/books-contract.ts';
import type { Admission, CapRecord, Checkpoint, Settlement } from '../storage/records.ts';
import type { Spool } from '../storage/spool.ts';
import { StoreUnavailable } from '../storage/store.ts';

/** What came of entering a request into the books. */
export type Entered =
  /** `written`: whether the books have it already; else it waits in the spool. */
  | { readonly outcome: 'entered'; readonly written: boolean }
  /** It was let in before under its idempotency key, as this generation. */
  | { readonly outcome: 'repeated'; readonly generationId: string }
  /** Its idempotency key stands for another request, of this generation. */
  | { readonly outcome: 'conflict'; readonly generationId: string }
  | { readonly outcome: 'refused'; readonly cap: CapRecord }
  /** Nobody can say now whether the caller has enough left, or repeats what was let in before. */
  | { readonly outcome: 'unavailable' };

/** The books while their store comes and goes. Nothing here rejects because it is away, and nothing but `enter` rejects at all. */
export interface Bookkeeping {
  /**
   * Who is not capped is let in also while the store is away; who is, is not. Nor is, for the first seconds, who comes with an
   * idempotency key: what was let in under it only the store knows.
   */
  readonly enter: (admission: Admission, capped: boolean) => Promise<Entered>;
  readonly extend: (
    id: string,
    moreNano: number,
    checkpoint: Checkpoint,
  ) => Promise<'extended' | 'refused' | 'unavailable'>;
  /** Resolves with whether the store heard of it. */
  readonly checkpoint: (id: string, checkpoint: Checkpoint) => Promise<boolean>;
  /** Resolves when the end of the generation is in the store, or on disk in the spool. */
  readonly settle: (admission: Admission, settlement: Settlement, written: boolean) => Promise<void>;
  /** Takes what waits in the spool to the store, if it answers. */
  readonly catchUp: () => Promise<void>;
}

export interface BookkeepingOptions {
  readonly books: Books;
  /** Absent where the store cannot be away without everything else being gone too. */
  readonly spool?: Pick<Spool, 'append' | 'replay' | 'size' | 'holderOf'>;
  readonly clock: Clock;
  /** Told of what must not happen: a settlement that neither the store nor the spool takes. */
  readonly onBug: (error: unknown, generationId: string) => void;
  /** Told when the store stops answering, and when it has taken what waited. */
  readonly onAway: (error: unknown) => void;
  readonly onBack: (records: number) => void;
}

/** For so long a store that did not answer is not asked for those who can do without. */
const awayMs = 1_000;
/** For so long a store that does not answer may only be slow: who might be repeating a request is asked to come back. */
const slowMs = 5_000;

export function createBookkeeping(options: BookkeepingOptions): Bookkeeping {
  const { books, spool, clock, onBug, onAway, onBack } = options;
  let awayUntilMs: number | undefined;
  /** Since when every question went without an answer. */
  let silentSinceMs: number | undefined;
  const isAway = () => awayUntilMs !== undefined && clock.monotonic() < awayUntilMs;

  /** What the store answers, or `undefined` where it is away. Anything else that it throws is a bug and thrown on. */
  async function ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await question();
      awayUntilMs = undefined;
      silentSinceMs = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (awayUntilMs === undefined) onAway(error);
      silentSinceMs ??= clock.monotonic();
      awayUntilMs = clock.monotonic() + awayMs;
      return undefined;
    }
  }

  async function putAside(admission: Admission, settlement: Settlement): Promise<void> {
    const kept = spool === undefined ? false : await spool.append({ admission, settlement });
    if (!kept)
      onBug(new Error('The end of a generation could not be kept: the store and the spool failed.'), admission.id);
  }

  /** Lets it in, on disk: should this process die before its end, the next one tells the store that it was there. */
  async function noted(admission: Admission): Promise<Entered> {
    await spool?.append({ admission });
    return { outcome: 'entered', written: false };
  }

  /** What was asked of a store that did not answer may have happened: should it have, what it holds is let go. */
  function letGo({ idempotency: _free, ...admission }: Admission): void {
    const settlement: Settlement = {
      finishedAt: admission.createdAt,
      costNano: 0,
      operatorCostNano: 0,
      termination: 'refused',
      attempts: [],
      errorKind: 'StoreUnavailable',
      durationMs: 0,
    };
    putAside(admission, settlement).catch((error) => onBug(error, admission.id));
  }

  return {
    async enter(admission, capped) {
      const holder = spool?.holderOf(admission);
      if (holder !== undefined && holder.id !== admission.id) {
        const isSame = holder.idempotency?.requestHash === admission.idempotency?.requestHash;
        return { outcome: isSame ? 'repeated' : 'conflict', generationId: holder.id };
      }
      const repeatable = admission.idempotency !== undefined;
      // Whether it is a repetition only the store can tell, so that it is asked all the same, and twice.
      if (isAway() && !repeatable) return capped ? { outcome: 'unavailable' } : noted(admission);
      const begin = () => ask(() => books.begin(admission));
      const begun = (await begin()) ?? (repeatable ? await begin() : undefined);
      if (begun === undefined) {
        const mayBeSlow = silentSinceMs !== undefined && clock.monotonic() - silentSinceMs < slowMs;
        if (!capped && !(repeatable && mayBeSlow)) return noted(admission);
        letGo(admission);
        return { outcome: 'unavailable' };
      }
      if (begun.outcome === 'begun') return { outcome: 'entered', written: true };
      if (begun.outcome !== 'existing') return begun;
      const { id } = begun.generation;
      return id === admission.id ? { outcome: 'entered', written: true } : { outcome: 'repeated', generationId: id };
    },
    async extend(id, moreNano, checkpoint) {
      try {
        const extended = await ask(() => books.extend(id, moreNano, checkpoint));
        if (extended !== undefined && extended.outcome !== 'closed') return extended.outcome;
      } catch (error) {
        onBug(error, id);
      }
      return 'unavailable';
    },
    async checkpoint(id, checkpoint) {
      if (isAway()) return false;
      try {
        return (await ask(() => books.checkpoint(id, checkpoint))) !== undefined;
      } catch (error) {
        onBug(error, id);
        return false;
      }
    },
    async settle(admission, settlement, written) {
      try {
        const settled = isAway()
          ? undefined
          : await ask(() =>
              written ? books.settle(admission.id, settlement, admission.caps) : books.replay(admission, settlement),
            );
        if (settled === undefined) await putAside(admission, settlement);
      } catch (error) {
        onBug(error, admission.id);
        // What the store does not take is not lost: at its replay the spool sets it aside for the operator.
        await spool?.append({ admission, settlement }).catch((failure: unknown) => onBug(failure, admission.id));
      }
    },
    async catchUp() {
      if (spool === undefined || spool.size() === 0) return;
      const records = await spool.replay(books);
      if (spool.size() > 0) return;
      awayUntilMs = undefined;
      silentSinceMs = undefined;
      onBack(records);
    },
  };
}
