import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { batched } from './batched.ts';
import type { Database } from './database.ts';
import { parsed, present } from './present.ts';
import type { AppRecord } from './records.ts';
import type { AppStore } from './store.ts';
import type { AppsTable } from './tables.ts';

/** How many apps are kept in memory, so that most requests ask the database nothing about theirs. */
const cacheLimit = 1_000;
const categoryLimit = 10;

/** The apps of a database. An app's id is made of its address, so that replicas that see it at once agree. */
export function createAppStore(database: Database, clock: Clock): AppStore {
  const seen = new Map<string, string>();
  const find = batched(
    (_everyone, ids) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('apps').selectAll().where('id', 'in', ids).execute();
        return rows.map(appRecord);
      }),
    ({ id }) => id,
  );

  const remember = (url: string, state: string) => {
    seen.delete(url);
    seen.set(url, state);
    const [oldest] = seen.keys();
    if (oldest !== undefined && seen.size > cacheLimit) seen.delete(oldest);
  };

  return {
    resolve: async ({ url, title, categories = [] }) => {
      const id = `app-${createHash('sha256').update(url).digest('hex').slice(0, 24)}`;
      const state = JSON.stringify([title, categories]);
      if (seen.get(url) === state) return id;
      await database.write(async (db) => {
        const known = await db.selectFrom('apps').selectAll().where('url', '=', url).executeTakeFirst();
        const all = new Set([...(parsed<string[]>(known?.categories ?? null) ?? []), ...categories]);
        const told = {
          title: title ?? known?.title ?? null,
          categories: JSON.stringify([...all].slice(0, categoryLimit)),
        };
        await db
          .insertInto('apps')
          .values({ id, url, ...told, first_seen: clock.now() })
          .onConflict((conflict) => conflict.column('url').doUpdateSet(told))
          .execute();
      });
      remember(url, state);
      return id;
    },
    get: (id) => find('everyone', id),
  };
}

function appRecord({ id, url, title, categories, first_seen: firstSeen }: AppsTable): AppRecord {
  return { id, url, categories: parsed<string[]>(categories) ?? [], firstSeen, ...present({ title }) };
}
