import type { Clock } from '../clock.ts';
import type { BareRouter, Router } from '../completion.ts';
import type { Spool } from '../storage/spool.ts';
import { type Store, StoreUnavailable } from '../storage/store.ts';
import { createBookkeeping } from './bookkeeping.ts';
import { createUpkeep } from './books-upkeep.ts';
import { type MeteringOptions, metered } from './metering.ts';
import type { RateLimits } from './rate-limits.ts';

/** What has to be known around the books beside the requests: for the operator's log. */
export interface BooksEvents {
  readonly onBug: (error: unknown, generationId?: string) => void;
  readonly onAway: (error: unknown) => void;
  readonly onBack: (records: number) => void;
  readonly onReaped: (count: number) => void;
  readonly onRefused: MeteringOptions['onRefused'];
}

export interface OpenBooksOptions {
  readonly router: BareRouter;
  readonly store: Store;
  readonly spool?: Pick<Spool, 'append' | 'replay' | 'size' | 'holderOf'>;
  readonly rateLimits: RateLimits;
  /** This process's stable name among the replicas, and an id of its own for each start of it. */
  readonly replica: string;
  readonly boot: string;
  readonly clock: Clock;
  readonly events: BooksEvents;
}

export interface OpenBooks {
  /** Lets in whom the books let in, and writes down how each request ended. */
  readonly router: Router;
  /** Waits until all that was let in is settled, and takes what waits in the spool to the store. The store stays open. */
  readonly close: () => Promise<void>;
}

/** Settles what an earlier start left open, and joins the parts of the books around a router. */
export async function openBooks(options: OpenBooksOptions): Promise<OpenBooks> {
  const { router, store, spool, rateLimits, replica, boot, clock, events } = options;
  const { onBug, onAway, onBack, onReaped, onRefused } = events;
  const books = createBookkeeping({ books: store.books, ...(spool && { spool }), clock, onBug, onAway, onBack });
  const metering = metered(router, {
    books,
    rateLimits,
    apps: store.apps,
    keep: (content) =>
      store.contents.put(content).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) onBug(error, content.generationId);
      }),
    replica,
    boot,
    clock,
    onBug,
    onRefused,
  });
  const { isRunning } = metering;
  const upkeep = createUpkeep({ store, books, replica, boot, isRunning, clock, onReaped, onBug });
  await upkeep.begin();
  return {
    router: metering.router,
    async close() {
      upkeep.close();
      await metering.idle();
      metering.close();
      await books.catchUp();
    },
  };
}
