import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely';
import type { checkpointRow, openRow, outcomeRow } from './generation-row.ts';
import { bigValue, prepare, value } from './prepared-query.ts';
import type { GenerationsTable, Tables } from './tables.ts';

/** What requests ask of the database, compiled once for it. */
export type BookQueries = ReturnType<typeof createBookQueries>;

export function createBookQueries(db: Kysely<Tables>) {
  const open = db.updateTable('generations').where('id', '=', value<string>('id')).where('state', '=', 'open');
  const held = ['account_id', 'caps', 'reserved_nano', 'cost_nano'] as const;

  return {
    capsOf: perCount((count) => {
      const ids = Array.from({ length: count }, (_, index) => value<string>(`id${index}`));
      return prepare(db.selectFrom('caps').select('id').where('id', 'in', ids).orderBy('id').compile());
    }),
    cap: prepare(db.selectFrom('caps').selectAll().where('id', '=', value<string>('id')).compile()),

    admit: prepare(
      db
        .insertInto('generations')
        .values(placesOf(admissionColumns))
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
    ),
    byId: prepare(db.selectFrom('generations').selectAll().where('id', '=', value<string>('id')).compile()),
    byIdempotencyKey: prepare(
      db
        .selectFrom('generations')
        .selectAll()
        .where('account_id', '=', value<string>('account_id'))
        .where(sql<string>`coalesce(key_id, '')`, '=', value<string>('key_id'))
        .where('idempotency_key', '=', value<string>('idempotency_key'))
        .compile(),
    ),

    reserve: prepare(
      db
        .updateTable('caps')
        .set({ reserved_nano: sql<number>`reserved_nano + ${bigValue('amount')}` })
        .where('id', '=', value<string>('id'))
        .where(sql<boolean>`(limit_nano is null or spent_nano + reserved_nano + ${bigValue('amount')} <= limit_nano)`)
        .compile(),
    ),
    release: prepare(
      db
        .updateTable('caps')
        .set({
          reserved_nano: sql<number>`reserved_nano - ${bigValue('held')}`,
          // What is spent first in a new period begins its sum.
          spent_nano: sql<number>`case when period_start < ${periodStart} then 0 else spent_nano end + ${bigValue('cost')}`,
          period_start: sql<number>`case when period_start < ${periodStart} then ${periodStart} else period_start end`,
        })
        .where('id', '=', value<string>('id'))
        .compile(),
    ),
    roll: prepare(
      db
        .updateTable('caps')
        .set({ spent_nano: value<number>('spent'), period_start: value<number>('start') })
        .where('id', '=', value<string>('id'))
        .where('period_start', '<', bigValue('start'))
        .compile(),
    ),
    charge: prepare(
      db
        .insertInto('ledger')
        .values({
          id: value<string>('id'),
          account_id: value<string>('account_id'),
          kind: 'charge',
          amount_nano: value<number>('amount'),
          generation_id: value<string>('generation_id'),
          at: value<number>('at'),
          note: null,
          actor: null,
        })
        .compile(),
    ),

    extend: prepare(
      open
        .set({ reserved_nano: sql<number>`reserved_nano + ${bigValue('amount')}` })
        .returning('caps')
        .compile(),
    ),
    checkpoint: prepare(open.set(placesOf(checkpointColumns)).compile()),
    settle: prepare(
      open
        .set({ state: 'done', ...placesOf(outcomeColumns) })
        .returning(held)
        .compile(),
    ),
    /** Settles one that holds of no cap. */
    end: prepare(
      open
        .set({ state: 'done', ...placesOf(outcomeColumns) })
        .where('caps', '=', '[]')
        .compile(),
    ),
    /** Lets go of the idempotency key of one that runs. */
    freeKey: prepare(open.set({ idempotency_key: null, request_hash: null }).compile()),
    reap: prepare(
      open
        .set({
          state: 'done',
          finished_at: value<number>('now'),
          cost_nano: sql<number>`checkpoint_nano`,
          operator_cost_nano: sql<number>`checkpoint_nano`,
          termination: 'crash',
          usage_source: 'estimated',
          duration_ms: sql<number>`${bigValue('now')} - created_at`,
        })
        .where(abandoned)
        .returning(held)
        .compile(),
    ),
    abandoned: prepare(
      db
        .selectFrom('generations')
        .select('id')
        .where('state', '=', 'open')
        .where(abandoned)
        .orderBy('expires_at')
        .limit(bigValue('limit'))
        .compile(),
    ),
  };
}

/** When the running period of a cap began. */
const periodStart = sql<number>`case reset when 'daily' then ${bigValue('daily')} when 'weekly' then ${bigValue('weekly')}
  when 'monthly' then ${bigValue('monthly')} else ${bigValue('none')} end`;

/** Nobody will settle it: its time is over, or the process that ran it is. */
const abandoned = sql<boolean>`(expires_at < ${bigValue('now')} or (replica = ${value('replica')} and boot <> ${value('boot')}))`;

const admissionColumns = {
  id: true,
  account_id: true,
  key_id: true,
  parent_key_id: true,
  app_id: true,
  user_id: true,
  session_id: true,
  idempotency_key: true,
  request_hash: true,
  state: true,
  replica: true,
  boot: true,
  created_at: true,
  expires_at: true,
  reserved_nano: true,
  caps: true,
  checkpoint_nano: true,
  requested: true,
  streamed: true,
  attempts: true,
  cost_nano: true,
  operator_cost_nano: true,
} as const satisfies Record<keyof ReturnType<typeof openRow>, true>;

const checkpointColumns = {
  checkpoint_nano: true,
  expires_at: true,
  model: true,
  provider: true,
  endpoint: true,
  prompt_tokens: true,
  completion_tokens: true,
  total_tokens: true,
  cached_tokens: true,
  cache_write_tokens: true,
  reasoning_tokens: true,
  usage_source: true,
} as const satisfies Record<keyof ReturnType<typeof checkpointRow>, true>;

const outcomeColumns = {
  finished_at: true,
  cost_nano: true,
  operator_cost_nano: true,
  termination: true,
  model: true,
  provider: true,
  endpoint: true,
  attempts: true,
  prompt_tokens: true,
  completion_tokens: true,
  total_tokens: true,
  cached_tokens: true,
  cache_write_tokens: true,
  reasoning_tokens: true,
  usage_source: true,
  finish_reason: true,
  native_finish_reason: true,
  error_kind: true,
  first_content_ms: true,
  duration_ms: true,
} as const satisfies Record<keyof ReturnType<typeof outcomeRow>, true>;

/** A place for the value of each column, under the column's name. */
function placesOf<Column extends keyof GenerationsTable>(columns: Readonly<Record<Column, true>>) {
  const places: { [Key in Column]: RawBuilder<GenerationsTable[Key]> } = Object.assign(
    {},
    ...Object.keys(columns).map((column) => ({ [column]: value(column) })),
  );
  return places satisfies { [Key in Column]: Expression<GenerationsTable[Key]> };
}

/** Makes a query for a number of ids when it is first asked for. */
function perCount<Query>(make: (count: number) => Query): (count: number) => Query {
  const made = new Map<number, Query>();
  return (count) => {
    const query = made.get(count) ?? make(count);
    made.set(count, query);
    return query;
  };
}
