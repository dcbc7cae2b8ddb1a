import { createHash, timingSafeEqual } from 'node:crypto';
import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { ApiKeyStore } from '../storage/store.ts';
import { refusalOf } from './credentials.ts';
import { createFailureThrottle } from './failure-throttle.ts';
import { createKeyCache } from './key-cache.ts';
import { hashSecret, readSecret, shownPartsOf } from './secret.ts';
import { askStore } from './store-deadline.ts';

/** What somebody shows, and from where. */
export interface Shown {
  readonly secret: string;
  readonly address: string;
  /** The Origin header, which a browser sends. */
  readonly origin?: string;
}

/** What has changed in this process: what is known of it holds no longer. */
export interface KeysChange {
  readonly keyIds?: readonly string[];
  readonly accountId?: string;
  /** The keys were revoked, or the account closed: what runs is cut at once, without asking the store. */
  readonly ended?: boolean;
}

/** Finds out who asks. */
export interface Authentication {
  /**
   * The caller, at once where the key was seen of late. Throws, or rejects, an AccountError: `unauthenticated`, `forbidden` (a
   * client token shown from a foreign origin), `too_many_failures`, or `store_unavailable` for a key that nobody can look up now.
   */
  readonly authenticate: (shown: Shown) => Caller | Promise<Caller>;
  /** To be told of each change that this process makes; other processes' are noticed within a second. */
  readonly changed: (change: KeysChange) => void;
  readonly close: () => void;
}

export interface AuthenticationOptions {
  readonly apiKeys: Pick<ApiKeyStore, 'findByHash' | 'changedSince'>;
  readonly clock: Clock;
  /** The administrator's key, and who shows it. */
  readonly administrator?: { readonly key: string; readonly caller: () => Caller };
}

const unknownMs = 5_000;
const mostUnknown = 10_000;

/**
 * Keys are kept in memory: a request with a key seen of late asks nobody. Typing errors are told offline. What is unknown is
 * remembered for five seconds, and an address with twenty failures in a minute has to wait; keys in memory go on working for it,
 * since others may share its address.
 */
export function createAuthentication({ apiKeys, clock, administrator }: AuthenticationOptions): Authentication {
  const throttle = createFailureThrottle(clock);
  const cache = createKeyCache(apiKeys, clock);
  const administratorHash = administrator && digest(administrator.key);
  /** Hashes of secrets that are good for nothing, why, and until when that is taken for granted. */
  const unknown = new Map<string, { readonly error: AccountError; readonly untilMs: number }>();
  const lookingUp = new Map<string, Promise<Caller>>();

  async function lookUp(hash: string, secret: string): Promise<Caller> {
    const askedAtMs = clock.now();
    const credentials = await askStore(clock, () => apiKeys.findByHash(hash));
    const error =
      credentials === undefined
        ? new AccountError(
            'unauthenticated',
            'There is no such key. It may have been replaced, or belong to another server.',
          )
        : refusalOf(credentials, clock.now());
    if (credentials === undefined || error !== undefined) {
      if (error !== undefined) remember(hash, error);
      throw error;
    }
    return cache.add(hash, shownPartsOf(secret), credentials, askedAtMs);
  }

  function remember(hash: string, error: AccountError): void {
    const oldest = unknown.keys().next();
    if (unknown.size >= mostUnknown && oldest.done === false) unknown.delete(oldest.value);
    unknown.set(hash, { error, untilMs: clock.monotonic() + unknownMs });
  }

  function known(hash: string): AccountError | undefined {
    const entry = unknown.get(hash);
    if (entry === undefined || clock.monotonic() < entry.untilMs) return entry?.error;
    unknown.delete(hash);
    return undefined;
  }

  function fromHere(caller: Caller, hash: string, origin: string | undefined): Caller {
    const allowed = cache.originOf(hash);
    if (allowed === undefined || allowed === origin) return caller;
    throw new AccountError('forbidden', `This client token is for pages of ${allowed} alone.`);
  }

  function failing(address: string, error: unknown): never {
    if (error instanceof AccountError && error.kind === 'unauthenticated') throttle.failed(address);
    throw error;
  }

  return {
    authenticate({ secret, address, origin }) {
      if (administrator !== undefined && administratorHash !== undefined) {
        if (timingSafeEqual(digest(secret), administratorHash)) return administrator.caller();
      }
      const hash = hashSecret(secret);
      const cached = cache.find(hash);
      if (cached !== undefined) return fromHere(cached, hash, origin);

      const waitMs = throttle.waitMs(address);
      if (waitMs > 0) {
        const message = `Too many wrong keys came from this address. Try again in ${Math.ceil(waitMs / 1_000)} s.`;
        throw new AccountError('too_many_failures', message, { retryAfterMs: waitMs });
      }
      const reading = readSecret(secret);
      if (reading.kind === undefined) return failing(address, misread(reading.fault));
      const refused = known(hash);
      if (refused !== undefined) return failing(address, refused);

      const pending = lookingUp.get(hash) ?? lookUp(hash, secret).finally(() => lookingUp.delete(hash));
      lookingUp.set(hash, pending);
      return pending.then(
        (caller) => fromHere(caller, hash, origin),
        (error: unknown) => failing(address, error),
      );
    },
    changed: (change) => cache.changed(change),
    close: () => cache.close(),
  };
}

function misread(fault: 'mistyped' | 'unfamiliar'): AccountError {
  return new AccountError(
    'unauthenticated',
    fault === 'mistyped'
      ? 'This key is mistyped, or only a part of one: its checksum is wrong. Copy it again.'
      : 'This key is not right.',
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
