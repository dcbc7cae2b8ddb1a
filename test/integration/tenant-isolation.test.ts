import { parse } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../schema/builder.ts';
import { schema } from '../../schema/index.ts';
import type { Caller } from '../../src/caller.ts';
import { InvalidRequest } from '../../src/errors.ts';
import { createGenerations } from '../../src/streams/generations.ts';
import { type CanaryTenant, createCanaryTenant, publicApp, type TenantIds } from '../support/canary-tenant.ts';
import { selectionOf } from '../support/every-field.ts';
import { settle } from '../support/manual-clock.ts';
import { execute, open } from '../support/run-operation.ts';
import { createScriptedRouter, finished, type ScriptedRouter, text } from '../support/scripted-router.ts';
import { completion, request } from '../support/stream-bench.ts';
import { everyScopeButAdmin, openTenants, type Tenants } from '../support/tenants.ts';

/** What to put after a root field, each time as somebody who knows all ids would write it. */
type Attack = (ids: TenantIds) => readonly string[];

const input = '{ model: "acme/large", messages: [{ role: USER, content: "Hello" }]';
const time = 'from: "2000-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z"';
const nodeId = (type: string, id: string) => JSON.stringify(Buffer.from(`${type}:${id}`).toString('base64'));
const nodeIds = ({ account, key, token, generation, live }: TenantIds) => [
  nodeId('Account', account),
  ...[key, token].map((id) => nodeId('ApiKey', id)),
  ...[generation, live, 'gen-canary-open'].map((id) => nodeId('Generation', id)),
];
const once: Attack = () => [''];

const attacks: Readonly<Record<'query' | 'mutation' | 'subscription', Readonly<Record<string, Attack>>>> = {
  query: {
    node: (ids) => [...nodeIds(ids), nodeId('App', ids.app)].map((id) => `(id: ${id})`),
    nodes: (ids) => [`(ids: [${nodeIds(ids).join(', ')}])`],
    models: () => ['(first: 100)', '(filter: { search: "canary" })'],
    model: () => ['(slug: "canary/requested")', '(slug: "acme/large")'],
    providers: () => ['(first: 100)'],
    provider: () => ['(slug: "canary-served-by")', '(slug: "quarry")'],
    routePlan: () => [`(input: ${input} })`, `(input: ${input}, sessionId: "canary-session" })`],
    generation: ({ generation, live }) =>
      [generation, live].flatMap((id) => [`(id: "${id}")`, `(id: ${nodeId('Generation', id)})`]),
    generations: ({ account, key, app }) => [
      '(first: 100)',
      '(last: 100)',
      `(filter: { account: "${account}" })`,
      `(filter: { account: ${nodeId('Account', account)} })`,
      `(filter: { key: "${key}" })`,
      `(filter: { app: "${app}" })`,
      '(filter: { user: "canary-user" })',
      '(filter: { session: "canary-session" })',
      '(filter: { model: "author/model", provider: "canary-served-by", state: DONE, termination: COMPLETE })',
      '(first: 1, after: "0_gen-canary-done")',
    ],
    viewer: once,
    account: ({ account }) => ['', `(id: "${account}")`, `(id: ${nodeId('Account', account)})`],
    accounts: once,
    apiKeys: ({ key }) => ['(first: 100)', `(first: 100, after: "0_${key}")`, '(last: 100)'],
    auditLog: () => ['(first: 100)'],
    activity: () => [
      `(${time}, groupBy: [])`,
      `(${time}, groupBy: [MODEL, PROVIDER, KEY, APP, USER, ACCOUNT])`,
      '(from: "2026-01-01T00:00:00Z", to: "2026-12-01T00:00:00Z", groupBy: [USER], interval: DAY)',
    ],
    modelRankings: () => ['(period: ALL_TIME)', '(period: DAY)'],
    appRankings: () => ['(period: ALL_TIME)', '(period: DAY, sort: TRENDING)'],
  },
  mutation: {
    createChatCompletion: () => [
      `(input: ${input} })`,
      `(input: ${input}, idempotencyKey: "canary-idempotency", sessionId: "canary-session", user: "canary-user" })`,
    ],
    createEmbedding: () => [
      '(input: { model: "acme/vectors", texts: ["Hello"] })',
      '(input: { model: "acme/vectors", texts: ["Hello"], idempotencyKey: "canary-idempotency", sessionId: "canary-session", user: "canary-user" })',
    ],
    cancelGeneration: ({ live, generation }) => [`(id: "${live}")`, `(id: "${generation}")`],
    createApiKey: ({ account }) => [
      `(input: { name: "mine" })`,
      `(input: { name: "theirs", accountId: "${account}" })`,
    ],
    updateApiKey: ({ key, token }) => [key, token].map((id) => `(input: { id: "${id}", name: "taken" })`),
    rotateApiKey: ({ key, token }) => [key, token].map((id) => `(input: { id: "${id}", graceSeconds: 0 })`),
    revokeApiKey: ({ key, token }) => [`(id: "${key}")`, `(id: "${token}")`, `(id: ${nodeId('ApiKey', key)})`],
    createClientToken: () => ['(input: { expiresInSeconds: 600 })'],
    createAccount: () => ['(input: { name: "mine" })'],
    updateAccount: ({ account }) => [
      `(input: { id: "${account}", name: "taken", zdr: true, contentRetentionDays: 1 })`,
    ],
    closeAccount: ({ account }) => [`(id: "${account}")`],
    grantCredits: ({ account }) => [`(input: { accountId: "${account}", amount: "-5" })`],
    setBudget: ({ account }) => [`(input: { accountId: "${account}", limit: { amount: "1" } })`],
  },
  subscription: {
    streamChatCompletion: () => [
      `(input: ${input} })`,
      `(input: ${input}, idempotencyKey: "canary-idempotency", sessionId: "canary-session" })`,
    ],
    followGeneration: ({ live, generation }) => [
      `(id: "${live}")`,
      `(id: "${live}", after: 0)`,
      `(id: "${generation}")`,
    ],
    endpointHealth: () => ['(model: "acme/large")'],
  },
};

/** The generation of the first tenant that runs. */
const live = 'gen-canary-live';

/** What only the rankings and the node of an app may tell, to whoever may see them. */
const publicFields = ['appRankings', 'node'];

let tenants: Tenants;
let streams: ReturnType<typeof startStreams>;
let victim: CanaryTenant;
beforeEach(async () => {
  tenants = await openTenants();
  streams = startStreams();
  victim = await createCanaryTenant(tenants, live);
  void streams.generations
    .stream(request, {
      caller: victim.caller,
      signal: new AbortController().signal,
      onDisconnect: 'finish',
      idempotencyKey: 'canary-idempotency',
    })
    .nextBatch();
  await settle();
  streams.router.calls[0]?.push({ type: 'accepted' }, text('canary-live-text'));
  await settle();
});
afterEach(() => tenants[Symbol.asyncDispose]());

it('is tried with every root field of the schema', () => {
  const fieldsOf = (type: { getFields: () => object } | null | undefined) =>
    Object.keys(type?.getFields() ?? {}).sort();
  const { query, mutation, subscription } = attacks;
  expect(Object.keys(query).sort()).toEqual(fieldsOf(schema.getQueryType()));
  expect(Object.keys(mutation).sort()).toEqual(fieldsOf(schema.getMutationType()));
  expect(Object.keys(subscription).sort()).toEqual(fieldsOf(schema.getSubscriptionType()));
});

describe.each<[string, () => Promise<Caller>]>([
  ['another tenant with every scope but admin', () => neighbour()],
  ['a client token of another tenant', async () => tenants.tokenOf(await neighbour())],
  ['somebody without a key', async () => tenants.accounts.callers.stranger()],
])('%s', (_name, become) => {
  it('is told nothing of the first, changes nothing of it, and cannot tell what it has from what is not there', async () => {
    const by = await become();
    const before = await stateOf(victim);
    const unknown = unknownIds();
    let asked = 0;
    for (const [operation, field, write] of everyAttack()) {
      const real = write(victim.ids);
      const made = write(unknown);
      for (const [index, args] of real.entries()) {
        const answer = await ask(operation, field, args, by);
        asked += 1;
        const told = victim.canaries.filter((canary) => answer.includes(canary) && !known(args).includes(canary));
        expect(told, `${operation} ${field}${args} says ${answer}`).toEqual([]);
        if (!publicFields.includes(field)) {
          for (const word of [publicApp.url, publicApp.title]) expect(answer, `${field}${args}`).not.toContain(word);
        }
        const same = made[index] ?? '';
        if (same === args) continue;
        expect(anonymous(answer), `${operation} ${field}${args}`).toBe(
          anonymous(await ask(operation, field, same, by)),
        );
      }
    }
    expect(asked).toBeGreaterThan(60);
    expect(await stateOf(victim)).toEqual(before);
    expect(streams.router.calls[0]?.options.signal.aborted).toBe(false);
  });
});

it('and each canary is there to be told: the tenant and an administrator see all of them', async () => {
  const answers: string[] = [];
  for (const by of [victim.caller, tenants.operator]) {
    for (const [field, write] of Object.entries(attacks.query)) {
      for (const args of write(victim.ids)) answers.push(await ask('query', field, args, by));
    }
  }
  answers.push(
    await ask('subscription', 'followGeneration', `(id: "${live}")`, victim.caller, (call) =>
      call.push(finished(completion)),
    ),
  );
  const whole = answers.join('\n');
  expect(victim.canaries.filter((canary) => !whole.includes(canary))).toEqual([]);
  expect(whole).toContain(publicApp.title);
});

/** The real generations; the router behind them plans nothing, but says whose defaults it was asked with. */
function startStreams() {
  const router: ScriptedRouter = {
    ...createScriptedRouter(),
    plan: (_request, { caller }) => {
      throw new InvalidRequest(`asked by ${JSON.stringify(caller.defaults)}`);
    },
  };
  const { clock } = tenants;
  let made = 0;
  const makeId = () => (made++ === 0 ? live : `gen-of-others-${made}`);
  return { router, generations: createGenerations({ router, clock, makeId }) };
}

const everyAttack = () =>
  (['query', 'mutation', 'subscription'] as const).flatMap((operation) =>
    Object.entries(attacks[operation]).map(([field, write]) => [operation, field, write] as const),
  );

const neighbour = async () =>
  tenants.keyOf(await tenants.account('The neighbour'), { scopes: [...everyScopeButAdmin] });

/** Ids like those of the tenant, of things that there are not. */
function unknownIds(): TenantIds {
  const { account, key, token, app } = victim.ids;
  const other = (id: string) => `${id.slice(0, -4)}zzzz`;
  return {
    account: other(account),
    key: other(key),
    token: other(token),
    app,
    generation: 'gen-canary-none',
    live: 'gen-canary-gone',
  };
}

/** What the caller says himself: he may be told it again. */
function known(args: string): string {
  const decoded = [...args.matchAll(/"([\w=+/]+)"/g)].map(([, word = '']) => Buffer.from(word, 'base64').toString());
  return [args, ...decoded].join(' ');
}

/** The answer without the ids in it. */
function anonymous(answer: string): string {
  return answer
    .replaceAll(/(?:gen|acct|key)-[\w-]+/g, 'ID')
    .replaceAll(/"[A-Za-z0-9+/=]{16,}"/g, 'ID')
    .replaceAll(/"\w+_id":"[^"]*"/g, 'ID');
}

/** The whole answer, as text. What reaches the router is answered by somebody else's completion. */
async function ask(
  operation: 'query' | 'mutation' | 'subscription',
  field: string,
  args: string,
  caller: Caller,
  move?: (call: (typeof streams.router.calls)[number]) => void,
): Promise<string> {
  const document = `${operation} { ${field}${args} ${selectionOf(operation, field)} }`;
  parse(document);
  const signal = new AbortController();
  const context: Context = tenants.context(caller, { generations: streams.generations, signal: signal.signal });
  const calls = streams.router.calls.length;
  const answering =
    operation === 'subscription' ? firstEvents(document, context, field) : execute(document, {}, context);
  for (let turn = 0; turn < 3; turn += 1) await settle();
  const [first] = streams.router.calls;
  if (move !== undefined && first !== undefined) move(first);
  for (const call of streams.router.calls.slice(calls)) {
    call.push({ type: 'accepted' }, finished({ ...completion, generationId: call.options.generationId }));
    call.end();
  }
  const answer = JSON.stringify(await answering);
  signal.abort();
  return answer;
}

/** The events of a subscription to its end, or the first one of a subscription without an end. */
async function firstEvents(document: string, context: Context, field: string): Promise<unknown> {
  const events = await open({ toString: () => document }, {}, context);
  if (!(Symbol.asyncIterator in events)) return events;
  const seen: unknown[] = [];
  for await (const event of events) {
    seen.push(event);
    if (field === 'endpointHealth') break;
  }
  return seen;
}

/** Everything that the store knows of a tenant. */
async function stateOf({ ids: { account, key, token, generation } }: CanaryTenant): Promise<unknown> {
  const { store } = tenants;
  const reach = { accountId: account };
  const page = { limit: 100 };
  const about = [account, key, token, `budget:${account}`, `limit:${key}`];
  return {
    account: await store.accounts.get(account),
    keys: await store.apiKeys.list(reach, {}, page),
    credentials: await store.apiKeys.find(key),
    generations: await store.generations.list(reach, {}, page),
    content: await store.contents.get(reach, generation),
    ledger: await store.credits.ledger(account, page),
    acts: (await store.auditLog.list({ limit: 1_000 })).rows.filter(({ row }) => about.includes(row.target)),
  };
}
