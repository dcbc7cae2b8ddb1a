import { dollarsOfNano } from '../src/accounts/amounts.ts';
import type { ActivityDimension, ActivityRow, Interval } from '../src/storage/analytics-contract.ts';
import { builder, enumOf } from './builder.ts';

const ActivityDimensionEnum = enumOf<ActivityDimension>('ActivityDimension', 'What a report can be told apart by.', {
  model: 'The model that served.',
  provider: 'The provider that served.',
  key: 'The key or client token that asked.',
  app: 'The program that requests say they come from.',
  user: 'The end user, as requests name him.',
  account: 'The account that pays: of use to an administrator.',
});

const IntervalEnum = enumOf<Interval>('Interval', 'The steps of time of a report, in UTC.', {
  hour: 'By the hour, for 31 days at most.',
  day: 'By the day, for 366 days at most.',
  month: 'By the month, for ten years at most.',
});

const countNote = 'A whole number, as a Float because it may pass 2³¹.';

const ActivityRowRef = builder.objectRef<ActivityRow>('ActivityRow').implement({
  description: 'The sums over all generations that ended and share an interval and what the report is grouped by.',
  fields: (t) => ({
    start: t.expose('start', {
      type: 'DateTime',
      nullable: true,
      description: 'When the interval begins. Null where the report has none.',
    }),
    modelSlug: t.string({
      nullable: true,
      description: 'The slug of the model. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.model ?? null,
    }),
    providerSlug: t.string({
      nullable: true,
      description: 'The slug of the provider. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.provider ?? null,
    }),
    keyId: t.string({
      nullable: true,
      description: 'The plain id of the key. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.key ?? null,
    }),
    appId: t.string({
      nullable: true,
      description: 'The plain id of the app. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.app ?? null,
    }),
    user: t.string({
      nullable: true,
      description: 'The end user. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.user ?? null,
    }),
    accountId: t.string({
      nullable: true,
      description: 'The plain id of the account. Null where there is none, and where the report is not grouped by it.',
      resolve: ({ dimensions }) => dimensions.account ?? null,
    }),
    requests: t.exposeFloat('requests', { description: `How many generations. ${countNote}` }),
    promptTokens: t.exposeFloat('promptTokens', { description: `Tokens of prompts. ${countNote}` }),
    completionTokens: t.exposeFloat('completionTokens', { description: `Tokens of answers. ${countNote}` }),
    reasoningTokens: t.exposeFloat('reasoningTokens', {
      description: `Those tokens of answers that were reasoning. ${countNote}`,
    }),
    cachedTokens: t.exposeFloat('cachedTokens', {
      description: `Those tokens of prompts that a provider had in its cache. ${countNote}`,
    }),
    cost: t.field({
      type: 'Decimal',
      description: 'What accounts pay, in US dollars, exact.',
      resolve: ({ costNano }) => dollarsOfNano(costNano),
    }),
  }),
});

builder.queryField('activity', (t) =>
  t.field({
    type: [ActivityRowRef],
    description:
      'What the own account, or for an administrator every account, used in a time: at most 10,000 rows, the earliest interval first, ' +
      'then what cost most. Takes the scope `USAGE_READ`.',
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'The first moment that counts.' }),
      to: t.arg({ type: 'DateTime', required: true, description: 'The first moment that no longer counts.' }),
      groupBy: t.arg({
        type: [ActivityDimensionEnum],
        required: true,
        description: 'What each row is about; empty for one sum, or one for each interval.',
      }),
      interval: t.arg({ type: IntervalEnum, description: 'The steps of time; absent for the whole time at once.' }),
    },
    resolve: (_root, { interval, ...query }, { accounts, caller }) =>
      accounts.reports.activity(caller, { ...query, ...(interval != null && { interval }) }),
  }),
);
