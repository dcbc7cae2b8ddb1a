import type { Reach } from './records.ts';

/** What activity can be told apart by. */
export const activityDimensions = ['model', 'provider', 'key', 'app', 'user', 'account'] as const;
export type ActivityDimension = (typeof activityDimensions)[number];
export type Interval = 'hour' | 'day' | 'month';

/** Sums over the finished generations that share an interval and the dimensions asked for. */
export interface ActivityRow {
  /** When the interval begins, UTC; absent where none was asked for. */
  readonly start?: number;
  /** Only those asked for; undefined inside: the generations that have none. */
  readonly dimensions: { readonly [Dimension in ActivityDimension]?: string | undefined };
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
  readonly cachedTokens: number;
  readonly costNano: number;
}

/** The last 24 hours, 7 days, 30 days, or since the first record. */
export const rankingPeriods = ['day', 'week', 'month', 'all_time'] as const;
export type RankingPeriod = (typeof rankingPeriods)[number];

export interface ModelRankingRow {
  /** 1 for the first. */
  readonly rank: number;
  /** The model's slug. */
  readonly model: string;
  readonly requests: number;
  readonly totalTokens: number;
}
export interface AppRankingRow {
  readonly rank: number;
  readonly appId: string;
  readonly url: string;
  readonly title?: string;
  readonly categories: readonly string[];
  readonly requests: number;
  readonly totalTokens: number;
  /** Tokens of the period minus the mean of the three periods before it; absent for all time. */
  readonly trend?: number;
}

export interface AnalyticsStore {
  /** Of generations created from `from` (inclusive) to `to` (exclusive); by interval, then the dearest first. */
  readonly activity: (
    reach: Reach,
    query: {
      readonly from: number;
      readonly to: number;
      readonly groupBy: readonly ActivityDimension[];
      readonly interval?: Interval;
    },
  ) => Promise<readonly ActivityRow[]>;
  /** By tokens, of every account. */
  readonly modelRankings: (period: RankingPeriod, limit: number) => Promise<readonly ModelRankingRow[]>;
  /** Of every account that lets its requests be attributed. popular: by tokens; trending: by trend, which all time has none of. */
  readonly appRankings: (
    period: RankingPeriod,
    sort: 'popular' | 'trending',
    limit: number,
  ) => Promise<readonly AppRankingRow[]>;
}
