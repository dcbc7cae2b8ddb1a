import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/caller.ts';
import {
  AuditLogDocument,
  CloseAccountDocument,
  CreateAccountDocument,
  CreateApiKeyDocument,
  CreateClientTokenDocument,
  GrantCreditsDocument,
  ListApiKeysDocument,
  RevokeApiKeyDocument,
  RotateApiKeyDocument,
  SetBudgetDocument,
  UpdateAccountDocument,
  UpdateApiKeyDocument,
  ViewerDocument,
} from '../operations/generated/graphql.ts';
import { execute, run } from '../support/run-operation.ts';
import { everyScopeButAdmin, openTenants, type Tenants } from '../support/tenants.ts';

let tenants: Tenants;
let accountId: string;
beforeEach(async () => {
  tenants = await openTenants();
  accountId = await tenants.account();
});
afterEach(() => tenants[Symbol.asyncDispose]());

const as = (caller: Caller) => tenants.context(caller);
const asOperator = () => as(tenants.operator);
const member = () => tenants.keyOf(accountId, { scopes: [...everyScopeButAdmin] });

describe('an API key', () => {
  const createdBy = async (caller: Caller, input: object) =>
    (await run(CreateApiKeyDocument, { input: { name: 'a key', ...input } }, as(caller))).createApiKey;

  it('is made with its secret in the answer, opens what it says, and tells the secret nowhere again', async () => {
    const created = await createdBy(tenants.operator, {
      accountId,
      scopes: ['INFERENCE', 'KEYS_READ'],
      allowedModels: ['acme/*'],
      limit: { amount: '0.000000001', reset: 'DAILY' },
    });
    expect(created).toMatchObject({
      __typename: 'CreatedApiKey',
      apiKey: { accountId, scopes: ['INFERENCE', 'KEYS_READ'], allowedModels: ['acme/*'] },
    });
    if (created.__typename !== 'CreatedApiKey') throw new Error(created.__typename);
    const { secret, apiKey } = created;
    expect(apiKey.limit).toEqual({ limit: '0.000000001', remaining: '0.000000001', reset: 'DAILY' });
    const caller = await tenants.caller(secret);
    expect(caller).toMatchObject({ keyId: apiKey.keyId, allowedModels: [['acme/*']], capped: true });
    const listed = await run(ListApiKeysDocument, {}, as(caller));
    expect(listed.apiKeys.edges.map(({ node }) => node.keyId)).toEqual([apiKey.keyId]);
    expect(JSON.stringify([listed, await run(AuditLogDocument, {}, asOperator())])).not.toContain(secret.slice(0, 20));
  });

  it('is changed, given another secret and ended, by its plain id and by that of its node', async () => {
    const by = await member();
    const created = await createdBy(by, { allowedProviders: ['quarry'], requestsPerMinute: 5 });
    if (created.__typename !== 'CreatedApiKey') throw new Error(created.__typename);
    const { id, keyId } = created.apiKey;
    const changed = await run(UpdateApiKeyDocument, { input: { id, requestsPerMinute: null, name: 'new' } }, as(by));
    expect(changed.updateApiKey).toMatchObject({ name: 'new', requestsPerMinute: null, allowedProviders: ['quarry'] });
    const { rotateApiKey } = await run(RotateApiKeyDocument, { input: { id: keyId, graceSeconds: 60 } }, as(by));
    expect(rotateApiKey).toMatchObject({
      apiKey: { keyId, previousSecretUntil: new Date(tenants.clock.now() + 60_000).toISOString() },
    });
    if (rotateApiKey.__typename !== 'RotatedApiKey') throw new Error(rotateApiKey.__typename);
    expect((await tenants.caller(rotateApiKey.secret)).keyId).toBe(keyId);
    expect((await tenants.caller(created.secret)).keyId).toBe(keyId);
    expect((await run(RevokeApiKeyDocument, { id }, as(by))).revokeApiKey).toEqual({
      __typename: 'RevokedApiKey',
      revokedIds: [keyId],
    });
    await expect(tenants.caller(rotateApiKey.secret)).rejects.toThrow('revoked');
  });

  it('is refused with the type, the code and the path of what is wrong', async () => {
    const by = await member();
    expect(await createdBy(by, { scopes: ['ADMIN'] })).toMatchObject({ __typename: 'Forbidden', code: 'FORBIDDEN' });
    expect(await createdBy(by, { allowedModels: ['a/*', ' '] })).toMatchObject({ path: 'allowedModels[1]' });
    const tooFine = { limit: { amount: '0.0000000001' } };
    expect(await createdBy(by, tooFine)).toMatchObject({ __typename: 'InvalidRequest', path: 'limit.amount' });
    expect(await createdBy(by, { accountId: 'acct-none' })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await createdBy(await tenants.keyOf(accountId), {})).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stands in a list that is paged from either end, and a made-up cursor is refused', async () => {
    const by = await member();
    for (const name of ['second', 'third']) await createdBy(by, { name });
    const first = (await run(ListApiKeysDocument, { first: 2 }, as(by))).apiKeys;
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const rest = (await run(ListApiKeysDocument, { first: 2, after: first.pageInfo.endCursor }, as(by))).apiKeys;
    expect(rest).toMatchObject({ pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    const last = (await run(ListApiKeysDocument, { last: 2 }, as(by))).apiKeys;
    const ids = ({ edges }: typeof first) => edges.map(({ node }) => node.keyId);
    expect(new Set([...ids(first), ...ids(rest)]).size).toBe(3);
    expect(ids(last)).toEqual([...ids(first), ...ids(rest)].slice(1));
    expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const { errors } = await execute(ListApiKeysDocument, { after: 'nonsense' }, as(by));
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });
});

describe('a client token', () => {
  it('is made by a key, says who it is, and sees neither the account nor the keys', async () => {
    const by = await tenants.keyOf(accountId);
    const input = { expiresInSeconds: 60, budget: '0.5', operations: ['STREAM' as const], origin: 'https://a.example' };
    const { createClientToken } = await run(CreateClientTokenDocument, { input }, as(by));
    expect(createClientToken).toMatchObject({
      secret: expect.stringMatching(/^ct-pm-v1-/),
      clientToken: { operations: ['STREAM'], origin: 'https://a.example', budget: { limit: '0.5' } },
    });
    const token = await tenants.tokenOf(by, { budgetNano: 500_000_000 });
    expect((await run(ViewerDocument, {}, as(token))).viewer).toEqual({
      apiKey: null,
      clientToken: { tokenId: token.keyId },
      scopes: ['INFERENCE'],
      remaining: '0.5',
      account: null,
    });
    for (const query of ['{ account { name } }', '{ apiKeys { totalCount } }', '{ generations { totalCount } }']) {
      const { errors } = await execute(query, {}, as(token));
      expect(errors?.[0]?.originalError, query).toMatchObject({ kind: 'forbidden' });
    }
    const second = await run(CreateClientTokenDocument, { input: { expiresInSeconds: 60 } }, as(token));
    expect(second.createClientToken).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('an account', () => {
  const terms = {
    name: 'Two',
    defaultModel: 'acme/large',
    defaultProvider: {
      only: ['quarry'],
      sort: { by: 'PRICE' as const, partition: 'NONE' as const },
      dataCollection: 'DENY' as const,
      quantizations: ['FP8' as const],
      maxPrice: { prompt: '0.000001' },
      preferredMaxLatency: { p50: 100 },
    },
    dataCollection: 'DENY' as const,
    zdr: true,
    attribution: false,
    contentRetentionDays: 7,
  };

  it('is made with what holds for its requests, shows it as it was written, and takes it back with null', async () => {
    const { createAccount } = await run(CreateAccountDocument, { input: terms }, asOperator());
    expect(createAccount).toEqual({ __typename: 'Account', accountId: expect.stringMatching(/^acct-/), ...terms });
    if (createAccount.__typename !== 'Account') throw new Error(createAccount.__typename);
    const id = createAccount.accountId;
    const cleared = { defaultModel: null, defaultProvider: null, dataCollection: null, zdr: null, attribution: null };
    const { updateAccount } = await run(UpdateAccountDocument, { input: { id, ...cleared } }, asOperator());
    expect(updateAccount).toMatchObject({
      ...{ name: 'Two', defaultModel: null, defaultProvider: null, dataCollection: 'ALLOW', zdr: false },
      ...{ attribution: true, contentRetentionDays: 7 },
    });
    const wrong = await run(UpdateAccountDocument, { input: { id, contentRetentionDays: 0 } }, asOperator());
    expect(wrong.updateAccount).toMatchObject({ code: 'INVALID_REQUEST', path: 'contentRetentionDays' });
  });

  it('is given credits, once for each idempotency key, and capped, and its keys see what is left', async () => {
    const by = await member();
    expect((await run(ViewerDocument, {}, as(by))).viewer?.remaining).toBeNull();
    const input = { accountId, amount: '1.000000001', note: 'welcome', idempotencyKey: 'first' };
    await run(GrantCreditsDocument, { input }, asOperator());
    const { grantCredits } = await run(GrantCreditsDocument, { input }, asOperator());
    expect(grantCredits).toMatchObject({
      balance: '1.000000001',
      ledger: {
        totalCount: 1,
        edges: [{ node: { kind: 'GRANT', amount: '1.000000001', note: 'welcome', actor: 'operator' } }],
      },
    });
    const budget = { accountId, limit: { amount: '0.75', reset: 'MONTHLY' as const } };
    const { setBudget } = await run(SetBudgetDocument, { input: budget }, asOperator());
    const now = new Date(tenants.clock.now());
    expect(setBudget).toMatchObject({
      budget: {
        ...{ limit: '0.75', spent: '0', reserved: '0', remaining: '0.75', reset: 'MONTHLY' },
        periodStart: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())).toISOString(),
        resetsAt: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)).toISOString(),
      },
    });
    expect((await run(ViewerDocument, {}, as(by))).viewer).toMatchObject({
      remaining: '0.75',
      account: { accountId, credits: { balance: '1.000000001', remaining: '1.000000001' } },
    });
    const nothing = await run(GrantCreditsDocument, { input: { accountId, amount: '0' } }, asOperator());
    expect(nothing.grantCredits).toMatchObject({ code: 'INVALID_REQUEST', path: 'amount' });
  });

  it('is closed, and its keys with it', async () => {
    const by = await member();
    expect((await run(CloseAccountDocument, { id: accountId }, asOperator())).closeAccount).toMatchObject({
      closedAt: new Date(tenants.clock.now()).toISOString(),
    });
    expect(by.revoked.aborted).toBe(true);
  });

  it('is administered by administrators alone', async () => {
    const by = as(await member());
    const answers = [
      (await run(CreateAccountDocument, { input: { name: 'x' } }, by)).createAccount,
      (await run(CloseAccountDocument, { id: accountId }, by)).closeAccount,
      (await run(GrantCreditsDocument, { input: { accountId, amount: '5' } }, by)).grantCredits,
      (await run(SetBudgetDocument, { input: { accountId, limit: { amount: '5' } } }, by)).setBudget,
    ];
    for (const answer of answers) expect(answer).toMatchObject({ __typename: 'Forbidden', code: 'FORBIDDEN' });
    for (const query of ['{ accounts { totalCount } }', '{ auditLog { totalCount } }', '{ auditLog { brokenAt } }']) {
      const { errors } = await execute(query, {}, by);
      expect(errors?.[0]?.originalError, query).toMatchObject({ kind: 'forbidden' });
    }
  });
});

it('every administrative act stands in the audit log, with who did what to whom, before and after, and no secret', async () => {
  const by = await member();
  const created = (await run(CreateApiKeyDocument, { input: { name: 'a key' } }, as(by))).createApiKey;
  if (created.__typename !== 'CreatedApiKey') throw new Error(created.__typename);
  const { keyId } = created.apiKey;
  await run(UpdateApiKeyDocument, { input: { id: keyId, name: 'renamed' } }, as(by));
  await run(RotateApiKeyDocument, { input: { id: keyId, graceSeconds: 0 } }, as(by));
  await run(RevokeApiKeyDocument, { id: keyId }, as(by));
  await run(CreateClientTokenDocument, { input: { expiresInSeconds: 60 } }, as(by));
  await run(UpdateAccountDocument, { input: { name: 'Other' } }, as(by));
  await run(GrantCreditsDocument, { input: { accountId, amount: '5' } }, asOperator());
  await run(SetBudgetDocument, { input: { accountId, limit: { amount: '5' } } }, asOperator());
  await run(CloseAccountDocument, { id: accountId }, asOperator());
  const { auditLog } = await run(AuditLogDocument, { first: 100 }, asOperator());
  const acts = auditLog.edges.map(({ node }) => node).reverse();
  expect(auditLog).toMatchObject({ totalCount: acts.length, brokenAt: null });
  expect(acts.slice(-9).map(({ actor, action }) => `${actor === by.keyId ? 'key' : actor} ${action}`)).toEqual([
    'key apiKey.create',
    'key apiKey.update',
    'key apiKey.rotate',
    'key apiKey.revoke',
    'key clientToken.create',
    'key account.update',
    'operator credits.grant',
    'operator account.setBudget',
    'operator account.close',
  ]);
  const renamed = acts.find(({ action }) => action === 'apiKey.update');
  expect(renamed).toMatchObject({ target: keyId, before: { name: 'a key' }, after: { name: 'renamed' } });
  expect(JSON.stringify(acts)).not.toContain(created.secret.slice(0, 20));
});
