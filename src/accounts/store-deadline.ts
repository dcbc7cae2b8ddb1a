import { AccountError } from '../account-errors.ts';
import type { Clock } from '../clock.ts';

const storeDeadlineMs = 500;
const retryAfterMs = 1_000;

/** What the store answers, or a retryable AccountError where it fails or says nothing for half a second. */
export function askStore<Answer>(clock: Clock, question: () => Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const giveUp = (cause?: unknown) => {
      const message = 'The database of keys and accounts does not answer. Try again in a moment.';
      reject(new AccountError('store_unavailable', message, { retryAfterMs, cause }));
    };
    const cancel = clock.after(storeDeadlineMs, giveUp);
    question().then(
      (answer) => {
        cancel();
        resolve(answer);
      },
      (error: unknown) => {
        cancel();
        giveUp(error);
      },
    );
  });
}
