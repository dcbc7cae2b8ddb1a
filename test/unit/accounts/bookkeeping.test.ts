import { expect, it } from 'vitest';
import { createBookkeeping } from '../../../src/accounts/bookkeeping.ts';
import type { Books } from '../../../src/storage/books-contract.ts';
import type { SpooledRecord } from '../../../src/storage/spool.ts';
import { createManualClock, settle } from '../../support/manual-clock.ts';
import { admission, settlement } from '../../support/store-samples.ts';

const nothing = () => Promise.reject(new Error('not asked for'));
const books: Books = {
  begin: nothing,
  extend: nothing,
  checkpoint: nothing,
  settle: nothing,
  replay: nothing,
  reap: nothing,
};

it('an end that the database does not take waits in the spool, and is told as the bug that it is', async () => {
  const spooled: SpooledRecord[] = [];
  const bugs: unknown[] = [];
  const constraint = new Error('a constraint failed');
  const bookkeeping = createBookkeeping({
    books: { ...books, settle: () => Promise.reject(constraint) },
    spool: {
      append: async (record) => spooled.push(record) > 0,
      replay: async () => 0,
      holderOf: () => undefined,
      size: () => spooled.length,
    },
    clock: createManualClock(),
    onBug: (error, generationId) => bugs.push([error, generationId]),
    onAway: () => bugs.push('away'),
    onBack: () => {},
  });
  await bookkeeping.settle(admission('gen-1'), settlement(10), true);
  await settle();
  expect(bugs).toEqual([[constraint, 'gen-1']]);
  expect(spooled).toEqual([{ admission: admission('gen-1'), settlement: settlement(10) }]);
});
