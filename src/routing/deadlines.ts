import type { Deadlines } from '../catalog.ts';
import type { Clock } from '../clock.ts';
import { ProviderError } from '../errors.ts';

export interface DeadlineWatch {
  /** Content came: ends the wait for the first, or begins the next gap. */
  readonly content: () => void;
  /** Ends the watch. */
  readonly stop: () => void;
}

/**
 * Watches the first-content, gap and total deadlines of an attempt; connecting is watched where it happens. Calls `miss` once,
 * with the error of the deadline that passed first. One timer at a time runs for the first two: content only notes the time,
 * and the timer, when it fires, waits for what is left.
 */
export function watchDeadlines(
  clock: Clock,
  deadlines: Deadlines,
  miss: (error: ProviderError) => void,
): DeadlineWatch {
  let lastContentAt: number | undefined;
  let cancelTimer = () => {};

  const missed = (error: ProviderError) => {
    stop();
    miss(error);
  };
  const wait = (delayMs: number) => {
    cancelTimer = clock.after(delayMs, () => {
      if (lastContentAt === undefined) {
        return missed(
          new ProviderError('first_content_timeout', `No content came within ${deadlines.firstContentMs} ms.`),
        );
      }
      const leftMs = lastContentAt + deadlines.gapMs - clock.monotonic();
      if (leftMs > 0) return wait(leftMs);
      missed(new ProviderError('gap_timeout', `No further content came within ${deadlines.gapMs} ms.`));
    });
  };
  const cancelTotal = clock.after(deadlines.totalMs, () =>
    missed(new ProviderError('total_timeout', `The answer was not complete within ${deadlines.totalMs} ms.`)),
  );
  const stop = () => {
    cancelTimer();
    cancelTotal();
  };
  wait(deadlines.firstContentMs);

  return {
    content() {
      const first = lastContentAt === undefined;
      lastContentAt = clock.monotonic();
      if (!first) return;
      cancelTimer();
      wait(deadlines.gapMs);
    },
    stop,
  };
}
