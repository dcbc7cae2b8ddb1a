import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Accounts, openAccounts } from '../../src/accounts/accounts.ts';
import { nanoOfDollars } from '../../src/accounts/amounts.ts';
import type { NewApiKey } from '../../src/accounts/api-keys.ts';
import type { NewClientToken } from '../../src/accounts/client-tokens.ts';
import type { Caller } from '../../src/caller.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

const page = { limit: 100 };
const day = 86_400_000;

let clock: ManualClock;
let store: Store;
let accounts: Accounts;
let operator: Caller;
beforeEach(async () => {
  clock = createManualClock();
  store = await openStore({ url: ':memory:', clock });
  accounts = await openAccounts({ store, clock, adminKey: 'the administrator’s key' });
  operator = accounts.callers.operator();
});
afterEach(async () => {
  accounts.close();
  await store.close();
});

const show = async (secret: string): Promise<Caller> => accounts.authentication.authenticate({ secret, address: 'x' });
const refused = async (act: Promise<unknown>) => {
  const error = await act.then(
    () => expect.fail('was allowed'),
    (reason: unknown) => reason as { kind?: string; path?: string; message: string },
  );
  return { kind: error.kind, path: error.path, message: error.message };
};
const make = (by: Caller, input: Partial<NewApiKey> = {}) => accounts.apiKeys.create(by, { name: 'a key', ...input });
const makeAccount = async (name = 'One') => (await accounts.administration.create(operator, { name })).id;
/** A caller with a key of an account of its own. */
const customer = async (input: Partial<NewApiKey> = {}) => {
  const accountId = input.accountId ?? (await makeAccount());
  return show((await make(operator, { accountId, ...input })).secret);
};
const keeper = (input: Partial<NewApiKey> = {}) =>
  customer({ scopes: ['inference', 'keys:read', 'keys:write'], ...input });
const acts = async () => (await store.auditLog.list(page)).rows.map(({ row }) => `${row.actor} ${row.action}`);

describe('an API key', () => {
  it('that has a limit without an amount is counted, and nothing caps it', async () => {
    const plain = await customer();
    expect([plain.capped, plain.counted]).toEqual([false, undefined]);
    const counted = await customer({ limit: { limitNano: null, reset: 'monthly' } });
    expect([counted.capped, counted.counted]).toEqual([false, true]);
  });

  it('opens what it was made for, and only its hash and what is shown of it is stored', async () => {
    const accountId = await makeAccount();
    const { key, secret } = await make(operator, {
      accountId,
      allowedModels: ['a/*'],
      allowedProviders: ['openai'],
      requestsPerMinute: 60,
      expiresAt: clock.now() + day,
      limit: { limitNano: 5_000_000_000, reset: 'monthly' },
    });
    expect(await show(secret)).toMatchObject({
      accountId,
      keyId: key.id,
      scopes: new Set(['inference']),
      allowedModels: [['a/*']],
      allowedProviders: [['openai']],
      limits: { requestsPerMinute: 60 },
      capped: true,
    });
    expect(await accounts.apiKeys.limitOf(key)).toMatchObject({ limitNano: 5_000_000_000, reset: 'monthly' });
    const stored = JSON.stringify([await accounts.apiKeys.list(operator, page), await store.auditLog.list(page)]);
    expect(stored).toContain(key.id);
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(secret.slice(0, 20));
  });

  it.each<[string, Partial<NewApiKey>, string]>([
    ['without a name', { name: ' ' }, 'name'],
    ['with an endless name', { name: 'x'.repeat(101) }, 'name'],
    ['with a line break in its name', { name: 'a\nb' }, 'name'],
    ['with an unknown scope', { scopes: ['inference', 'root'] }, 'scopes[1]'],
    ['without any scope', { scopes: [] }, 'scopes'],
    ['that has expired already', { expiresAt: 5 }, 'expiresAt'],
    ['with an impossible glob', { allowedModels: ['a/*', 'a b'] }, 'allowedModels[1]'],
    ['with an empty list', { allowedModels: [] }, 'allowedModels'],
    ['with an impossible provider', { allowedProviders: ['*'] }, 'allowedProviders[0]'],
    ['with no requests a minute', { requestsPerMinute: 0 }, 'requestsPerMinute'],
    ['with half a token a minute', { tokensPerMinute: 0.5 }, 'tokensPerMinute'],
    ['with a negative number of streams', { concurrentStreams: -1 }, 'concurrentStreams'],
    ['with a limit of nothing', { limit: { limitNano: 0, reset: 'none' } }, 'limit'],
  ])('%s is not made, and the answer says what is wrong', async (_, input, path) => {
    const before = await acts();
    expect(await refused(make(operator, input))).toMatchObject({ kind: 'invalid', path });
    expect(await acts()).toEqual(before);
  });

  it('is not made for an account that is closed or not there', async () => {
    const accountId = await makeAccount();
    await accounts.administration.close(operator, accountId);
    expect((await refused(make(operator, { accountId }))).kind).toBe('invalid');
    expect((await refused(make(operator, { accountId: 'acct-none' }))).kind).toBe('not_found');
  });

  it('that is changed is known as it is now at once; null takes a term away', async () => {
    const { key, secret } = await make(operator, { allowedModels: ['a/*'], requestsPerMinute: 5 });
    await show(secret);
    const change = { name: 'renamed', allowedModels: null, requestsPerMinute: 7 };
    expect(await accounts.apiKeys.update(operator, key.id, change)).toMatchObject({ name: 'renamed' });
    await clock.advance(0);
    await expect.poll(async () => (await show(secret)).limits).toEqual({ requestsPerMinute: 7 });
    expect((await show(secret)).allowedModels).toBeUndefined();
  });

  it('that is rotated works by both secrets in the grace, and by the new one alone afterwards', async () => {
    const { key, secret: old } = await make(operator);
    const { secret } = await accounts.apiKeys.rotate(operator, key.id, 60);
    expect((await show(old)).keyId).toBe(key.id);
    expect((await show(secret)).keyId).toBe(key.id);
    await clock.advance(61_000);
    expect((await refused(show(old))).kind).toBe('unauthenticated');
    expect((await show(secret)).keyId).toBe(key.id);
    expect((await refused(accounts.apiKeys.rotate(operator, key.id, -1))).path).toBe('graceSeconds');
  });

  it('that is revoked is cut off at once, with its client tokens, and cannot be brought back', async () => {
    const by = await customer();
    const { secret: token } = await accounts.clientTokens.create(by, { expiresInSeconds: 600 });
    const browser = await show(token);
    const id = by.keyId ?? '';
    expect(await accounts.apiKeys.revoke(operator, id)).toEqual([id, browser.keyId]);
    expect([by.revoked.aborted, browser.revoked.aborted]).toEqual([true, true]);
    expect((await refused(show(token))).message).toContain('revoked');
    expect((await refused(accounts.apiKeys.update(operator, id, { name: 'x' }))).message).toContain('was revoked');
    expect((await refused(accounts.apiKeys.rotate(operator, id, 0))).message).toContain('was revoked');
  });

  it('leaves each act in the audit log, with who did it', async () => {
    const by = await keeper();
    const { key } = await make(by);
    await accounts.apiKeys.update(by, key.id, { name: 'x' });
    await accounts.apiKeys.rotate(by, key.id, 0);
    await accounts.apiKeys.revoke(by, key.id);
    const done = ['revoke', 'rotate', 'update', 'create'].map((action) => `${by.keyId} apiKey.${action}`);
    expect((await acts()).slice(0, 4)).toEqual(done);
    expect(await store.auditLog.verify()).not.toHaveProperty('brokenAt');
  });
});

describe('a key that makes keys', () => {
  it('needs the scope for it', async () => {
    const by = await customer();
    expect((await refused(make(by))).message).toBe('This takes a key with the scope keys:write or admin.');
    expect((await refused(accounts.apiKeys.list(by, page))).kind).toBe('forbidden');
  });

  it('makes only keys of its own account that may do no more than itself', async () => {
    const by = await keeper({
      allowedModels: ['a/*', 'b/c'],
      allowedProviders: ['openai'],
      expiresAt: clock.now() + day,
    });
    const within = { allowedModels: ['a/x*'], allowedProviders: ['openai'], expiresAt: clock.now() + day };
    expect((await make(by, within)).key.accountId).toBe(by.accountId);
    for (const input of [
      { ...within, scopes: ['admin'] },
      { ...within, scopes: ['usage:read'] },
      { ...within, allowedModels: ['b/*'] },
      { ...within, allowedModels: null },
      { ...within, allowedProviders: ['openai', 'groq'] },
      { ...within, allowedProviders: null },
      { ...within, expiresAt: clock.now() + 2 * day },
      { ...within, expiresAt: null },
    ]) {
      expect((await refused(make(by, input))).kind).toBe('forbidden');
    }
    const other = await makeAccount('Other');
    expect((await refused(make(by, { ...within, accountId: other }))).kind).toBe('not_found');
  });

  it('cannot raise another key, nor take over one that may do more', async () => {
    const accountId = await makeAccount();
    const by = await keeper({ accountId, allowedModels: ['a/*'] });
    const { key: lesser } = await make(by, { allowedModels: ['a/b'] });
    expect((await refused(accounts.apiKeys.update(by, lesser.id, { allowedModels: null }))).kind).toBe('forbidden');
    const { key: greater } = await make(operator, { accountId, scopes: ['inference', 'usage:read'] });
    expect((await refused(accounts.apiKeys.update(by, greater.id, { name: 'mine' }))).kind).toBe('forbidden');
    expect((await refused(accounts.apiKeys.rotate(by, greater.id, 0))).kind).toBe('forbidden');
    // To end it takes nothing from anybody.
    await accounts.apiKeys.revoke(by, greater.id);
  });

  it.each<[string, Partial<NewApiKey>]>([
    ['what it spends', { limit: { limitNano: 1_000, reset: 'daily' } }],
    ['how often it asks', { requestsPerMinute: 5 }],
    ['how many tokens it uses', { tokensPerMinute: 5 }],
    ['how many streams it runs', { concurrentStreams: 5 }],
  ])('makes and changes none where something limits %s: they would not share the limit', async (_, limit) => {
    const by = await keeper(limit);
    expect((await refused(make(by))).message).toContain('It can make client tokens.');
    const itself = { limit: { limitNano: null, reset: 'none' as const }, requestsPerMinute: null };
    expect((await refused(accounts.apiKeys.update(by, by.keyId ?? '', itself))).kind).toBe('forbidden');
  });

  it('may replace and end itself without any scope', async () => {
    const by = await customer({ requestsPerMinute: 5 });
    await accounts.apiKeys.rotate(by, by.keyId ?? '', 60);
    await accounts.apiKeys.revoke(by, by.keyId ?? '');
  });
});

describe('a client token', () => {
  const create = (by: Caller, input: Partial<NewClientToken> = {}) =>
    accounts.clientTokens.create(by, { expiresInSeconds: 600, ...input });

  it('is narrow, capped by its own budget and by its key’s limit, and counts for its key', async () => {
    const by = await customer({ tokensPerMinute: 100, allowedModels: ['a/*'] });
    const { key, secret } = await create(by, {
      budgetNano: 1_000,
      allowedModels: ['a/b'],
      operations: ['stream'],
      requestsPerMinute: 3,
    });
    expect(key).toMatchObject({ kind: 'client_token', parentId: by.keyId, expiresAt: clock.now() + 600_000 });
    expect(secret).toMatch(/^ct-pm-v1-/);
    expect(await show(secret)).toMatchObject({
      accountId: by.accountId,
      parentKeyId: by.keyId,
      capped: true,
      allowedModels: [['a/b'], ['a/*']],
      limits: { requestsPerMinute: 3 },
      parentLimits: { tokensPerMinute: 100 },
      operations: new Set(['__typename', 'streamChatCompletion']),
    });
    expect(await accounts.apiKeys.limitOf(key)).toMatchObject({ limitNano: 1_000, reset: 'none' });
  });

  it('ends by itself, and never after its key', async () => {
    const by = await customer({ expiresAt: clock.now() + 300_000 });
    const { secret, key } = await create(by);
    expect(key.expiresAt).toBe(clock.now() + 300_000);
    const { revoked } = await show(secret);
    await clock.advance(301_000);
    expect(revoked.aborted).toBe(true);
    expect((await refused(show(secret))).message).toContain('expired');
  });

  it.each<[string, Partial<NewClientToken>, string]>([
    ['for some seconds', { expiresInSeconds: 59 }, 'expiresInSeconds'],
    ['for days', { expiresInSeconds: 86_401 }, 'expiresInSeconds'],
    ['for half a second more', { expiresInSeconds: 60.5 }, 'expiresInSeconds'],
    ['for an unknown operation', { operations: ['stream', 'everything'] }, 'operations[1]'],
    ['for no operation', { operations: [] }, 'operations'],
    ['for a path instead of an origin', { origin: 'https://chat.example/a' }, 'origin'],
    ['for any origin', { origin: '*' }, 'origin'],
    ['with a budget of nothing', { budgetNano: 0 }, 'budget'],
  ])('%s is not made', async (_, input, path) => {
    expect(await refused(create(await customer(), input))).toMatchObject({ kind: 'invalid', path });
  });

  it('cannot do more than its key, nor make tokens, nor see or make keys', async () => {
    const by = await keeper({ allowedModels: ['a/*'] });
    expect((await refused(create(by, { allowedModels: ['b/*'] }))).kind).toBe('forbidden');
    const browser = await show((await create(by)).secret);
    expect(browser.scopes).toEqual(new Set(['inference']));
    expect((await refused(create(browser))).kind).toBe('forbidden');
    expect((await refused(make(browser))).kind).toBe('forbidden');
    expect((await refused(accounts.apiKeys.list(browser, page))).kind).toBe('forbidden');
  });

  it('is not in the list of keys, and not made by who shows no key', async () => {
    const by = await keeper();
    await create(by);
    expect(await accounts.apiKeys.count(by)).toBe(1);
    expect((await refused(create(operator))).kind).toBe('forbidden');
  });
});

describe('tenants', () => {
  it('see and touch nothing of one another', async () => {
    const [one, other] = [await keeper(), await keeper()];
    const { key } = await make(other);
    const listed = (await accounts.apiKeys.list(one, page)).rows.map(({ row }) => row.accountId);
    expect(new Set(listed)).toEqual(new Set([one.accountId]));
    expect(await accounts.apiKeys.count(one)).toBe(1);
    expect(await accounts.apiKeys.get(one, key.id)).toBeUndefined();
    const missing = await refused(accounts.apiKeys.update(one, 'key-none', { name: 'x' }));
    for (const act of [
      () => accounts.apiKeys.update(one, key.id, { name: 'x' }),
      () => accounts.apiKeys.rotate(one, key.id, 0),
      () => accounts.apiKeys.revoke(one, key.id),
    ]) {
      const { kind, message } = await refused(act());
      expect(kind).toBe('not_found');
      expect(message).toBe(missing.message.replace('key-none', key.id));
    }
    expect((await refused(accounts.administration.get(one, other.accountId))).kind).toBe('not_found');
    expect((await refused(accounts.administration.update(one, other.accountId, { name: 'x' }))).kind).toBe('forbidden');
    const writer = await customer({ scopes: ['account:write'] });
    const act = accounts.administration.update(writer, other.accountId, { name: 'x' });
    expect((await refused(act)).kind).toBe('not_found');
    expect(await accounts.administration.get(operator, other.accountId)).toMatchObject({ name: 'One' });
  });

  it('cannot administer anything', async () => {
    const by = await customer({ scopes: ['inference', 'keys:read', 'keys:write', 'usage:read', 'account:write'] });
    const { accountId } = by;
    const { administration } = accounts;
    for (const act of [
      () => administration.create(by, { name: 'x' }),
      () => administration.close(by, accountId),
      () => administration.list(by, page),
      () => administration.count(by),
      () => administration.grantCredits(by, { accountId, amountNano: 5 }),
      () => administration.setBudget(by, accountId, null, 'none'),
    ]) {
      expect((await refused(act())).kind).toBe('forbidden');
    }
  });
});

describe('an account', () => {
  it('says what holds for its requests, from the next one on', async () => {
    const by = await customer({ scopes: ['account:write', 'inference'] });
    const terms = {
      defaultModel: 'a/b',
      defaultProvider: { only: ['openai'] },
      dataCollection: 'deny',
      zdr: true,
      attribution: false,
      contentRetentionDays: 7,
    } as const;
    await accounts.administration.update(by, by.accountId, terms);
    const fresh = await customer({ accountId: by.accountId });
    expect(fresh).toMatchObject({
      defaults: { model: 'a/b', provider: { only: ['openai'] }, dataCollection: 'deny', zdr: true },
      attribution: false,
      contentRetentionDays: 7,
    });
    await accounts.administration.update(by, by.accountId, { defaultModel: null, contentRetentionDays: null });
    const later = await customer({ accountId: by.accountId });
    expect(later.defaults.model).toBeUndefined();
    expect(later.contentRetentionDays).toBeUndefined();
    const wrong = accounts.administration.update(by, by.accountId, { contentRetentionDays: 0 });
    expect(await refused(wrong)).toMatchObject({ kind: 'invalid', path: 'contentRetentionDays' });
  });

  it('that is granted credits or given a budget is capped within a second', async () => {
    const by = await customer();
    const { administration } = accounts;
    const secret = (await make(operator, { accountId: by.accountId })).secret;
    expect((await show(secret)).capped).toBe(false);
    const grant = { accountId: by.accountId, amountNano: nanoOfDollars('1.5') ?? 0, id: 'ldg-1', note: 'welcome' };
    expect(await administration.grantCredits(operator, grant)).toMatchObject({ balanceNano: 1_500_000_000 });
    expect(await administration.grantCredits(operator, grant)).toMatchObject({ balanceNano: 1_500_000_000 });
    await expect.poll(async () => (await show(secret)).capped).toBe(true);
    const taken = { accountId: by.accountId, amountNano: -500_000_000 };
    expect(await administration.grantCredits(operator, taken)).toMatchObject({ balanceNano: 1_000_000_000 });
    expect(await administration.setBudget(operator, by.accountId, 5, 'weekly')).toMatchObject({ limitNano: 5 });
  });

  it('without credits has none to take away, and no grant is of nothing', async () => {
    const accountId = await makeAccount();
    for (const amountNano of [-5, 0, 0.5, Number.NaN]) {
      const act = accounts.administration.grantCredits(operator, { accountId, amountNano });
      expect(await refused(act)).toMatchObject({ kind: 'invalid', path: 'amount' });
    }
  });

  it('that is closed is cut off, and so are its keys; the built-in ones cannot be closed', async () => {
    const by = await customer();
    await accounts.administration.close(operator, by.accountId);
    expect(by.revoked.aborted).toBe(true);
    expect((await refused(accounts.administration.close(operator, by.accountId))).kind).toBe('invalid');
    expect((await refused(accounts.administration.close(operator, 'acct-local'))).kind).toBe('forbidden');
    expect((await refused(accounts.administration.close(operator, 'acct-operator'))).kind).toBe('forbidden');
  });
});

describe('the built-in accounts', () => {
  it('are made once, also by several replicas at once', async () => {
    await Promise.all([openAccounts({ store, clock }), openAccounts({ store, clock })]);
    expect(await accounts.administration.count(operator)).toBe(2);
  });

  it('are who calls without a key, who shows the administrator’s, and a stranger who may only ask models', async () => {
    expect(await show('the administrator’s key')).toBe(operator);
    expect(accounts.callers.local()).toMatchObject({ accountId: 'acct-local', capped: false, limits: {} });
    expect(accounts.callers.local().keyId).toBeUndefined();
    expect(accounts.callers.stranger().scopes).toEqual(new Set(['inference']));
  });

  it('ask for what their account says', async () => {
    await accounts.administration.update(operator, 'acct-local', { defaultModel: 'a/b' });
    await expect.poll(() => accounts.callers.local().defaults.model).toBe('a/b');
  });
});
