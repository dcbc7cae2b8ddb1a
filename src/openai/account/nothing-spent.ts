import type { Spending } from '../../accounts/usage-reports.ts';

/** Of a key that has not been used. */
export const nothingSpent: Spending = { everNano: 0, dayNano: 0, weekNano: 0, monthNano: 0 };
