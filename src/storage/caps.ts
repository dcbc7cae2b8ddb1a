import { type Kysely, sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { touchAccount } from './accounts.ts';
import { touchApiKey } from './api-keys.ts';
import { recordAct } from './audit-log.ts';
import { batched } from './batched.ts';
import { capRecord } from './cap-row.ts';
import type { Database } from './database.ts';
import { periodStarts } from './periods.ts';
import { present } from './present.ts';
import type { CapRecord } from './records.ts';
import type { CapStore } from './store.ts';
import type { Tables } from './tables.ts';

/** The caps of a database. */
export function createCapStore(database: Database, clock: Clock): CapStore {
  const list = (ids: readonly string[]) =>
    database.read(async (db) => {
      if (ids.length === 0) return [];
      const rows = await db.selectFrom('caps').selectAll().where('id', 'in', ids).orderBy('id').execute();
      return rows.map((row) => capRecord(row, clock.now()));
    });
  const find = batched(
    (_everyone, ids) => list(ids),
    ({ id }) => id,
  );
  return {
    get: (id) => find('everyone', id),
    list,
    set: ({ id, limitNano, reset }, act) =>
      database.write(async (db) => {
        const touch = touching(id);
        const now = clock.now();
        const periods = periodStarts(now);
        const before = await findCap(db, id, now);
        const running = sql<number>`case caps.reset when 'daily' then cast(${periods.daily} as bigint)
          when 'weekly' then cast(${periods.weekly} as bigint) when 'monthly' then cast(${periods.monthly} as bigint) else 0 end`;
        const row = await db
          .insertInto('caps')
          .values({
            id,
            limit_nano: limitNano ?? null,
            reset,
            period_start: periods[reset],
            reserved_nano: 0,
            spent_nano: 0,
          })
          .onConflict((conflict) =>
            conflict.column('id').doUpdateSet({
              limit_nano: limitNano ?? null,
              reset,
              period_start: periods[reset],
              spent_nano: sql<number>`case when caps.period_start < ${running} then 0 else caps.spent_nano end`,
            }),
          )
          .returningAll()
          .executeTakeFirstOrThrow();
        const after = capRecord(row, now);
        await touch(db, now);
        await recordAct(db, now, act, id, before && shown(before), shown(after));
        return after;
      }),
  };
}

/** What a cap limits: whose keys replicas have to look at anew when it changes. */
function touching(capId: string): (db: Kysely<Tables>, nowMs: number) => Promise<void> {
  const [kind, of] = capId.split(':', 2);
  if (of !== undefined && kind === 'budget') return (db, nowMs) => touchAccount(db, of, nowMs);
  if (of !== undefined && kind === 'limit') return (db, nowMs) => touchApiKey(db, of, nowMs);
  throw new TypeError(`${capId} is neither a budget nor a key's limit.`);
}

async function findCap(db: Kysely<Tables>, id: string, nowMs: number): Promise<CapRecord | undefined> {
  const row = await db.selectFrom('caps').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : capRecord(row, nowMs);
}

/** What the audit log says of a cap: what was decided, and not what requests did to it meanwhile. */
const shown = ({ limitNano, reset }: CapRecord) => present({ limitNano: limitNano ?? null, reset });
