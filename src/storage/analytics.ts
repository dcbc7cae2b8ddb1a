import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { ActivityDimension, ActivityRow, AnalyticsStore, Interval } from './analytics-contract.ts';
import type { Database } from './database.ts';
import { createRankings } from './rankings.ts';

const dayMs = 86_400_000;

/** Months differ in length: they are added up from days. */
const bucketMs = { hour: 3_600_000, day: dayMs, month: dayMs } as const satisfies Record<Interval, number>;

const columns = {
  model: 'model',
  provider: 'provider',
  key: 'key_id',
  app: 'app_id',
  user: 'user_id',
  account: 'account_id',
} as const satisfies Record<ActivityDimension, string>;

const sumOf = (column: string) => sql<number>`cast(coalesce(sum(${sql.ref(column)}), 0) as bigint)`;

/** What the records of a database's generations add up to. */
export function createAnalytics(database: Database, clock: Clock): AnalyticsStore {
  return {
    ...createRankings(database, clock),
    activity: (reach, { from, to, groupBy, interval }) =>
      database.read(async (db) => {
        let query = db
          .selectFrom('generations')
          .where('state', '=', 'done')
          .where('created_at', '>=', from)
          .where('created_at', '<', to)
          .select((of) => [
            of.fn.countAll<number>().as('requests'),
            sumOf('prompt_tokens').as('promptTokens'),
            sumOf('completion_tokens').as('completionTokens'),
            sumOf('reasoning_tokens').as('reasoningTokens'),
            sumOf('cached_tokens').as('cachedTokens'),
            sumOf('cost_nano').as('costNano'),
          ]);
        if (reach !== 'everyone') query = query.where('account_id', '=', reach.accountId);
        const dimensions = [...new Set(groupBy)];
        const grouped = dimensions.map((dimension) => sql<string | null>`${sql.ref(columns[dimension])}`);
        const size = sql.lit(interval === undefined ? 1 : bucketMs[interval]);
        const bucket = interval === undefined ? sql<number>`0` : sql<number>`created_at - created_at % ${size}`;
        const keys = [...(interval === undefined ? [] : [bucket]), ...grouped];
        if (keys.length > 0) query = query.groupBy(keys);
        const rows = await query
          .select(bucket.as('bucket'))
          .select(grouped.map((column, index) => column.as(`dimension${index}`)))
          .execute();
        const found = rows.map((row) => {
          const values = new Map(Object.entries(row));
          const told = dimensions.map((dimension, index) => [dimension, values.get(`dimension${index}`) ?? undefined]);
          const { requests, promptTokens, completionTokens, reasoningTokens, cachedTokens, costNano } = row;
          const sums = { requests, promptTokens, completionTokens, reasoningTokens, cachedTokens, costNano };
          const start = interval === undefined ? {} : { start: startOf(row.bucket, interval) };
          return { ...start, dimensions: Object.fromEntries(told), ...sums } satisfies ActivityRow;
        });
        // Without anything to group by, SQL gives one row of zeros where there is nothing.
        return merged(found.filter(({ requests }) => requests > 0)).sort(byTimeThenCost);
      }),
  };
}

function startOf(bucket: number, interval: Interval): number {
  if (interval !== 'month') return bucket;
  const day = new Date(bucket);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth());
}

/** Adds up the rows of one month. */
function merged(rows: readonly ActivityRow[]): ActivityRow[] {
  const sums = new Map<string, ActivityRow>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined
        ? row
        : {
            ...row,
            requests: sum.requests + row.requests,
            promptTokens: sum.promptTokens + row.promptTokens,
            completionTokens: sum.completionTokens + row.completionTokens,
            reasoningTokens: sum.reasoningTokens + row.reasoningTokens,
            cachedTokens: sum.cachedTokens + row.cachedTokens,
            costNano: sum.costNano + row.costNano,
          },
    );
  }
  return [...sums.values()];
}

const keyOf = ({ start, dimensions }: ActivityRow): string => JSON.stringify([start, Object.values(dimensions)]);

function byTimeThenCost(a: ActivityRow, b: ActivityRow): number {
  const difference = (a.start ?? 0) - (b.start ?? 0) || b.costNano - a.costNano;
  return difference !== 0 ? difference : keyOf(a) < keyOf(b) ? -1 : 1;
}
