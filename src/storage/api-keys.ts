import { type Kysely, sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { apiKeyRecord, apiKeyRow } from './api-key-row.ts';
import { recordAct } from './audit-log.ts';
import { batched } from './batched.ts';
import { createCredentials } from './credentials.ts';
import type { Database } from './database.ts';
import { cursorAt, type Order, pageOf, pageQuery } from './page.ts';
import { changed } from './present.ts';
import type { Reach } from './records.ts';
import type { ApiKeyStore } from './store.ts';
import type { Tables } from './tables.ts';

const order: Order = { number: sql<number>`created_at`, text: sql<string>`id`, newestFirst: false };

/** The API keys and client tokens of a database. */
export function createApiKeyStore(database: Database, clock: Clock): ApiKeyStore {
  const find = batched(
    (reach, ids) => database.read(async (db) => (await withinReach(db, reach, ids).execute()).map(apiKeyRecord)),
    ({ id }) => id,
  );
  return {
    ...createCredentials(database, clock),
    create: (key, hash, act) =>
      database.write(async (db) => {
        const now = clock.now();
        const row = { ...apiKeyRow(key), hash, previous_hash: null, changed_at: now };
        await db.insertInto('api_keys').values(row).execute();
        await recordAct(db, now, act, key.id, undefined, key);
      }),
    get: find,
    list: (reach, filter, page) =>
      database.read(async (db) => {
        const { where, byNumber, byText, limit } = pageQuery(page, order);
        const query = selected(db, reach, filter).selectAll().where(where).orderBy(byNumber).orderBy(byText);
        const rows = await query.limit(limit).execute();
        return pageOf(rows, page, (row) => cursorAt(row.created_at, row.id), apiKeyRecord);
      }),
    count: (reach, filter) =>
      database.read(async (db) => {
        const counted = selected(db, reach, filter).select((of) => of.fn.countAll<number>().as('count'));
        return (await counted.executeTakeFirstOrThrow()).count;
      }),
    update: (reach, id, change, act) =>
      database.write(async (db) => {
        const now = clock.now();
        const before = await lockedWithinReach(db, reach, id, now);
        if (before === undefined) return undefined;
        const after = changed(apiKeyRecord(before), change);
        await db.updateTable('api_keys').set(apiKeyRow(after)).where('id', '=', id).execute();
        await recordAct(db, now, act, id, apiKeyRecord(before), after);
        return after;
      }),
    rotate: (reach, id, { hash, prefix, last4, previousUntil }, act) =>
      database.write(async (db) => {
        const now = clock.now();
        const before = await lockedWithinReach(db, reach, id, now);
        if (before === undefined) return undefined;
        const after = {
          ...before,
          hash,
          prefix,
          last4,
          previous_hash: before.hash,
          previous_until: previousUntil,
        };
        await db.updateTable('api_keys').set(after).where('id', '=', id).execute();
        await recordAct(db, now, act, id, apiKeyRecord(before), apiKeyRecord(after));
        return apiKeyRecord(after);
      }),
    revoke: (reach, id, act) =>
      database.write(async (db) => {
        const now = clock.now();
        const before = await lockedWithinReach(db, reach, id, now);
        if (before === undefined) return [];
        const revoked = await itAndItsTokens(db, id, { revoked_at: sql<number>`coalesce(revoked_at, ${now})` }, now);
        const after = { ...before, revoked_at: before.revoked_at ?? now };
        await recordAct(db, now, act, id, apiKeyRecord(before), apiKeyRecord(after));
        return [id, ...revoked.filter((other) => other !== id).sort()];
      }),
    changedSince: (sinceMs) => database.read((db) => changedSince(db, sinceMs)),
    deleteExpiredTokens: (beforeMs) =>
      database.write(async (db) => {
        const deleted = await db
          .deleteFrom('api_keys')
          .where('kind', '=', 'client_token')
          .where('expires_at', '<', beforeMs)
          .returning('id')
          .execute();
        return deleted.length;
      }),
  };
}

/** Tells every replica to look at a key, and at the tokens that it made, anew. */
export async function touchApiKey(db: Kysely<Tables>, id: string, nowMs: number): Promise<void> {
  await itAndItsTokens(db, id, {}, nowMs);
}

async function itAndItsTokens(
  db: Kysely<Tables>,
  id: string,
  change: { readonly revoked_at?: ReturnType<typeof sql<number>> },
  nowMs: number,
): Promise<readonly string[]> {
  const rows = await db
    .updateTable('api_keys')
    .set({ ...change, changed_at: nowMs })
    .where((where) => where.or([where('id', '=', id), where('parent_id', '=', id)]))
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

function selected(db: Kysely<Tables>, reach: Reach, filter: Parameters<ApiKeyStore['count']>[1]) {
  let query = db.selectFrom('api_keys').where('kind', '=', filter.kind ?? 'key');
  if (reach !== 'everyone') query = query.where('account_id', '=', reach.accountId);
  if (filter.parentId !== undefined) query = query.where('parent_id', '=', filter.parentId);
  return query;
}

function withinReach(db: Kysely<Tables>, reach: Reach, ids: readonly string[]) {
  const query = db.selectFrom('api_keys').selectAll().where('id', 'in', ids);
  return reach === 'everyone' ? query : query.where('account_id', '=', reach.accountId);
}

/** The key as it is once nobody else is changing it. Writing to it first is what locks it, in both databases. */
async function lockedWithinReach(db: Kysely<Tables>, reach: Reach, id: string, nowMs: number) {
  const find = () => withinReach(db, reach, [id]).executeTakeFirst();
  if ((await find()) === undefined) return undefined;
  await db.updateTable('api_keys').set({ changed_at: nowMs }).where('id', '=', id).execute();
  return find();
}

async function changedSince(db: Kysely<Tables>, sinceMs: number) {
  const keys = db.selectFrom('api_keys').select(['api_keys.id', 'api_keys.revoked_at']);
  const rows = await keys
    .where('api_keys.changed_at', '>=', sinceMs)
    .union(keys.innerJoin('accounts', 'accounts.id', 'api_keys.account_id').where('accounts.changed_at', '>=', sinceMs))
    .union(
      keys
        .innerJoin('api_keys as parents', 'parents.id', 'api_keys.parent_id')
        .where('parents.changed_at', '>=', sinceMs),
    )
    .execute();
  return rows.map(({ id, revoked_at }) => ({ id, revoked: revoked_at !== null }));
}
