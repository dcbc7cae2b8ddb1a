import type { Reach } from './records.ts';

/** One record by its id, of those that the reach has; `undefined` where there is none. */
export type Find<Row> = (reach: Reach, id: string) => Promise<Row | undefined>;

/** How many ids are asked for in one statement. */
const most = 500;

interface Batch<Row> {
  readonly reach: Reach;
  readonly found: Map<string, PromiseWithResolvers<Row | undefined>>;
}

/**
 * Looks up together what is asked for together: a list whose every item leads to another record asks for all of those in one turn of
 * the event loop, and the database once, or once for each 500. Nothing is remembered: who asks later asks anew.
 */
export function batched<Row>(
  load: (reach: Reach, ids: readonly string[]) => Promise<readonly Row[]>,
  idOf: (row: Row) => string,
): Find<Row> {
  let waiting = new Map<string, Batch<Row>>();

  function flush(): void {
    const batches = waiting;
    waiting = new Map();
    for (const { reach, found } of batches.values()) {
      const ids = [...found.keys()];
      for (let from = 0; from < ids.length; from += most) void answer(reach, ids.slice(from, from + most), found);
    }
  }

  async function answer(reach: Reach, ids: readonly string[], found: Batch<Row>['found']): Promise<void> {
    try {
      const rows = new Map((await load(reach, ids)).map((row) => [idOf(row), row]));
      for (const id of ids) found.get(id)?.resolve(rows.get(id));
    } catch (error) {
      for (const id of ids) found.get(id)?.reject(error);
    }
  }

  return (reach, id) => {
    // After everything that this turn has to say: items that were loaded together ask for their own in steps of promises.
    if (waiting.size === 0) queueMicrotask(() => process.nextTick(flush));
    const key = reach === 'everyone' ? '' : reach.accountId;
    const batch = waiting.get(key) ?? { reach, found: new Map() };
    waiting.set(key, batch);
    const asked = batch.found.get(id) ?? Promise.withResolvers<Row | undefined>();
    batch.found.set(id, asked);
    return asked.promise;
  };
}
