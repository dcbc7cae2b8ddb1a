import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { AnalyticsStore, AppRankingRow, RankingPeriod } from './analytics-contract.ts';
import type { Database } from './database.ts';
import { parsed, present } from './present.ts';

const dayMs = 86_400_000;
const periodMs = { day: dayMs, week: 7 * dayMs, month: 30 * dayMs } as const;

/** How many periods before the one that counts a trend is measured against. */
const priorPeriods = 3;

const requests = sql<number>`count(*)`;
const tokens = sql<number>`cast(coalesce(sum(total_tokens), 0) as bigint)`;

/** Which models and apps are used the most, by the records of a database. */
export function createRankings(
  database: Database,
  clock: Clock,
): Pick<AnalyticsStore, 'modelRankings' | 'appRankings'> {
  return {
    modelRankings: (period, limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('generations')
          .select(['model', requests.as('requests'), tokens.as('totalTokens')])
          .where('state', '=', 'done')
          .where('model', 'is not', null)
          .where('created_at', '>=', startOf(period, clock.now()))
          .groupBy('model')
          .orderBy('totalTokens', 'desc')
          .orderBy('model')
          .limit(limit)
          .execute();
        return rows.map((row, index) => ({ ...row, rank: index + 1, model: row.model ?? '' }));
      }),
    appRankings: (period, sort, limit) =>
      database.read(async (db) => {
        const now = clock.now();
        const start = startOf(period, now);
        const since = period === 'all_time' ? 0 : now - (priorPeriods + 1) * periodMs[period];
        const part = (of: ReturnType<typeof sql>, condition: ReturnType<typeof sql>) =>
          sql<number>`cast(sum(case when ${condition} then ${of} else 0 end) as bigint)`;
        const used = sql`coalesce(generations.total_tokens, 0)`;
        const within = sql`generations.created_at >= ${start}`;
        const rows = await db
          .selectFrom('generations')
          .innerJoin('apps', 'apps.id', 'generations.app_id')
          .select(['apps.id', 'apps.url', 'apps.title', 'apps.categories'])
          .select([
            part(sql`1`, within).as('requests'),
            part(used, within).as('totalTokens'),
            part(used, sql`generations.created_at < ${start}`).as('earlierTokens'),
          ])
          .where('generations.state', '=', 'done')
          .where('generations.created_at', '>=', since)
          .groupBy(['apps.id', 'apps.url', 'apps.title', 'apps.categories'])
          .execute();
        const ranked = rows
          .filter((row) => row.requests > 0)
          .map((row) => ({
            appId: row.id,
            url: row.url,
            categories: parsed<string[]>(row.categories) ?? [],
            requests: row.requests,
            totalTokens: row.totalTokens,
            ...present({
              title: row.title,
              trend: period === 'all_time' ? null : row.totalTokens - row.earlierTokens / priorPeriods,
            }),
          }))
          .sort((a, b) => score(b, sort) - score(a, sort) || (a.appId < b.appId ? -1 : 1));
        return ranked.slice(0, limit).map((row, index) => ({ rank: index + 1, ...row }));
      }),
  };
}

const score = (row: Omit<AppRankingRow, 'rank'>, sort: 'popular' | 'trending'): number =>
  sort === 'trending' ? (row.trend ?? row.totalTokens) : row.totalTokens;

const startOf = (period: RankingPeriod, nowMs: number): number =>
  period === 'all_time' ? 0 : nowMs - periodMs[period];
