import { BudgetExceeded } from '../account-errors.ts';
import type { Clock } from '../clock.ts';
import { type CompletionError, Overloaded } from '../errors.ts';
import type { Metrics } from './metrics.ts';
import type { ServerLog } from './server-log.ts';

/** Who asked for what was refused; the ids of the generation that it would have been, the account and the key. */
interface RefusedRequest {
  readonly generationId: string;
  readonly accountId: string;
  readonly keyId?: string;
}

interface RefusalLogOptions {
  readonly log: Pick<ServerLog, 'info'>;
  readonly metrics: Pick<Metrics, 'refusal'>;
  readonly clock: Clock;
}

const minuteMs = 60_000;
const linesPerMinute = 60;

/**
 * Tells the operator of requests that were refused for rights, rate or money, which leave no record: each counts in the metrics by
 * its reason, and has a line in the log, of which there are sixty a minute at most. A line at the end of such a minute says how
 * many there were besides.
 */
export function createRefusalLog({ log, metrics, clock }: RefusalLogOptions) {
  let lines = 0;
  let unsaid = 0;

  function endMinute(): void {
    if (unsaid > 0) log.info({ refusals: unsaid }, 'more requests were refused in the last minute');
    lines = 0;
    unsaid = 0;
  }

  return (error: CompletionError, refused: RefusedRequest): void => {
    const reason = reasonOf(error);
    metrics.refusal(reason);
    if (lines === linesPerMinute) {
      unsaid += 1;
      return;
    }
    if (lines === 0) clock.after(minuteMs, endMinute);
    lines += 1;
    const budget = error instanceof BudgetExceeded ? { budget: error.of } : {};
    log.info({ ...refused, reason, ...budget }, 'a request was refused');
  };
}

/** The name of the error in the words of the metrics; where the books do not answer, that. */
function reasonOf(error: CompletionError): string {
  if (error instanceof Overloaded) return 'books_unavailable';
  return error.name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
