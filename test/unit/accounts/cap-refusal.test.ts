import { expect, it } from 'vitest';
import { refusalBy } from '../../../src/accounts/cap-refusal.ts';
import { periodStarts } from '../../../src/storage/periods.ts';
import { aCaller } from '../../support/a-caller.ts';

const nowMs = Date.UTC(2026, 11, 31, 23, 30);

it.each([
  ['daily', Date.UTC(2027, 0, 1)],
  // A Thursday: Monday is the fourth.
  ['weekly', Date.UTC(2027, 0, 4)],
  ['monthly', Date.UTC(2027, 0, 1)],
] as const)('a %s limit begins anew at midnight UTC of its next period, and says so', (reset, resetsAt) => {
  const cap = { id: 'limit:key-1', limitNano: 5_000, reset, periodStart: periodStarts(nowMs)[reset], reservedNano: 0 };
  const refusal = refusalBy({ ...cap, spentNano: 4_000 }, 2_000, aCaller({ keyId: 'key-1' }), nowMs);
  expect(refusal).toMatchObject({
    name: 'BudgetExceeded',
    of: 'api_key',
    left: '0.000001',
    needed: '0.000002',
    resetsAt,
    retryAfterMs: resetsAt - nowMs,
    message: expect.stringContaining(new Date(resetsAt).toISOString()),
  });
});

it('a limit of which running requests hold a part says nothing of when to come again: they may free some before', () => {
  const cap = {
    id: 'limit:key-1',
    limitNano: 5_000,
    reset: 'daily',
    periodStart: 0,
    reservedNano: 3_000,
    spentNano: 0,
  } as const;
  expect(refusalBy(cap, 3_000, aCaller({ keyId: 'key-1' }), nowMs)).toMatchObject({
    left: '0.000002',
    retryable: true,
    retryAfterMs: undefined,
  });
});
