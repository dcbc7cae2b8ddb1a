import { BudgetExceeded, type BudgetOf, InsufficientCredits } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { CompletionError } from '../errors.ts';
import { budgetCapId, creditsCapId, limitCapId } from '../storage/cap-ids.ts';
import type { CapRecord } from '../storage/records.ts';
import { dollarsOfNano } from './amounts.ts';

/** The caps that may limit the caller, or count what he spends; those without a record do neither. Empty where there are none. */
export function capIdsOf({ capped, counted, accountId, keyId, parentKeyId }: Caller): readonly string[] {
  if (!capped && counted !== true) return [];
  const keys = [keyId, parentKeyId].filter((id) => id !== undefined);
  return [creditsCapId(accountId), budgetCapId(accountId), ...keys.map(limitCapId)];
}

/** What the caller is told when a cap has too little left for a request. */
export function refusalBy(cap: CapRecord, neededNano: number, caller: Caller, nowMs: number): CompletionError {
  const limitNano = cap.limitNano ?? 0;
  const left = dollarsOfNano(limitNano - cap.spentNano - cap.reservedNano);
  const needed = dollarsOfNano(neededNano);
  const held = cap.reservedNano > 0;
  if (cap.id === creditsCapId(caller.accountId)) return new InsufficientCredits({ left, needed, held });
  const resetsAt = nextResetAt(cap);
  return new BudgetExceeded({
    of: budgetOf(cap.id, caller),
    limit: dollarsOfNano(limitNano),
    left,
    needed,
    held,
    resetsAt,
    retryAfterMs: resetsAt === undefined || held ? undefined : Math.max(0, resetsAt - nowMs),
  });
}

function budgetOf(capId: string, { accountId, keyId, parentKeyId }: Caller): BudgetOf {
  if (capId === budgetCapId(accountId)) return 'account';
  return parentKeyId !== undefined && keyId !== undefined && capId === limitCapId(keyId) ? 'client_token' : 'api_key';
}

const dayMs = 86_400_000;

function nextResetAt({ reset, periodStart }: CapRecord): number | undefined {
  const start = new Date(periodStart);
  switch (reset) {
    case 'none':
      return undefined;
    case 'daily':
      return periodStart + dayMs;
    case 'weekly':
      return periodStart + 7 * dayMs;
    case 'monthly':
      return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1);
  }
}
