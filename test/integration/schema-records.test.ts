import { getOperationAST, parse } from 'graphql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { schema } from '../../schema/index.ts';
import { createUsageReports } from '../../src/accounts/usage-reports.ts';
import type { Caller } from '../../src/caller.ts';
import { exceededLimit } from '../../src/graphql/limits.ts';
import {
  ActivityDocument,
  GenerationDetailDocument,
  ListGenerationsDocument,
  RankingsDocument,
} from '../operations/generated/graphql.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { execute, run } from '../support/run-operation.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';
import { admission, settlement, usage } from '../support/store-samples.ts';
import { openTenants, type Tenants } from '../support/tenants.ts';

let tenants: Tenants;
let accountId: string;
let asker: Caller;
let reader: Caller;
beforeEach(async () => {
  tenants = await openTenants();
  accountId = await tenants.account();
  asker = await tenants.keyOf(accountId);
  reader = await tenants.keyOf(accountId, { scopes: ['usage:read'] });
});
afterEach(() => tenants[Symbol.asyncDispose]());

/** A generation that the asker's key asked for, and that has ended. */
async function record(id: string, costNano: number, more: Parameters<typeof settlement>[1] = {}): Promise<void> {
  const { store, clock } = tenants;
  const createdAt = clock.now();
  const appId = await store.apps.resolve({ url: 'https://app.example', title: 'The app' });
  const { keyId = '' } = asker;
  await store.books.begin(admission(id, { accountId, keyId, appId, createdAt, userId: 'ann', sessionId: 'chat-1' }));
  await store.books.settle(
    id,
    settlement(costNano, { finishedAt: createdAt + 2_000, operatorCostNano: 2 * costNano, ...more }),
  );
}

it('a record tells what was asked, who served it, by which prices, and what it cost, the operator’s cost to him alone', async () => {
  const pricing = {
    prompt: '0.000001',
    completion: '0.000002',
    request: '0',
    provenance: 'configuration',
    overrides: [],
  };
  await record('gen-1', 1_500, {
    endpoint: { id: 'acme/large@quarry', pricing },
    attempts: [
      { endpoint: 'acme/large@acme-cloud', outcome: 'failed', failureKind: 'overloaded', cost: '0.000000001' },
      { endpoint: 'acme/large@quarry', outcome: 'succeeded' },
    ],
  });
  await tenants.store.contents.put({
    generationId: 'gen-1',
    accountId,
    prompt: ['Hello'],
    answer: 'Hi',
    expiresAt: tenants.clock.now() + 1_000,
  });
  const detail = async (by: Caller) =>
    (await run(GenerationDetailDocument, { id: 'gen-1' }, tenants.context(by))).generation;
  expect(await detail(reader)).toEqual({
    generationId: 'gen-1',
    state: 'DONE',
    requested: { models: ['author/model'] },
    endpoint: {
      name: 'acme/large@quarry',
      pricing: { prompt: '0.000001', completion: '0.000002', provenance: 'CONFIGURATION' },
    },
    attempts: [
      { name: 'acme/large@acme-cloud', outcome: 'FAILED', failureKind: 'OVERLOADED', operatorCost: null },
      { name: 'acme/large@quarry', outcome: 'SUCCEEDED', failureKind: null, operatorCost: null },
    ],
    cost: '0.0000015',
    operatorCost: null,
    finishReason: 'STOP',
    termination: 'COMPLETE',
    content: { prompt: ['Hello'], answer: 'Hi' },
  });
  expect(await detail(tenants.operator)).toMatchObject({
    operatorCost: '0.000003',
    attempts: [{ operatorCost: '0.000000001' }, { operatorCost: null }],
  });
  await tenants.clock.advance(2_000);
  expect((await detail(reader))?.content).toBeNull();
});

it('a key sees what it has asked for itself, and with USAGE_READ what any key of its account has', async () => {
  await record('gen-1', 5);
  const ofAnother = await tenants.keyOf(accountId);
  const detail = (by: Caller) => execute(GenerationDetailDocument, { id: 'gen-1' }, tenants.context(by));
  expect((await detail(asker)).data).toMatchObject({ generation: { generationId: 'gen-1' } });
  expect((await detail(reader)).data).toMatchObject({ generation: { generationId: 'gen-1' } });
  for (const id of ['gen-1', 'gen-none']) {
    const { errors } = await execute(GenerationDetailDocument, { id }, tenants.context(ofAnother));
    expect(errors?.[0]?.originalError).toMatchObject({ kind: 'forbidden' });
  }
  expect((await run(GenerationDetailDocument, { id: 'gen-none' }, tenants.context(reader))).generation).toBeNull();
});

it('a completion leads to its record, or to null where nothing is recorded', async () => {
  await record('gen-1', 5);
  const document = `mutation { createChatCompletion(input: { messages: [{ role: USER, content: "Hello" }] }) {
    ... on ChatCompletion { generation { generationId cost } }
  } }`;
  const answered = async (generationId: string) => {
    const completion = completionBy(createSmallCatalog(), 'acme/large@quarry', { generationId });
    const generations = createScriptedGenerations({ complete: async () => completion });
    return (await execute(document, {}, tenants.context(reader, { generations }))).data;
  };
  expect(await answered('gen-1')).toEqual({
    createChatCompletion: { generation: { generationId: 'gen-1', cost: '0.000000005' } },
  });
  expect(await answered('gen-none')).toEqual({ createChatCompletion: { generation: null } });
});

it('records are listed, the newest first, by everything that a filter names', async () => {
  await record('gen-1', 5);
  await tenants.clock.advance(1_000);
  await record('gen-2', 6, { termination: 'client_abort', provider: 'other' });
  const at = new Date(tenants.clock.now()).toISOString();
  const listed = async (filter: object) => {
    const { generations } = await run(ListGenerationsDocument, { filter }, tenants.context(reader));
    expect(generations.totalCount).toBe(generations.edges.length);
    return generations.edges.map(({ node }) => node.generationId);
  };
  expect(await listed({})).toEqual(['gen-2', 'gen-1']);
  expect(await listed({ termination: 'CLIENT_ABORT' })).toEqual(['gen-2']);
  expect(await listed({ provider: 'acme', model: 'author/model' })).toEqual(['gen-1']);
  expect(await listed({ from: at })).toEqual(['gen-2']);
  expect(await listed({ to: at })).toEqual(['gen-1']);
  expect(await listed({ key: asker.keyId, user: 'ann', session: 'chat-1', state: 'DONE' })).toEqual(['gen-2', 'gen-1']);
  expect(await listed({ key: 'key-none' })).toEqual([]);
  expect(await listed({ account: accountId })).toEqual(['gen-2', 'gen-1']);
  const { edges } = (await run(ListGenerationsDocument, { first: 1 }, tenants.context(reader))).generations;
  expect(edges).toMatchObject([
    { node: { app: { title: 'The app' }, usage: { promptTokens: 10 }, cost: '0.000000006' } },
  ]);
});

it('activity is added up exactly by what is asked for, also beyond what 32 bits hold, and no wider than it may be', async () => {
  await record('gen-1', 5, { usage: usage(2_000_000_000, 1) });
  await record('gen-2', 6, { usage: usage(2_000_000_000, 1) });
  const from = new Date(tenants.clock.now() - 1_000).toISOString();
  const to = new Date(tenants.clock.now() + 1_000).toISOString();
  const asked = { from, to, groupBy: ['USER' as const], interval: 'HOUR' as const };
  const { activity } = await run(ActivityDocument, asked, tenants.context(reader));
  expect(activity).toMatchObject([
    { user: 'ann', modelSlug: null, requests: 2, promptTokens: 4_000_000_000, cost: '0.000000011' },
  ]);
  const decade = { ...asked, from: '2016-01-01T00:00:00Z' };
  for (const wrong of [decade, { ...asked, from: to, to: from }]) {
    const { errors } = await execute(ActivityDocument, wrong, tenants.context(reader));
    expect(errors?.[0]?.originalError).toMatchObject({ kind: 'invalid' });
  }
});

it('rankings are of the whole server, and ask the store once in ten seconds', async () => {
  await record('gen-1', 5);
  const other = await tenants.keyOf(await tenants.account(), { scopes: ['usage:read'] });
  const asked = { period: 'DAY' as const, sort: 'TRENDING' as const };
  expect(await run(RankingsDocument, asked, tenants.context(other))).toEqual({
    modelRankings: [{ rank: 1, modelSlug: 'author/model', totalTokens: 15 }],
    appRankings: [
      {
        rank: 1,
        app: {
          id: expect.any(String),
          title: 'The app',
          url: 'https://app.example',
          firstSeen: new Date(tenants.clock.now()).toISOString(),
        },
        requests: 1,
        trend: 15,
      },
    ],
  });
  const { errors } = await execute(RankingsDocument, { period: 'ALL_TIME', sort: 'TRENDING' }, tenants.context(other));
  expect(errors?.[0]?.originalError).toMatchObject({ kind: 'invalid', path: 'sort' });

  let reads = 0;
  const clock = createManualClock();
  const { analytics, apps } = tenants.store;
  const modelRankings: typeof analytics.modelRankings = (period, limit) => {
    reads += 1;
    return reads === 1 ? Promise.reject(new Error('away')) : analytics.modelRankings(period, limit);
  };
  const reports = createUsageReports({ analytics: { ...analytics, modelRankings }, apps }, clock);
  await expect(reports.modelRankings(other, 'day', 5)).rejects.toThrow('away');
  await Promise.all([reports.modelRankings(other, 'day', 5), reports.modelRankings(reader, 'day', 1)]);
  expect(reads).toBe(2);
  await clock.advance(10_000);
  await reports.modelRankings(other, 'day', 5);
  expect(reads).toBe(3);
});

it('a page of a hundred records with what matters of each passes the limits', () => {
  const document = parse(ListGenerationsDocument.toString());
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('no operation');
  expect(exceededLimit(schema, document, operation, { first: 100 })).toBeUndefined();
});
