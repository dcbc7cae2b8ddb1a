import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { ApiKeyRecord } from '../storage/records.ts';
import type { ApiKeyStore, Credentials } from '../storage/store.ts';
import type { KeysChange } from './authentication.ts';
import { callerOf, endOf, isNarrowed, refusalOf } from './credentials.ts';
import { askStore } from './store-deadline.ts';

/** Keys that were seen of late, by the hash of their secret, and the signals that cut what runs by them. */
export interface KeyCache {
  /** The caller, where the key may be taken for good; asks the store again in the background when it is time. */
  readonly find: (hash: string) => Caller | undefined;
  /** `askedAtMs`: the wall clock when the store was asked, so that no change since then is missed. */
  readonly add: (hash: string, secret: SecretParts, credentials: Credentials, askedAtMs: number) => Caller;
  /** The one origin that the cached token may be used from. */
  readonly originOf: (hash: string) => string | undefined;
  readonly changed: (change: KeysChange) => void;
  readonly close: () => void;
}

type SecretParts = Pick<ApiKeyRecord, 'prefix' | 'last4'>;

interface Entry {
  readonly hash: string;
  readonly secret: SecretParts;
  credentials: Credentials;
  caller: Caller;
  cut: AbortController;
  /** The wall clock's time when it ends by itself. */
  endsAtMs: number | undefined;
  confirmedAtMs: number;
  usedAtMs: number;
  asking: boolean;
}

/** After so long the store is asked again, besides the regular question for what has changed. */
const freshMs = 10_000;
/** A key that was used within this time goes on working while the store is away … */
const seenMs = 10 * 60_000;
/** … but not for longer than this without having been confirmed. */
const unconfirmedMs = 60 * 60_000;
/** How long an entry is kept for the sake of what still runs by its key. */
const keptMs = 60 * 60_000;
/** How often the store is asked for what other processes changed, and the entries for what has ended. */
const pollMs = 500;
/** How far the clocks of two replicas may be apart. */
const overlapMs = 5_000;
const mostEntries = 50_000;

export function createKeyCache(store: Pick<ApiKeyStore, 'findByHash' | 'changedSince'>, clock: Clock): KeyCache {
  const entries = new Map<string, Entry>();
  let changesFromMs = 0;
  let stopPolling: (() => void) | undefined;
  let closed = false;

  function find(hash: string): Caller | undefined {
    const entry = entries.get(hash);
    if (entry === undefined) return undefined;
    const nowMs = clock.monotonic();
    if (entry.endsAtMs !== undefined && entry.endsAtMs <= clock.now()) {
      end(entry);
      return undefined;
    }
    const unconfirmedForMs = nowMs - entry.confirmedAtMs;
    if (nowMs - Math.max(entry.usedAtMs, entry.confirmedAtMs) > seenMs || unconfirmedForMs > unconfirmedMs)
      return undefined;
    entry.usedAtMs = nowMs;
    if (unconfirmedForMs > freshMs) void confirm(entry);
    return entry.caller;
  }

  function add(hash: string, secret: SecretParts, credentials: Credentials, askedAtMs: number): Caller {
    const nowMs = clock.monotonic();
    const known = entries.get(hash);
    if (known !== undefined) {
      known.usedAtMs = nowMs;
      renew(known, credentials);
      return known.caller;
    }
    const cut = new AbortController();
    const entry: Entry = {
      hash,
      secret,
      credentials,
      caller: callerOf(credentials, cut.signal),
      cut,
      endsAtMs: endOf(credentials, secret),
      confirmedAtMs: nowMs,
      usedAtMs: nowMs,
      asking: false,
    };
    const oldest = entries.keys().next();
    if (entries.size >= mostEntries && oldest.done === false) entries.delete(oldest.value);
    entries.set(hash, entry);
    if (stopPolling === undefined) {
      changesFromMs = askedAtMs - overlapMs;
      schedulePoll();
    }
    return entry.caller;
  }

  /** Asks for one key again. While the store does not answer, what is known stays. */
  async function confirm(entry: Entry): Promise<void> {
    if (entry.asking) return;
    entry.asking = true;
    try {
      const credentials = await askStore(clock, () => store.findByHash(entry.hash));
      if (credentials === undefined || refusalOf(credentials, clock.now()) !== undefined) end(entry);
      else renew(entry, credentials);
    } catch {
      // The next question, or the poll, finds it out.
    } finally {
      entry.asking = false;
    }
  }

  function renew(entry: Entry, credentials: Credentials): void {
    if (isNarrowed(entry.credentials, credentials)) {
      entry.cut.abort(new AccountError('forbidden', 'What this key may do has changed.'));
      entry.cut = new AbortController();
    }
    entry.credentials = credentials;
    entry.caller = callerOf(credentials, entry.cut.signal);
    entry.endsAtMs = endOf(credentials, entry.secret);
    entry.confirmedAtMs = clock.monotonic();
  }

  function end(entry: Entry): void {
    entries.delete(entry.hash);
    const why = refusalOf(entry.credentials, clock.now())?.message ?? 'This key is no longer good.';
    entry.cut.abort(new AccountError('unauthenticated', why));
  }

  function schedulePoll(): void {
    stopPolling = clock.after(pollMs, () => void poll());
  }

  async function poll(): Promise<void> {
    sweep();
    const askedAtMs = clock.now();
    try {
      const changes = await askStore(clock, () => store.changedSince(changesFromMs));
      changesFromMs = askedAtMs - overlapMs;
      for (const { id, revoked } of changes) changed({ keyIds: [id], ended: revoked });
    } catch {
      // What changed in the meantime is asked for when the store answers again.
    }
    if (entries.size > 0 && !closed) schedulePoll();
    else stopPolling = undefined;
  }

  function sweep(): void {
    const [nowMs, wallMs] = [clock.monotonic(), clock.now()];
    for (const entry of entries.values()) {
      if (entry.endsAtMs !== undefined && entry.endsAtMs <= wallMs) end(entry);
      else if (nowMs - entry.usedAtMs > keptMs) entries.delete(entry.hash);
    }
  }

  function changed({ keyIds = [], accountId, ended = false }: KeysChange): void {
    const ids = new Set(keyIds);
    for (const entry of entries.values()) {
      const { key, account } = entry.credentials;
      const meant =
        ids.has(key.id) || (key.parentId !== undefined && ids.has(key.parentId)) || account.id === accountId;
      if (!meant) continue;
      if (ended) end(entry);
      else void confirm(entry);
    }
  }

  return {
    find,
    add,
    originOf: (hash) => entries.get(hash)?.credentials.key.origin,
    changed,
    close: () => {
      closed = true;
      stopPolling?.();
    },
  };
}
