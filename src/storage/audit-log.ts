import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { JsonObject } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { cursorAt, type Order, pageOf, pageQuery } from './page.ts';
import { jsonOf, parsed, present } from './present.ts';
import type { AuditRecord } from './records.ts';
import type { Act, AuditLog } from './store.ts';
import type { AuditLogTable, Tables } from './tables.ts';

const order: Order = { number: sql<number>`id`, text: sql<string>`''`, newestFirst: true };

/** How many entries are read at a time to verify the log. */
const chunkSize = 1_000;

/** The audit log of a database. */
export function createAuditLog(database: Database, clock: Clock): AuditLog {
  return {
    append: (entry) => database.write((db) => appendEntry(db, clock.now(), entry)),
    list: (page) =>
      database.read(async (db) => {
        const { where, byNumber, limit } = pageQuery(page, order);
        const rows = await db.selectFrom('audit_log').selectAll().where(where).orderBy(byNumber).limit(limit).execute();
        return pageOf(rows, page, (row) => cursorAt(row.id, ''), auditRecord);
      }),
    count: () => database.read(async (db) => (await head(db)).entries),
    verify: () => database.read(verify),
  };
}

/** Writes the entry of an act into the transaction of the act. Only what both describe can be seen to differ is kept. */
export async function recordAct(
  db: Kysely<Tables>,
  nowMs: number,
  act: Act,
  target: string,
  before: object | undefined,
  after: object | undefined,
): Promise<void> {
  await appendEntry(db, nowMs, { ...act, target, ...present({ before: plain(before), after: plain(after) }) });
}

async function appendEntry(
  db: Kysely<Tables>,
  nowMs: number,
  entry: Pick<AuditRecord, 'actor' | 'action' | 'target' | 'before' | 'after'>,
): Promise<AuditRecord> {
  // Writing to the head first makes everybody else who appends wait until this entry is committed or undone.
  const { entries, hash: previousHash } = await db
    .updateTable('audit_head')
    .set({ entries: sql<number>`entries + 1` })
    .returning(['entries', 'hash'])
    .executeTakeFirstOrThrow();
  const unsigned = {
    id: entries,
    at: nowMs,
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    before_json: jsonOf(entry.before),
    after_json: jsonOf(entry.after),
    previous_hash: previousHash,
  };
  const row = { ...unsigned, hash: hashOf(unsigned) };
  await db.insertInto('audit_log').values(row).execute();
  await db.updateTable('audit_head').set({ hash: row.hash }).execute();
  return auditRecord(row);
}

function hashOf(row: Omit<AuditLogTable, 'hash'>): string {
  const { previous_hash, id, at, actor, action, target, before_json, after_json } = row;
  return createHash('sha256')
    .update(JSON.stringify([previous_hash, id, at, actor, action, target, before_json, after_json]))
    .digest('hex');
}

async function verify(db: Kysely<Tables>): Promise<{ entries: number; brokenAt?: number }> {
  const { entries, hash: lastHash } = await head(db);
  let good = 0;
  let hash = '';
  for (;;) {
    const rows = await db
      .selectFrom('audit_log')
      .selectAll()
      .where('id', '>', good)
      .where('id', '<=', entries)
      .orderBy('id')
      .limit(chunkSize)
      .execute();
    for (const row of rows) {
      if (row.id !== good + 1 || row.previous_hash !== hash || row.hash !== hashOf(row))
        return { entries: good, brokenAt: good + 1 };
      good = row.id;
      hash = row.hash;
    }
    if (rows.length < chunkSize) break;
  }
  return good === entries && hash === lastHash ? { entries: good } : { entries: good, brokenAt: good + 1 };
}

const head = (db: Kysely<Tables>) => db.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow();

const plain = (value: object | undefined): JsonObject | null =>
  value === undefined ? null : JSON.parse(JSON.stringify(value));

function auditRecord(row: AuditLogTable): AuditRecord {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    target: row.target,
    previousHash: row.previous_hash,
    hash: row.hash,
    ...present({ before: parsed<JsonObject>(row.before_json), after: parsed<JsonObject>(row.after_json) }),
  };
}
