import type { AccountRecord, Admission, ApiKeyRecord, Settlement } from '../../src/storage/records.ts';
import type { Act } from '../../src/storage/store.ts';

/** Noon of the first of January 2026, when the samples are made. */
export const noon = Date.UTC(2026, 0, 1, 12);
export const act: Act = { actor: 'operator', action: 'test' };

export const account = (id = 'acct-a', more: Partial<AccountRecord> = {}): AccountRecord => ({
  id,
  name: `Account ${id}`,
  createdAt: noon,
  zdr: false,
  attribution: true,
  ...more,
});

export const apiKey = (id = 'key-a', more: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id,
  accountId: 'acct-a',
  kind: 'key',
  name: `Key ${id}`,
  prefix: 'sk-pm-v1-abcd',
  last4: 'wxyz',
  scopes: ['inference'],
  createdAt: noon,
  ...more,
});

export const admission = (id: string, more: Partial<Admission> = {}): Admission => ({
  id,
  accountId: 'acct-a',
  keyId: 'key-a',
  replica: 'replica-1',
  boot: 'boot-1',
  createdAt: noon,
  expiresAt: noon + 60_000,
  reserveNano: 100,
  caps: [],
  requested: { models: ['author/model'] },
  streamed: true,
  ...more,
});

export const settlement = (costNano: number, more: Partial<Settlement> = {}): Settlement => ({
  finishedAt: noon + 2_000,
  costNano,
  operatorCostNano: costNano,
  termination: 'complete',
  usage: usage(10, 5),
  model: 'author/model',
  provider: 'acme',
  endpoint: { id: 'author/model@acme', pricing: { prompt: '0.000001', completion: '0.000002' } },
  attempts: [{ endpoint: 'author/model@acme', outcome: 'succeeded' }],
  finishReason: 'stop',
  durationMs: 2_000,
  ...more,
});

export const usage = (promptTokens: number, completionTokens: number) => ({
  promptTokens,
  completionTokens,
  totalTokens: promptTokens + completionTokens,
  cachedTokens: 2,
  cacheWriteTokens: 0,
  reasoningTokens: 1,
  source: 'provider' as const,
});
