import { type Kysely, sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import { recordAct } from './audit-log.ts';
import { batched } from './batched.ts';
import type { Database } from './database.ts';
import { cursorAt, type Order, pageOf, pageQuery } from './page.ts';
import { changed, jsonOf, parsed, present } from './present.ts';
import type { AccountRecord } from './records.ts';
import type { AccountStore } from './store.ts';
import type { AccountsTable, Tables } from './tables.ts';

const order: Order = { number: sql<number>`created_at`, text: sql<string>`id`, newestFirst: false };

/** The accounts of a database. */
export function createAccountStore(database: Database, clock: Clock): AccountStore {
  const find = batched(
    (_everyone, ids) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('accounts').selectAll().where('id', 'in', ids).execute();
        return rows.map(accountRecord);
      }),
    ({ id }) => id,
  );
  return {
    create: (account, act) =>
      database.write(async (db) => {
        const now = clock.now();
        await db
          .insertInto('accounts')
          .values({ ...accountRow(account), changed_at: now })
          .execute();
        await recordAct(db, now, act, account.id, undefined, account);
      }),
    get: (id) => find('everyone', id),
    list: (page) =>
      database.read(async (db) => {
        const { where, byNumber, byText, limit } = pageQuery(page, order);
        const query = db.selectFrom('accounts').selectAll().where(where).orderBy(byNumber).orderBy(byText);
        const rows = await query.limit(limit).execute();
        return pageOf(rows, page, (row) => cursorAt(row.created_at, row.id), accountRecord);
      }),
    count: () =>
      database.read(async (db) => {
        const counted = db.selectFrom('accounts').select((of) => of.fn.countAll<number>().as('count'));
        return (await counted.executeTakeFirstOrThrow()).count;
      }),
    update: (id, change, act) =>
      database.write(async (db) => {
        const now = clock.now();
        await touchAccount(db, id, now);
        const before = await findAccount(db, id);
        if (before === undefined) return undefined;
        const after = changed(before, change);
        await db.updateTable('accounts').set(accountRow(after)).where('id', '=', id).execute();
        await recordAct(db, now, act, id, before, after);
        return after;
      }),
  };
}

/** Locks the account's row, and tells every replica to look at its keys anew. */
export async function touchAccount(db: Kysely<Tables>, id: string, nowMs: number): Promise<void> {
  await db.updateTable('accounts').set({ changed_at: nowMs }).where('id', '=', id).execute();
}

async function findAccount(db: Kysely<Tables>, id: string): Promise<AccountRecord | undefined> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : accountRecord(row);
}

/** The record that a row holds. */
export function accountRecord(row: AccountsTable): AccountRecord {
  return {
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    zdr: row.zdr === 1,
    attribution: row.attribution === 1,
    ...present({
      closedAt: row.closed_at,
      defaultModel: row.default_model,
      defaultProvider: parsed<ProviderPreferences>(row.default_provider),
      dataCollection: row.data_collection,
      contentRetentionDays: row.content_retention_days,
    }),
  };
}

function accountRow(account: AccountRecord): Omit<AccountsTable, 'changed_at'> {
  return {
    id: account.id,
    name: account.name,
    created_at: account.createdAt,
    closed_at: account.closedAt ?? null,
    default_model: account.defaultModel ?? null,
    default_provider: jsonOf(account.defaultProvider),
    data_collection: account.dataCollection ?? null,
    zdr: account.zdr ? 1 : 0,
    attribution: account.attribution ? 1 : 0,
    content_retention_days: account.contentRetentionDays ?? null,
  };
}
