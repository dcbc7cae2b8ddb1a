import { describe, expect, it } from 'vitest';
import { createAuthentication } from '../../../src/accounts/authentication.ts';
import { makeSecret } from '../../../src/accounts/secret.ts';
import type { Caller } from '../../../src/caller.ts';
import { aCaller } from '../../support/a-caller.ts';
import { createKeyStore } from '../../support/key-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const seconds = 1_000;
const minutes = 60 * seconds;

function setUp() {
  const clock = createManualClock();
  const store = createKeyStore(clock);
  const operator = aCaller({ accountId: 'acct-operator' });
  const authentication = createAuthentication({
    apiKeys: store,
    clock,
    administrator: { key: 'the administrator’s key', caller: () => operator },
  });
  const ask = async (secret: string, address = '192.0.2.1', origin?: string): Promise<Caller> =>
    authentication.authenticate({ secret, address, ...(origin !== undefined && { origin }) });
  const refusal = async (secret: string, address = '192.0.2.1', origin?: string) => {
    const pending = ask(secret, address, origin).then(
      () => expect.fail('was let in'),
      (error: unknown) => error as Error & { kind: string; retryAfterMs?: number },
    );
    await clock.advance(500);
    return pending;
  };
  return { clock, store, authentication, ask, refusal, operator };
}

describe('a key', () => {
  it('tells who asks: the account, the limits, the defaults', async () => {
    const { store, ask } = setUp();
    store.changeAccount({ defaultModel: 'a/b', zdr: true, dataCollection: 'deny', contentRetentionDays: 3 });
    const secret = store.add({ id: 'key-1', allowedModels: ['a/*'], requestsPerMinute: 7, scopes: ['inference'] });
    expect(await ask(secret)).toMatchObject({
      accountId: 'acct-1',
      keyId: 'key-1',
      scopes: new Set(['inference']),
      allowedModels: [['a/*']],
      limits: { requestsPerMinute: 7 },
      capped: false,
      defaults: { model: 'a/b', dataCollection: 'deny', zdr: true },
      contentRetentionDays: 3,
      attribution: true,
    });
  });

  it('is looked up once, and then known without asking, at once', async () => {
    const { store, ask, authentication } = setUp();
    const secret = store.add({ id: 'key-1' });
    await Promise.all([ask(secret), ask(secret), ask(secret)]);
    expect(store.lookups()).toBe(1);
    expect(authentication.authenticate({ secret, address: 'x' })).toMatchObject({ keyId: 'key-1' });
  });

  it('is confirmed in the background after ten seconds', async () => {
    const { clock, store, ask, authentication } = setUp();
    const secret = store.add({ id: 'key-1' });
    await ask(secret);
    await clock.advance(20 * seconds);
    const before = store.lookups();
    expect(authentication.authenticate({ secret, address: 'x' })).toMatchObject({ keyId: 'key-1' });
    expect(store.lookups()).toBe(before + 1);
  });

  it('that is capped by anything says so', async () => {
    const { store, ask } = setUp();
    const counted = { reset: 'none', periodStart: 0, reservedNano: 0, spentNano: 0 } as const;
    store.caps.push({ id: 'budget:acct-1', ...counted });
    expect((await ask(store.add({ id: 'key-1' }))).capped).toBe(false);
    store.caps.push({ id: 'credits:acct-1', limitNano: 5, ...counted });
    expect((await ask(store.add({ id: 'key-2' }))).capped).toBe(true);
  });

  it('that is mistyped, foreign or unknown is refused with a reason, the first two without asking the store', async () => {
    const { store, refusal } = setUp();
    const secret = store.add({ id: 'key-1' });
    expect(await refusal(`${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`)).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('mistyped'),
    });
    expect(await refusal('sk-proj-of-another-service')).toMatchObject({ kind: 'unauthenticated' });
    expect(store.lookups()).toBe(0);
    expect(await refusal(makeSecret('key'))).toMatchObject({ kind: 'unauthenticated' });
    expect(store.lookups()).toBe(1);
  });

  it('of which nobody knows is asked for once in five seconds', async () => {
    const { clock, store, refusal } = setUp();
    const stranger = makeSecret('key');
    await refusal(stranger);
    await refusal(stranger);
    expect(store.lookups()).toBe(1);
    await clock.advance(5 * seconds);
    await refusal(stranger);
    expect(store.lookups()).toBe(2);
  });

  it.each([
    ['revoked', { revokedAt: 1 }],
    ['expired', { expiresAt: 1 }],
  ])('that is %s is refused, saying so', async (word, change) => {
    const { store, refusal } = setUp();
    expect(await refusal(store.add({ id: 'key-1', ...change }))).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining(word),
    });
  });

  it('of a closed account is refused, saying so', async () => {
    const { store, refusal } = setUp();
    store.changeAccount({ closedAt: 1 });
    expect((await refusal(store.add({ id: 'key-1' }))).message).toContain('is closed');
  });

  it('that is the administrator’s opens the operator’s account', async () => {
    const { ask, operator, refusal } = setUp();
    expect(await ask('the administrator’s key')).toBe(operator);
    expect(await refusal('the administrator’s kez')).toMatchObject({ kind: 'unauthenticated' });
  });
});

describe('revocation', () => {
  it('in this process cuts what runs at once', async () => {
    const { store, ask, authentication, refusal } = setUp();
    const secret = store.add({ id: 'key-1' });
    const { revoked } = await ask(secret);
    store.change('key-1', { revokedAt: 5 });
    authentication.changed({ keyIds: ['key-1'], ended: true });
    expect(revoked.aborted).toBe(true);
    expect((await refusal(secret)).message).toContain('revoked');
  });

  it('in another process cuts what runs within a second, and nobody else', async () => {
    const { clock, store, ask, refusal } = setUp();
    const secret = store.add({ id: 'key-1' });
    const { revoked } = await ask(secret);
    const other = await ask(store.add({ id: 'key-2' }));
    await clock.advance(30 * seconds);
    expect(revoked.aborted).toBe(false);
    store.change('key-1', { revokedAt: 5 });
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(true);
    expect(revoked.reason).toMatchObject({ kind: 'unauthenticated' });
    expect(other.revoked.aborted).toBe(false);
    expect((await refusal(secret)).message).toContain('revoked');
  });

  it('of a key cuts its client tokens', async () => {
    const { clock, store, ask } = setUp();
    store.add({ id: 'key-1' });
    const { revoked } = await ask(store.add({ id: 'key-2', kind: 'client_token', parentId: 'key-1' }));
    store.change('key-1', { revokedAt: 5 });
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(true);
  });

  it('that comes while the store is away is noticed within a second of its return', async () => {
    const { clock, store, ask } = setUp();
    const { revoked } = await ask(store.add({ id: 'key-1' }));
    store.state = 'broken';
    await clock.advance(60 * seconds);
    store.change('key-1', { revokedAt: 5 });
    await clock.advance(60 * seconds);
    expect(revoked.aborted).toBe(false);
    store.state = 'well';
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(true);
  });

  it('is noticed although the clock of the other replica is seconds behind', async () => {
    const { clock, store, ask } = setUp();
    const { revoked } = await ask(store.add({ id: 'key-1' }));
    await clock.advance(30 * seconds);
    clock.jump(-4 * seconds);
    store.change('key-1', { revokedAt: 5 });
    clock.jump(4 * seconds);
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(true);
  });
});

describe('what ends or changes', () => {
  it('at its expiry cuts what runs within a second, though the store is away', async () => {
    const { clock, store, ask, refusal } = setUp();
    const secret = store.add({ id: 'key-1', expiresAt: clock.now() + 10 * seconds });
    const { revoked } = await ask(secret);
    store.state = 'hanging';
    await clock.advance(9 * seconds);
    expect(revoked.aborted).toBe(false);
    await clock.advance(2 * seconds);
    expect(revoked.aborted).toBe(true);
    expect((await refusal(secret)).kind).toBe('store_unavailable');
  });

  it('a key that may do less cuts what runs; a wider, renamed or otherwise limited one does not', async () => {
    const { clock, store, ask } = setUp();
    const secret = store.add({ id: 'key-1', allowedModels: ['a/b'] });
    const { revoked } = await ask(secret);
    store.change('key-1', { name: 'new', requestsPerMinute: 5, allowedModels: ['a/*'] });
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(false);
    expect(await ask(secret)).toMatchObject({ limits: { requestsPerMinute: 5 }, allowedModels: [['a/*']] });
    store.change('key-1', { allowedModels: ['a/c'] });
    await clock.advance(seconds);
    expect(revoked.aborted).toBe(true);
    const next = await ask(secret);
    expect(next.revoked.aborted).toBe(false);
    expect(next.allowedModels).toEqual([['a/c']]);
  });

  it('a rotated key works by both secrets until the grace is over, which cuts what runs by the old one alone', async () => {
    const { clock, store, ask, refusal } = setUp();
    const old = store.add({ id: 'key-1' });
    const before = await ask(old);
    const fresh = store.rotate('key-1', clock.now() + 60 * seconds);
    await clock.advance(seconds);
    expect((await ask(old)).keyId).toBe('key-1');
    const after = await ask(fresh);
    await clock.advance(60 * seconds);
    expect(before.revoked.aborted).toBe(true);
    expect(after.revoked.aborted).toBe(false);
    expect((await refusal(old)).kind).toBe('unauthenticated');
    expect((await ask(fresh)).keyId).toBe('key-1');
  });

  it('a rotation without grace cuts what runs by the old secret at once', async () => {
    const { clock, store, ask, authentication } = setUp();
    const { revoked } = await ask(store.add({ id: 'key-1' }));
    store.rotate('key-1', clock.now());
    authentication.changed({ keyIds: ['key-1'] });
    await clock.advance(0);
    expect(revoked.aborted).toBe(true);
  });

  it('a closed account cuts all its keys', async () => {
    const { clock, store, ask } = setUp();
    const one = await ask(store.add({ id: 'key-1' }));
    const two = await ask(store.add({ id: 'key-2' }));
    store.changeAccount({ closedAt: 5 });
    await clock.advance(seconds);
    expect([one.revoked.aborted, two.revoked.aborted]).toEqual([true, true]);
  });
});

describe('while the store is away', () => {
  it.each(['broken', 'hanging'] as const)('(%s) a key seen of late keeps working, at once', async (state) => {
    const { clock, store, ask, authentication } = setUp();
    const secret = store.add({ id: 'key-1' });
    await ask(secret);
    store.state = state;
    for (let minute = 0; minute < 30; minute += 1) {
      await clock.advance(minutes);
      expect(authentication.authenticate({ secret, address: 'x' })).toMatchObject({ keyId: 'key-1' });
    }
  });

  it.each(['broken', 'hanging'] as const)('(%s) an unknown key is not refused for good: try again', async (state) => {
    const { store, refusal, ask } = setUp();
    const secret = store.add({ id: 'key-1' });
    store.state = state;
    expect(await refusal(secret)).toMatchObject({ kind: 'store_unavailable', retryAfterMs: 1_000 });
    store.state = 'well';
    expect((await ask(secret)).keyId).toBe('key-1');
  });

  it('a key that was not used for ten minutes, or not confirmed for an hour, is asked for again', async () => {
    const { clock, store, ask, refusal } = setUp();
    const [rare, busy] = [store.add({ id: 'key-1' }), store.add({ id: 'key-2' })];
    await ask(rare);
    await ask(busy);
    store.state = 'broken';
    for (let minute = 0; minute < 60; minute += 5) {
      await clock.advance(5 * minutes - seconds);
      await ask(busy);
    }
    expect((await refusal(rare)).kind).toBe('store_unavailable');
    await clock.advance(minutes);
    expect((await refusal(busy)).kind).toBe('store_unavailable');
  });
});

describe('an address with twenty wrong keys in a minute', () => {
  it('has to wait with unknown keys, without the store being asked; keys in memory go on', async () => {
    const { clock, store, ask, refusal } = setUp();
    const [known, fresh] = [store.add({ id: 'key-1' }), store.add({ id: 'key-2' })];
    await ask(known, '192.0.2.66');
    for (let count = 0; count < 20; count += 1) {
      expect((await refusal(makeSecret('key'), '192.0.2.66')).kind).toBe('unauthenticated');
    }
    const lookups = store.lookups();
    const waiting = await refusal(makeSecret('key'), '192.0.2.66');
    expect(waiting.kind).toBe('too_many_failures');
    expect(waiting.retryAfterMs).toBeGreaterThan(0);
    expect(waiting.message).toMatch(/^Too many wrong keys came from this address\. Try again in \d+ s\.$/);
    expect((await refusal(fresh, '192.0.2.66')).kind).toBe('too_many_failures');
    expect(store.lookups()).toBe(lookups);
    expect((await ask(known, '192.0.2.66')).keyId).toBe('key-1');
    expect((await ask(fresh, '192.0.2.67')).keyId).toBe('key-2');
    await clock.advance(minutes);
    expect((await refusal(makeSecret('key'), '192.0.2.66')).kind).toBe('unauthenticated');
  });

  it('is not one where the store was away', async () => {
    const { store, refusal } = setUp();
    store.state = 'broken';
    for (let count = 0; count < 30; count += 1) {
      expect((await refusal(makeSecret('key'))).kind).toBe('store_unavailable');
    }
  });
});

describe('a client token', () => {
  it('bears its own id and its key’s, and both lists and limits hold', async () => {
    const { store, ask } = setUp();
    store.add({ id: 'key-1', allowedModels: ['a/*'], tokensPerMinute: 100, scopes: ['inference', 'usage:read'] });
    const token = store.add({
      id: 'key-2',
      kind: 'client_token',
      parentId: 'key-1',
      allowedModels: ['a/b'],
      operations: ['stream'],
      requestsPerMinute: 3,
    });
    expect(await ask(token)).toMatchObject({
      keyId: 'key-2',
      parentKeyId: 'key-1',
      scopes: new Set(['inference']),
      allowedModels: [['a/b'], ['a/*']],
      limits: { requestsPerMinute: 3 },
      parentLimits: { tokensPerMinute: 100 },
      operations: new Set(['__typename', 'streamChatCompletion']),
    });
  });

  it('is good for its origin alone, also once it is in memory', async () => {
    const { store, ask, refusal } = setUp();
    store.add({ id: 'key-1' });
    const token = store.add({
      id: 'key-2',
      kind: 'client_token',
      parentId: 'key-1',
      origin: 'https://chat.example',
    });
    expect(await refusal(token, 'x', 'https://evil.example')).toMatchObject({
      kind: 'forbidden',
      message: 'This client token is for pages of https://chat.example alone.',
    });
    expect((await ask(token, 'x', 'https://chat.example')).keyId).toBe('key-2');
    expect((await refusal(token, 'x')).kind).toBe('forbidden');
  });

  it('dies with its key', async () => {
    const { store, refusal } = setUp();
    store.add({ id: 'key-1', revokedAt: 5 });
    const token = store.add({ id: 'key-2', kind: 'client_token', parentId: 'key-1' });
    expect((await refusal(token)).message).toBe('The key that made this client token was revoked.');
  });
});

it('nothing is asked any more once authentication is closed', async () => {
  const { clock, store, ask, authentication } = setUp();
  await ask(store.add({ id: 'key-1' }));
  authentication.close();
  expect(clock.pending()).toBe(0);
});
