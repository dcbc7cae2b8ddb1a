import type { Clock } from '../clock.ts';
import { type Store, StoreUnavailable } from '../storage/store.ts';
import type { Bookkeeping } from './bookkeeping.ts';

export interface UpkeepOptions {
  readonly store: Pick<Store, 'contents' | 'apiKeys' | 'ping'> & { readonly books: Pick<Store['books'], 'reap'> };
  readonly books: Pick<Bookkeeping, 'catchUp'>;
  readonly replica: string;
  readonly boot: string;
  /** Whether a generation runs in this process. */
  readonly isRunning: (generationId: string) => boolean;
  readonly clock: Clock;
  /** Told how many generations were settled that a process had left open. */
  readonly onReaped: (count: number) => void;
  readonly onBug: (error: unknown) => void;
}

/** What the books need beside requests. */
export interface Upkeep {
  /** Settles what an earlier start of this replica left open, and goes on from there. A store that is away is asked again later. */
  readonly begin: () => Promise<void>;
  readonly close: () => void;
}

const catchUpMs = 2_000;
const reapMs = 30_000;
const cleanMs = 10 * 60_000;
const reapedAtOnce = 500;
/** Tokens are kept for a while after they have expired, so that their name still means something. */
const expiredTokensMs = 24 * 60 * 60_000;

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { store, books, replica, boot, isRunning, clock, onReaped, onBug } = options;
  let closed = false;
  /** Whether the store did not answer when it was last asked for what is abandoned. */
  let wasAway = false;
  const timers = new Map<() => Promise<void>, () => void>();

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) onBug(error);
    }
  }

  function each(everyMs: number, work: () => Promise<void>): void {
    timers.set(
      work,
      clock.after(everyMs, async () => {
        await attempt(work);
        if (!closed) each(everyMs, work);
      }),
    );
  }

  /** Where the store was away nobody could give a sign of life: there is a round's time for it when the store is back. */
  async function reapUnlessBack(): Promise<void> {
    if (wasAway) {
      await store.ping();
      wasAway = false;
      return;
    }
    await reap();
  }

  async function reap(): Promise<void> {
    wasAway = true;
    for (;;) {
      const reaped = await store.books.reap({ replica, boot, limit: reapedAtOnce, isRunning });
      wasAway = false;
      if (reaped.length > 0) onReaped(reaped.length);
      if (reaped.length < reapedAtOnce) return;
    }
  }

  async function clean(): Promise<void> {
    await store.contents.purge();
    await store.apiKeys.deleteExpiredTokens(clock.now() - expiredTokensMs);
  }

  return {
    async begin() {
      // What is in the spool knows more of its generations than the reaper.
      await attempt(books.catchUp);
      await attempt(reap);
      each(catchUpMs, books.catchUp);
      each(reapMs, reapUnlessBack);
      each(cleanMs, clean);
    },
    close() {
      closed = true;
      for (const cancel of timers.values()) cancel();
    },
  };
}
