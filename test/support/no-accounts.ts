import type { AccountsFace } from '../../src/accounts/accounts.ts';

/** The accounts of a test that asks nothing of them: whatever is asked fails it. */
export const noAccounts = new Proxy(
  {},
  {
    get: (_target, part) => {
      throw new Error(`the test has no accounts, so no ${String(part)}`);
    },
  },
) as AccountsFace;
