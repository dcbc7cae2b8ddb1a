import { expect, it } from 'vitest';
import { BudgetExceeded, InsufficientCredits } from '../../../src/account-errors.ts';
import { Forbidden, IdempotencyConflict, Overloaded, RateLimited } from '../../../src/errors.ts';
import { createRefusalLog } from '../../../src/server/refusal-log.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function bench() {
  const clock = createManualClock();
  const lines: object[] = [];
  const counted: string[] = [];
  const tell = createRefusalLog({
    clock,
    log: { info: (fields, message) => lines.push({ ...fields, message }) },
    metrics: { refusal: (reason) => counted.push(reason) },
  });
  return { clock, lines, counted, tell };
}

const money = { left: '0', needed: '1', held: false };
const refused = { generationId: 'gen-1', accountId: 'acct-1', keyId: 'key-1' };

it('a request that is refused counts by its reason, and has a line that says whose it was', () => {
  const { lines, counted, tell } = bench();
  for (const error of [
    new InsufficientCredits(money),
    new BudgetExceeded({ ...money, of: 'client_token', limit: '1' }),
    new RateLimited('too many'),
    new Forbidden('no'),
    new IdempotencyConflict(false),
    new Overloaded('the books do not answer'),
  ])
    tell(error, refused);
  const reasons = [
    'insufficient_credits',
    'budget_exceeded',
    'rate_limited',
    'forbidden',
    'idempotency_conflict',
    'books_unavailable',
  ];
  expect(counted).toEqual(reasons);
  expect(lines).toMatchObject(reasons.map((reason) => ({ ...refused, reason, message: 'a request was refused' })));
  expect(lines[1]).toMatchObject({ budget: 'client_token' });
});

it('a flood of refusals fills the metrics and not the log', async () => {
  const { clock, lines, counted, tell } = bench();
  for (let count = 0; count < 1_000; count += 1) tell(new RateLimited('too many'), refused);
  expect([lines.length, counted.length]).toEqual([60, 1_000]);
  await clock.advance(60_000);
  expect(lines.slice(60)).toEqual([{ refusals: 940, message: 'more requests were refused in the last minute' }]);
  tell(new RateLimited('too many'), refused);
  expect(lines).toHaveLength(62);
  await clock.advance(60_000);
  expect([lines.length, clock.pending()]).toEqual([62, 0]);
});
