import { randomBytes } from 'node:crypto';
import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import { limitCapId } from '../storage/cap-ids.ts';
import type { ApiKeyRecord } from '../storage/records.ts';
import type { Store } from '../storage/store.ts';
import type { MadeKey } from './api-keys.ts';
import { checkAmount, checkOperations, checkOrigin, checkTerms, invalid } from './key-rules.ts';
import { actOf, demandScope } from './permissions.ts';
import { excessOf } from './rights.ts';
import { hashSecret, makeSecret, shownPartsOf } from './secret.ts';
import { askStore } from './store-deadline.ts';

/** A short-lived, narrow key for a browser. What is absent is as wide as its key. */
export interface NewClientToken {
  /** From a minute to a day. */
  readonly expiresInSeconds: number;
  readonly name?: string | undefined;
  readonly allowedModels?: readonly string[] | undefined;
  readonly allowedProviders?: readonly string[] | undefined;
  /** What it may spend in its life, nano-dollars; its key's limits hold besides. */
  readonly budgetNano?: number | undefined;
  /** See `tokenOperations`. */
  readonly operations?: readonly string[] | undefined;
  /** The one web origin that may use it. */
  readonly origin?: string | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly concurrentStreams?: number | undefined;
}

export interface ClientTokens {
  /**
   * Makes a token of the key that asks. It may ask models and no more, at most what its key may, and ends with it. Rejects with
   * AccountError.
   */
  readonly create: (by: Caller, input: NewClientToken) => Promise<MadeKey>;
}

const leastSeconds = 60;
const mostSeconds = 24 * 3_600;

export function createClientTokens(store: Pick<Store, 'apiKeys' | 'caps'>, clock: Clock): ClientTokens {
  return {
    async create(by, input) {
      const { keyId } = by;
      demandScope(by, 'inference');
      if (keyId === undefined || by.parentKeyId !== undefined) {
        throw new AccountError('forbidden', 'Client tokens are made by an API key: show one of the account that pays.');
      }
      const { expiresInSeconds, budgetNano, operations, origin, name = 'client token', ...terms } = input;
      const nowMs = clock.now();
      if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < leastSeconds || expiresInSeconds > mostSeconds) {
        const message = `A client token lives from ${leastSeconds} to ${mostSeconds} seconds.`;
        throw invalid('expiresInSeconds', message);
      }
      checkTerms({ name, ...terms }, nowMs);
      checkOperations(operations);
      checkOrigin(origin);
      if (budgetNano !== undefined) checkAmount('budget', budgetNano);

      const maker = await askStore(clock, () => store.apiKeys.find(keyId));
      if (maker === undefined) throw new AccountError('unauthenticated', 'The key that asks is gone.');
      const { allowedModels, allowedProviders, requestsPerMinute, tokensPerMinute, concurrentStreams } = terms;
      const secret = makeSecret('client_token');
      const token: ApiKeyRecord = {
        id: `key-${randomBytes(12).toString('base64url')}`,
        accountId: by.accountId,
        kind: 'client_token',
        parentId: keyId,
        name,
        ...shownPartsOf(secret),
        scopes: ['inference'],
        createdAt: nowMs,
        expiresAt: Math.min(nowMs + expiresInSeconds * 1_000, maker.key.expiresAt ?? Number.POSITIVE_INFINITY),
        ...(operations !== undefined && { operations }),
        ...(origin !== undefined && { origin }),
        ...(allowedModels !== undefined && { allowedModels }),
        ...(allowedProviders !== undefined && { allowedProviders }),
        ...(requestsPerMinute !== undefined && { requestsPerMinute }),
        ...(tokensPerMinute !== undefined && { tokensPerMinute }),
        ...(concurrentStreams !== undefined && { concurrentStreams }),
      };
      // What it does not say it has from its key: both lists are asked for each request.
      const said = { ...maker.key, ...token };
      const excess = excessOf(said, maker.key);
      if (excess !== undefined) {
        throw new AccountError('forbidden', `A client token cannot do more than its key. ${excess}`);
      }
      if (budgetNano !== undefined) {
        const cap = { id: limitCapId(token.id), limitNano: budgetNano, reset: 'none' as const };
        await store.caps.set(cap, actOf(by, 'clientToken.setLimit'));
      }
      await store.apiKeys.create(token, hashSecret(secret), actOf(by, 'clientToken.create'));
      return { key: token, secret };
    },
  };
}
