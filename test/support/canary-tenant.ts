import type { Caller } from '../../src/caller.ts';
import { admission, settlement } from './store-samples.ts';
import type { Tenants } from './tenants.ts';
import { everyScopeButAdmin } from './tenants.ts';

/** The ids of everything that a tenant has. */
export interface TenantIds {
  readonly account: string;
  readonly key: string;
  readonly token: string;
  /** Of a record in the books. */
  readonly generation: string;
  /** Of one that runs, or is kept for its readers. */
  readonly live: string;
  readonly app: string;
}

/** A tenant in each of whose fields stands something that nobody else has. */
export interface CanaryTenant {
  readonly ids: TenantIds;
  readonly caller: Caller;
  /** What must never be told to anybody else. */
  readonly canaries: readonly string[];
}

/** Known to all who may see rankings, by design: the app of an account that lets its requests be attributed. */
export const publicApp = { url: 'https://known-to-all.example', title: 'Known to all', categories: ['known-word'] };

/** Makes a tenant whose every field is a canary, with records, credits, a budget and contents. */
export async function createCanaryTenant(tenants: Tenants, live: string): Promise<CanaryTenant> {
  const { accounts, store, operator, clock } = tenants;
  const now = clock.now();
  const account = await tenants.account('canary-account-name');
  await accounts.administration.update(operator, account, {
    defaultModel: 'canary/default-model',
    defaultProvider: { only: ['canary-provider'] },
    contentRetentionDays: 1_234,
  });
  const caller = await tenants.keyOf(account, {
    name: 'canary-key-name',
    scopes: [...everyScopeButAdmin],
    allowedModels: ['canary/allowed-*'],
    allowedProviders: ['canary-allowed'],
  });
  const key = caller.keyId ?? '';
  await accounts.apiKeys.update(operator, key, {
    limit: { limitNano: 71_123_456_781, reset: 'monthly' },
    requestsPerMinute: 7_112_341,
    tokensPerMinute: 7_112_342,
    concurrentStreams: 7_112_343,
  });
  const made = { expiresInSeconds: 600, name: 'canary-token-name', origin: 'https://canary-origin.example' };
  const token = (await accounts.clientTokens.create(caller, made)).key.id;
  await accounts.administration.grantCredits(operator, {
    accountId: account,
    amountNano: 72_123_456_782,
    note: 'canary-note',
    id: 'ldg-canary',
  });
  await accounts.administration.setBudget(operator, account, 73_123_456_783, 'weekly');
  const app = await store.apps.resolve(publicApp);
  const more = {
    accountId: account,
    keyId: key,
    parentKeyId: 'key-canary-parent',
    appId: app,
    userId: 'canary-user',
    sessionId: 'canary-session',
    createdAt: now,
    requested: { models: ['canary/requested'] },
    caps: [`credits:${account}`, `budget:${account}`, `limit:${key}`],
    replica: 'canary-replica',
  };
  const generation = 'gen-canary-done';
  await store.books.begin(
    admission(generation, { ...more, idempotency: { key: 'canary-idempotency', requestHash: 'a' } }),
  );
  await store.books.settle(
    generation,
    settlement(1_712_345, {
      finishedAt: now + 7_654_321,
      durationMs: 7_654_321,
      firstContentMs: 7_654_322,
      operatorCostNano: 1_812_346,
      nativeFinishReason: 'canary-native',
      errorKind: 'canary-error',
      provider: 'canary-served-by',
      endpoint: { id: 'canary/served@x', upstreamModel: 'canary-upstream' },
      attempts: [{ endpoint: 'canary/attempted@x', outcome: 'failed', failureKind: 'unreachable' }],
    }),
  );
  await store.books.begin(admission('gen-canary-open', { ...more, reserveNano: 1_912_347, expiresAt: now + 600_000 }));
  await store.contents.put({
    generationId: generation,
    accountId: account,
    prompt: ['canary-prompt'],
    answer: { text: 'canary-answer' },
    expiresAt: now + 86_400_000,
  });
  const record = await store.apiKeys.get('everyone', key);
  return {
    ids: { account, key, token, generation, live, app },
    caller,
    canaries: [
      ...['account-name', '/default-model', '-provider', '-key-name', '/allowed-*', '-allowed', '-token-name'],
      ...['-note', '-user', '-session', '/requested', '-idempotency', '-native', '-error', '-served-by', '/served@x'],
      ...['-upstream', '/attempted@x', '-prompt', '-answer', '-parent', '-replica', '-origin', '-live-text'],
    ]
      .map((end) => `canary${end.startsWith('a') ? `-${end}` : end}`)
      .concat([
        account,
        key,
        token,
        generation,
        live,
        'gen-canary-open',
        'ldg-canary',
        record?.prefix ?? '',
        record?.last4 ?? '',
      ])
      .concat(['71.123456781', '72.123456782', '73.123456783', '7112341', '7112342', '7112343', '1234,', '0.001712345'])
      .concat(['0.001812346', '0.001912347', '7654321', '7654322']),
  };
}
