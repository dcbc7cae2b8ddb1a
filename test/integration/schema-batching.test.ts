import { afterAll, describe, expect, it } from 'vitest';
import { openAccounts } from '../../src/accounts/accounts.ts';
import type { Caller } from '../../src/caller.ts';
import { openCountedStore } from '../support/counted-store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createContext, execute } from '../support/run-operation.ts';
import { account, act, admission, apiKey, settlement } from '../support/store-samples.ts';

const clock = createManualClock();
const { store, reads } = await openCountedStore(clock);
const accounts = await openAccounts({ store, clock, adminKey: 'the administrator’s key' });
afterAll(async () => {
  accounts.close();
  await store.close();
});
const operator = accounts.callers.operator();

/** Twenty accounts with a key, credits and a budget each, and a generation of each with its content and app. */
const count = 20;
for (let n = 0; n < count; n += 1) {
  const accountId = `acct-${n}`;
  const keyId = `key-${n}`;
  await store.accounts.create(account(accountId), act);
  await store.caps.set({ id: `limit:${keyId}`, limitNano: 1_000 + n, reset: 'none' }, act);
  await store.caps.set({ id: `budget:${accountId}`, limitNano: 2_000 + n, reset: 'none' }, act);
  await store.credits.add({ id: `ldg-${n}`, accountId, kind: 'grant', amountNano: 3_000 + n }, act);
  await store.apiKeys.create(apiKey(keyId, { accountId }), `hash-${n}`, act);
  const appId = await store.apps.resolve({ url: `https://app-${n}.example`, title: `App ${n}` });
  await store.books.begin(admission(`gen-${n}`, { accountId, keyId, appId, caps: [] }));
  await store.books.settle(`gen-${n}`, settlement(n));
  const expiresAt = clock.now() + 1_000_000;
  await store.contents.put({ generationId: `gen-${n}`, accountId, prompt: [], answer: `answer ${n}`, expiresAt });
}

/** The statements that an operation takes, and what it answers. */
async function asked(document: string, variables: object, caller: Caller = operator) {
  const before = reads();
  const { data, errors } = await execute(document, variables, createContext({ accounts, caller }));
  expect(errors).toBeUndefined();
  return { data: JSON.parse(JSON.stringify(data)), statements: reads() - before };
}

describe('a page of', () => {
  it.each([
    [
      'generations',
      'generations',
      'account { name } apiKey { limit { limit } account { credits { granted } } } app { url } content { answer }',
      8,
    ],
    ['API keys', 'apiKeys', 'account { name budget { limit } credits { granted } } limit { limit }', 5],
    ['accounts', 'accounts', 'budget { limit } credits { granted }', 3],
  ])(
    '%s takes as many statements for twenty as for two, whatever each leads to',
    async (_name, field, selection, most) => {
      const document = `query ($first: Int) { ${field}(first: $first) { edges { node { ${selection} } } } }`;
      const [two, twenty] = [await asked(document, { first: 2 }), await asked(document, { first: count })];
      expect(two.data[field].edges).toHaveLength(2);
      expect(twenty.data[field].edges).toHaveLength(count);
      expect(twenty.data[field].edges.slice(0, 2)).toEqual(two.data[field].edges);
      expect(twenty.statements).toBe(two.statements);
      expect(twenty.statements).toBeLessThanOrEqual(most);
    },
  );

  it('objects that are asked for by their ids takes one statement for each type', async () => {
    const idOf = (type: string, n: number) =>
      Buffer.from(`${type}:${type === 'ApiKey' ? 'key' : type === 'Account' ? 'acct' : 'gen'}-${n}`).toString('base64');
    const ids = ['ApiKey', 'Account', 'Generation'].flatMap((type) =>
      Array.from({ length: count }, (_, n) => idOf(type, n)),
    );
    const { data, statements } = await asked('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(data.nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(statements).toBe(3);
  });

  it('apps in a ranking takes one statement for when they were first seen', async () => {
    const document = '{ appRankings(period: ALL_TIME) { app { firstSeen } } }';
    await asked('{ appRankings(period: ALL_TIME) { rank } }', {});
    const { data, statements } = await asked(document, {});
    expect(data.appRankings).toHaveLength(count);
    expect(statements).toBeLessThanOrEqual(2);
  });
});

it('looks up together never reach beyond what each of their callers may see', async () => {
  const [one, two] = await Promise.all(
    ['acct-1', 'acct-2'].map(async (accountId) => {
      const input = { name: 'a reader', accountId, scopes: ['keys:read', 'usage:read'] };
      const { secret } = await accounts.apiKeys.create(operator, input);
      return accounts.authentication.authenticate({ secret, address: 'test' });
    }),
  );
  if (one === undefined || two === undefined) throw new Error('there are two');
  const before = reads();
  const found = await Promise.all(
    [one, two, operator].flatMap((caller) => ['key-1', 'key-2'].map((id) => accounts.apiKeys.get(caller, id))),
  );
  expect(found.map((key) => key?.id)).toEqual(['key-1', undefined, undefined, 'key-2', 'key-1', 'key-2']);
  expect(reads() - before).toBe(3);
});
