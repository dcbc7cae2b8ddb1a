import { AccountError, type AccountErrorKind } from '../account-errors.ts';
import type { Refusal } from './http-guards.ts';

const statuses = {
  unauthenticated: 401,
  forbidden: 403,
  invalid: 400,
  not_found: 404,
  too_many_failures: 429,
  store_unavailable: 503,
} as const satisfies Record<AccountErrorKind, number>;

/** The answer over HTTP to who may not come in. Throws on whatever is not an AccountError: that is a bug, not his fault. */
export function refusalFor(error: unknown): Refusal {
  if (!(error instanceof AccountError)) throw error;
  const { kind, message, retryAfterMs } = error;
  return {
    status: statuses[kind],
    reason: kind,
    message,
    headers: {
      ...(kind === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
      ...(retryAfterMs !== undefined && { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) }),
    },
  };
}
