import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { ApiKeyRecord } from '../storage/records.ts';
import type { ApiKeyStore } from '../storage/store.ts';
import { excessOf, type Rights } from './rights.ts';
import { askStore } from './store-deadline.ts';

/** A key as it would be, or as it is. */
export type KeyPowers = Rights & Pick<ApiKeyRecord, 'expiresAt'>;

/** Throws `forbidden` where a key goes beyond what its maker may make or change. */
export type KeyBounds = (powers: KeyPowers) => void;

/**
 * What keys the caller may make and change. An administrator, and a caller without a key, any. A key: those that may do no more and
 * live no longer than itself; and only where nothing limits what it spends or how often it asks, since keys do not share their
 * maker's limits. A limited key makes client tokens instead, which do.
 */
export async function boundsOf(by: Caller, apiKeys: Pick<ApiKeyStore, 'find'>, clock: Clock): Promise<KeyBounds> {
  const { keyId } = by;
  if (by.scopes.has('admin') || keyId === undefined) return () => undefined;
  const maker = await askStore(clock, () => apiKeys.find(keyId));
  if (maker === undefined) throw new AccountError('unauthenticated', 'The key that asks is gone.');
  const { key, caps } = maker;
  const capped = caps.some(({ id, limitNano }) => id.endsWith(`:${key.id}`) && limitNano !== undefined);
  const limited = key.requestsPerMinute ?? key.tokensPerMinute ?? key.concurrentStreams;
  if (capped || limited !== undefined || key.kind === 'client_token') {
    const message =
      'A key with limits of its own cannot make or change keys, which would not share its limits. It can make client tokens.';
    throw new AccountError('forbidden', message);
  }
  return (powers) => {
    const excess = excessOf(powers, key) ?? outlives(powers, key);
    if (excess !== undefined) {
      throw new AccountError('forbidden', `A key cannot make or change a key that may do more than itself. ${excess}`);
    }
  };
}

function outlives(powers: KeyPowers, maker: KeyPowers): string | undefined {
  if (maker.expiresAt === undefined || (powers.expiresAt ?? Number.POSITIVE_INFINITY) <= maker.expiresAt)
    return undefined;
  return `It would outlive it: let it expire by ${new Date(maker.expiresAt).toISOString()}.`;
}
