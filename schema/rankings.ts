import type { AppRankingRow, ModelRankingRow, RankingPeriod } from '../src/storage/analytics-contract.ts';
import { AppRef } from './app.ts';
import { badInput } from './bad-input.ts';
import { builder, enumOf } from './builder.ts';
import { ModelRef } from './model.ts';

const RankingPeriodEnum = enumOf<RankingPeriod>('RankingPeriod', 'The time that a ranking is about.', {
  day: 'The last 24 hours.',
  week: 'The last 7 days.',
  month: 'The last 30 days.',
  all_time: 'Since the first record.',
});

const AppRankingSortEnum = enumOf<'popular' | 'trending'>('AppRankingSort', 'What brings an app to the top.', {
  popular: 'Tokens in the period.',
  trending: 'Tokens in the period beyond the mean of the three periods before it. All time has no such.',
});

const countNote = 'A whole number, as a Float because it may pass 2³¹.';

const ModelRankingRef = builder.objectRef<ModelRankingRow>('ModelRanking').implement({
  description: 'The place of a model among those that the whole server used.',
  fields: (t) => ({
    rank: t.exposeInt('rank', { description: 'Its place: 1 for the model with the most tokens, then 2, 3 and so on.' }),
    modelSlug: t.exposeString('model', { description: 'The slug of the model, also of one that is no longer known.' }),
    model: t.field({
      type: ModelRef,
      nullable: true,
      description: 'The model itself. Null where the catalog no longer has it.',
      resolve: ({ model }, _args, { catalog }) => catalog.model(model) ?? null,
    }),
    requests: t.exposeFloat('requests', { description: `How many generations it served. ${countNote}` }),
    totalTokens: t.exposeFloat('totalTokens', {
      description: `Tokens of their prompts and answers together. ${countNote}`,
    }),
  }),
});

const AppRankingRef = builder.objectRef<AppRankingRow>('AppRanking').implement({
  description: 'The place of an app among those that requests of the whole server named.',
  fields: (t) => ({
    rank: t.exposeInt('rank', {
      description: 'Its place: 1 for the first app by the order that was asked for, then 2, 3 and so on.',
    }),
    app: t.field({
      type: AppRef,
      description: 'The app itself, by what it last said of itself.',
      resolve: ({ appId, url, title, categories }) => ({
        id: appId,
        url,
        categories,
        ...(title !== undefined && { title }),
      }),
    }),
    requests: t.exposeFloat('requests', { description: `How many generations came from it. ${countNote}` }),
    totalTokens: t.exposeFloat('totalTokens', {
      description: `Tokens of their prompts and answers together. ${countNote}`,
    }),
    trend: t.exposeFloat('trend', {
      nullable: true,
      description: 'Tokens of the period without the mean of the three periods before it. Null for all time.',
    }),
  }),
});

const sourceNote = 'Of the whole server, with no word on who asked; some seconds old. Takes the scope `USAGE_READ`.';
const defaultLength = 20;

builder.queryField('modelRankings', (t) =>
  t.field({
    type: [ModelRankingRef],
    description: `The models that were used the most, by their tokens. ${sourceNote}`,
    args: {
      period: t.arg({ type: RankingPeriodEnum, required: true, description: 'Which time it is about.' }),
      first: t.arg.int({ description: 'How many, 1 to 100; more counts as 100. Absent: 20.' }),
    },
    resolve: (_root, { period, first }, { accounts, caller }) =>
      accounts.reports.modelRankings(caller, period, lengthOf(first)),
  }),
);

builder.queryField('appRankings', (t) =>
  t.field({
    type: [AppRankingRef],
    description: `The apps that were used the most, of the accounts that let their requests be attributed. ${sourceNote}`,
    args: {
      period: t.arg({ type: RankingPeriodEnum, required: true, description: 'Which time it is about.' }),
      sort: t.arg({ type: AppRankingSortEnum, description: 'In which order; absent for POPULAR.' }),
      first: t.arg.int({ description: 'How many, 1 to 100; more counts as 100. Absent: 20.' }),
    },
    resolve: (_root, { period, sort, first }, { accounts, caller }) =>
      accounts.reports.appRankings(caller, period, sort ?? 'popular', lengthOf(first)),
  }),
);

function lengthOf(first: number | null | undefined): number {
  if (first != null && first < 1) throw badInput(`\`first\` is ${first}, but a ranking has at least 1 place.`);
  return first ?? defaultLength;
}
