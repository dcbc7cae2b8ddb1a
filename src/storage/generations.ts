import { type Kysely, sql } from 'kysely';
import { batched } from './batched.ts';
import type { Database } from './database.ts';
import { generationRecord } from './generation-row.ts';
import { cursorAt, type Order, pageOf, pageQuery } from './page.ts';
import type { Reach } from './records.ts';
import type { GenerationFilter, GenerationStore } from './store.ts';
import type { GenerationsTable, Tables } from './tables.ts';

const order: Order = { number: sql<number>`created_at`, text: sql<string>`id`, newestFirst: true };

/** Which column each of the plain filters compares. */
const columns = {
  keyId: 'key_id',
  model: 'model',
  provider: 'provider',
  appId: 'app_id',
  userId: 'user_id',
  sessionId: 'session_id',
  state: 'state',
  termination: 'termination',
} as const satisfies Record<Exclude<keyof GenerationFilter, 'from' | 'to'>, keyof GenerationsTable>;

/** The records of a database's generations. */
export function createGenerationStore(database: Database): GenerationStore {
  const find = batched(
    (reach, ids) =>
      database.read(async (db) => {
        const rows = await selected(db, reach, {}).selectAll().where('id', 'in', ids).execute();
        return rows.map(generationRecord);
      }),
    ({ id }) => id,
  );
  return {
    get: find,
    list: (reach, filter, page) =>
      database.read(async (db) => {
        const { where, byNumber, byText, limit } = pageQuery(page, order);
        const query = selected(db, reach, filter).selectAll().where(where).orderBy(byNumber).orderBy(byText);
        const rows = await query.limit(limit).execute();
        return pageOf(rows, page, (row) => cursorAt(row.created_at, row.id), generationRecord);
      }),
    count: (reach, filter) =>
      database.read(async (db) => {
        const counted = selected(db, reach, filter).select((of) => of.fn.countAll<number>().as('count'));
        return (await counted.executeTakeFirstOrThrow()).count;
      }),
  };
}

function selected(db: Kysely<Tables>, reach: Reach, { from, to, ...plain }: GenerationFilter) {
  let query = db.selectFrom('generations');
  if (reach !== 'everyone') query = query.where('account_id', '=', reach.accountId);
  if (from !== undefined) query = query.where('created_at', '>=', from);
  if (to !== undefined) query = query.where('created_at', '<', to);
  for (const [field, column] of Object.entries(columns)) {
    const wanted = Object.entries(plain).find(([name]) => name === field)?.[1];
    if (wanted !== undefined) query = query.where(sql<boolean>`${sql.ref(column)} = ${wanted}`);
  }
  return query;
}
