import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { admission } from './store-samples.ts';

/**
 * A process that lets generations in, `count` of them, ten at a time, and prints the id of each when the store has answered; and at its
 * end how many were let in. A call that the store was too busy for is made again under the same id.
 */
const [url = '', name = '', count = '0'] = process.argv.slice(2);
const store = await openStore({ url, clock: systemClock, poolSize: 4 });
let next = 0;
let admitted = 0;

async function begin(id: string): Promise<string> {
  for (;;) {
    try {
      return (await store.books.begin(admission(id, { caps: ['budget:acct-a'], boot: name }))).outcome;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}

await Promise.all(
  Array.from({ length: 10 }, async () => {
    while (next < Number(count)) {
      const id = `gen-${name}-${next++}`;
      const outcome = await begin(id);
      // Let in by a call whose answer was lost.
      if (outcome !== 'begun' && outcome !== 'existing') continue;
      admitted += 1;
      process.stdout.write(`${id}\n`);
    }
  }),
);
process.stdout.write(`admitted ${admitted}\n`);
await store.close();
