import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type {
  ActivityDimension,
  ActivityRow,
  AppRankingRow,
  Interval,
  ModelRankingRow,
  RankingPeriod,
} from '../storage/analytics-contract.ts';
import type { AppRecord } from '../storage/records.ts';
import type { Store } from '../storage/store.ts';
import { invalid } from './key-rules.ts';
import { demandScope, reachOf } from './permissions.ts';

export interface ActivityQuery {
  /** Milliseconds since the epoch; `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly groupBy: readonly ActivityDimension[];
  readonly interval?: Interval;
}

/**
 * What was used, added up. Takes the scope `usage:read`. Activity is of the own account, or for an administrator of every one; the
 * rankings are of the whole server, and name no account. All reject with AccountError, and with StoreUnavailable where the store does.
 */
export interface UsageReports {
  readonly activity: (by: Caller, query: ActivityQuery) => Promise<readonly ActivityRow[]>;
  /** At most 100. Some seconds old. */
  readonly modelRankings: (by: Caller, period: RankingPeriod, limit: number) => Promise<readonly ModelRankingRow[]>;
  /** At most 100. Some seconds old. */
  readonly appRankings: (
    by: Caller,
    period: RankingPeriod,
    sort: 'popular' | 'trending',
    limit: number,
  ) => Promise<readonly AppRankingRow[]>;
  readonly app: (by: Caller, id: string) => Promise<AppRecord | undefined>;
  /** What keys have spent, by their ids; a key that is not in it has spent nothing. Without the scope, the caller's own key alone. */
  readonly spending: (by: Caller) => Promise<ReadonlyMap<string, Spending>>;
}

/** What a key has spent, nano-dollars: ever, and since the beginning of the day, the week (a Monday) and the month, UTC. */
export interface Spending {
  readonly everNano: number;
  readonly dayNano: number;
  readonly weekNano: number;
  readonly monthNano: number;
}

const dayMs = 86_400_000;

/** How far a report may reach, so that it does not have too many rows. */
const mostDays = { hour: 31, day: 366, month: 3_660 } as const satisfies Record<Interval, number>;
const mostRows = 10_000;

/** Rankings read the whole table: they are kept for so long. */
const rankingsMs = 10_000;
const longestRanking = 100;

export function createUsageReports(store: Pick<Store, 'analytics' | 'apps'>, clock: Clock): UsageReports {
  const { analytics } = store;
  const models = keptFor(rankingsMs, clock, (period: RankingPeriod) => analytics.modelRankings(period, longestRanking));
  const popular = keptFor(rankingsMs, clock, (period: RankingPeriod) =>
    analytics.appRankings(period, 'popular', longestRanking),
  );
  const trending = keptFor(rankingsMs, clock, (period: RankingPeriod) =>
    analytics.appRankings(period, 'trending', longestRanking),
  );
  return {
    async activity(by, query) {
      demandScope(by, 'usage:read');
      const { from, to, interval } = query;
      if (from >= to) throw invalid('to', '`to` must lie after `from`.');
      if (interval !== undefined && to - from > mostDays[interval] * dayMs) {
        throw invalid('interval', `By ${interval}, a report may cover ${mostDays[interval]} days.`);
      }
      const rows = await analytics.activity(reachOf(by), query);
      if (rows.length > mostRows) {
        throw invalid('groupBy', `The report has more than ${mostRows} rows. Ask for less time, or fewer dimensions.`);
      }
      return rows;
    },
    async modelRankings(by, period, limit) {
      demandScope(by, 'usage:read');
      return (await models(period)).slice(0, limit);
    },
    async appRankings(by, period, sort, limit) {
      demandScope(by, 'usage:read');
      if (sort === 'trending' && period === 'all_time') {
        throw invalid('sort', 'A trend compares a period with those before it: all time has none.');
      }
      return (await (sort === 'popular' ? popular : trending)(period)).slice(0, limit);
    },
    async app(by, id) {
      demandScope(by, 'usage:read');
      return store.apps.get(id);
    },
    async spending(by) {
      const all = by.scopes.has('usage:read') || by.scopes.has('admin');
      const nowMs = clock.now();
      const starts = { day: startOfDay(nowMs), week: startOfWeek(nowMs), month: startOfMonth(nowMs) };
      const ask = (from: number, interval?: Interval) =>
        analytics.activity(reachOf(by), {
          from,
          to: nowMs + 1,
          groupBy: ['key'],
          ...(interval !== undefined && { interval }),
        });
      const [ever, days] = await Promise.all([ask(0), ask(Math.min(starts.week, starts.month), 'day')]);
      const daysOf = Map.groupBy(days, ({ dimensions }) => dimensions.key);
      const since = (key: string, start: number) =>
        (daysOf.get(key) ?? []).reduce((sum, row) => sum + ((row.start ?? 0) < start ? 0 : row.costNano), 0);
      const seen = ever.flatMap(({ dimensions: { key }, costNano }) =>
        key === undefined || !(all || key === by.keyId) ? [] : [[key, costNano] as const],
      );
      return new Map(
        seen.map(([key, everNano]) => [
          key,
          {
            everNano,
            dayNano: since(key, starts.day),
            weekNano: since(key, starts.week),
            monthNano: since(key, starts.month),
          },
        ]),
      );
    },
  };
}

function startOfDay(nowMs: number): number {
  return Math.floor(nowMs / dayMs) * dayMs;
}

/** 1 January 1970 was a Thursday. */
function startOfWeek(nowMs: number): number {
  const day = Math.floor(nowMs / dayMs);
  return (day - ((day + 3) % 7)) * dayMs;
}

function startOfMonth(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
}

/** Asks once for all who ask within `forMs`. A failure is not kept. */
function keptFor<Key, Answer>(forMs: number, clock: Clock, ask: (key: Key) => Promise<Answer>) {
  const kept = new Map<Key, { readonly answer: Promise<Answer>; readonly untilMs: number }>();
  return (key: Key): Promise<Answer> => {
    const known = kept.get(key);
    if (known !== undefined && clock.monotonic() < known.untilMs) return known.answer;
    const answer = ask(key);
    const entry = { answer, untilMs: clock.monotonic() + forMs };
    kept.set(key, entry);
    answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return answer;
  };
}
