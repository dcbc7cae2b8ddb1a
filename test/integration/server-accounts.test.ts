import { afterAll, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { aCaller } from '../support/a-caller.ts';
import { startServer } from '../support/running-server.ts';
import { openTenants } from '../support/tenants.ts';
import { createTestAccess } from '../support/test-access.ts';

const tenants = await openTenants();
let away = false;
const running = await startServer({
  accounts: {
    ...tenants.accounts,
    funds: {
      ...tenants.accounts.funds,
      shown: (by) => (away ? Promise.reject(new StoreUnavailable('away')) : tenants.accounts.funds.shown(by)),
    },
  },
  access: { ...createTestAccess(), identify: () => aCaller() },
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await tenants[Symbol.asyncDispose]();
});

const errorsOf = async (query: string) => (await (await running.post({ query })).json()).errors;

it('what a key may not see is answered with FORBIDDEN, and no bug is logged for it', async () => {
  expect(await errorsOf('{ apiKeys { totalCount } }')).toMatchObject([
    { message: 'This takes a key with the scope keys:read or keys:write or admin.', extensions: { code: 'FORBIDDEN' } },
  ]);
  expect(await errorsOf('{ apiKeys(first: -1) { totalCount } }')).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ]);
  expect(running.logged).toEqual([]);
});

it('a store that is away is told as such, to be tried again, and is no bug', async () => {
  expect(await errorsOf('{ viewer { scopes } }')).toBeUndefined();
  away = true;
  expect(await errorsOf('{ viewer { scopes } }')).toMatchObject([
    { extensions: { code: 'STORE_UNAVAILABLE', retryable: true } },
  ]);
  expect(running.logged).toEqual([]);
});
