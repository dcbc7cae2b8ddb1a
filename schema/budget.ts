import { dollarsOfNano, nanoOfDollars } from '../src/accounts/amounts.ts';
import type { CapRecord, Reset } from '../src/storage/records.ts';
import { builder, enumOf } from './builder.ts';
import { refuse } from './check.ts';

const BudgetResetEnum = enumOf<Reset>('BudgetReset', 'How often a limit of spending begins anew, in UTC.', {
  none: 'Never: what is spent stays spent.',
  daily: 'At midnight, each day.',
  weekly: 'At midnight before each Monday.',
  monthly: 'At midnight before the first of each month.',
});

const dayMs = 86_400_000;

export const BudgetRef = builder.objectRef<CapRecord>('Budget').implement({
  description: 'A limit of spending, as it stands now. What would pass it is refused before it is sent.',
  fields: (t) => ({
    limit: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'US dollars that may be spent in a period. Null where spending is counted, and not limited.',
      resolve: ({ limitNano }) => (limitNano === undefined ? null : dollarsOfNano(limitNano)),
    }),
    spent: t.field({
      type: 'Decimal',
      description: 'US dollars that were spent in the running period.',
      resolve: ({ spentNano }) => dollarsOfNano(spentNano),
    }),
    reserved: t.field({
      type: 'Decimal',
      description: 'US dollars that running requests hold: what they do not use comes free when they end.',
      resolve: ({ reservedNano }) => dollarsOfNano(reservedNano),
    }),
    remaining: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'US dollars that are left: `limit` without `spent` and `reserved`. Below 0 where the last request cost more than it held. ' +
        'Null without a limit.',
      resolve: (cap) => dollarsOrNull(leftNano(cap)),
    }),
    reset: t.expose('reset', { type: BudgetResetEnum, description: 'How often it begins anew.' }),
    periodStart: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the running period began. Null where it never begins anew.',
      resolve: ({ reset, periodStart }) => (reset === 'none' ? null : periodStart),
    }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next period begins. Null where it never does.',
      resolve: nextPeriod,
    }),
  }),
});

export const SpendingLimitInput = builder.inputType('SpendingLimitInput', {
  description: 'What may be spent, and how often that begins anew.',
  fields: (t) => ({
    amount: t.field({
      type: 'Decimal',
      description: 'US dollars, with at most 9 decimals. Absent or null: spending is counted, and not limited.',
    }),
    reset: t.field({
      type: BudgetResetEnum,
      required: true,
      defaultValue: 'none',
      description: 'How often it begins anew.',
    }),
  }),
});

/** The limit in the program's words. Throws InvalidRequest for what is no sum of US dollars. */
export function toLimit({ amount, reset }: typeof SpendingLimitInput.$inferInput, path: string) {
  return { limitNano: amount == null ? null : toNano(amount, path), reset };
}

/** Whole nano-dollars. Throws InvalidRequest for more than 9 decimals, or too great a sum. */
export function toNano(amount: string, path: string): number {
  return nanoOfDollars(amount) ?? refuse(path, 'must be US dollars with at most 9 decimals, and below 9 million.');
}

/** What is left of a cap; `undefined` where it limits nothing. */
export function leftNano({ limitNano, spentNano, reservedNano }: CapRecord): number | undefined {
  return limitNano === undefined ? undefined : limitNano - spentNano - reservedNano;
}

/** An amount as it is shown, or null where there is none. */
export function dollarsOrNull(nano: number | undefined): string | null {
  return nano === undefined ? null : dollarsOfNano(nano);
}

function nextPeriod({ reset, periodStart }: CapRecord): number | null {
  if (reset === 'none') return null;
  if (reset === 'daily') return periodStart + dayMs;
  if (reset === 'weekly') return periodStart + 7 * dayMs;
  const start = new Date(periodStart);
  return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1);
}
