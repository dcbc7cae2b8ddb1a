import { beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import { account, act, apiKey, noon } from '../support/store-samples.ts';
import type { StoreBench } from './store.ts';

/** What the keys of a store promise: who is found by which secret, when, and by whom they can be changed. */
export function describeApiKeys({ store, clock }: StoreBench): void {
  describe('API keys', () => {
    const mine = { accountId: 'acct-a' };
    const theirs = { accountId: 'acct-b' };
    beforeEach(async () => {
      await store().accounts.create(account(), act);
      await store().accounts.create(account('acct-b'), act);
      await store().apiKeys.create(apiKey(), 'hash-a', act);
    });

    it('finds a token by its hash, with its parent, its account and every cap that limits it', async () => {
      const token = apiKey('key-t', {
        kind: 'client_token',
        parentId: 'key-a',
        operations: ['Ask'],
        origin: 'https://app.example',
        expiresAt: noon + 60_000,
        allowedModels: ['author/*'],
        allowedProviders: ['acme'],
        requestsPerMinute: 10,
        tokensPerMinute: 1_000,
        concurrentStreams: 2,
      });
      await store().apiKeys.create(token, 'hash-t', act);
      await store().credits.add({ id: 'ldg-1', accountId: 'acct-a', kind: 'grant', amountNano: 500 }, act);
      await store().caps.set({ id: 'limit:key-a', limitNano: 100, reset: 'daily' }, act);
      await store().caps.set({ id: 'limit:key-t', limitNano: 10, reset: 'none' }, act);
      await store().caps.set({ id: 'budget:acct-a', reset: 'monthly' }, act);
      const found = await store().apiKeys.findByHash('hash-t');
      expect(found).toMatchObject({ key: token, parent: apiKey(), account: account() });
      expect(found?.caps.map(({ id }) => id)).toEqual([
        'budget:acct-a',
        'credits:acct-a',
        'limit:key-a',
        'limit:key-t',
      ]);
      expect(await store().apiKeys.find('key-t')).toEqual(found);
      expect(await store().apiKeys.findByHash('hash-x')).toBeUndefined();
    });

    it('honours the secret before a rotation until its grace is over, and the one before that no longer', async () => {
      const secret = { prefix: 'sk-pm-v1-new', last4: 'newx', previousUntil: noon + 10_000 };
      await store().apiKeys.rotate(mine, 'key-a', { ...secret, hash: 'hash-2' }, act);
      expect((await store().apiKeys.findByHash('hash-a'))?.key).toMatchObject({
        last4: 'newx',
        previousUntil: noon + 10_000,
      });
      expect((await store().apiKeys.findByHash('hash-2'))?.key.id).toBe('key-a');
      await store().apiKeys.rotate(mine, 'key-a', { ...secret, hash: 'hash-3' }, act);
      expect(await store().apiKeys.findByHash('hash-a')).toBeUndefined();
      expect((await store().apiKeys.findByHash('hash-2'))?.key.id).toBe('key-a');
      await clock.advance(10_000);
      expect(await store().apiKeys.findByHash('hash-2')).toBeUndefined();
    });

    it('revokes a key together with the tokens that it made, once', async () => {
      await store().apiKeys.create(apiKey('key-t', { kind: 'client_token', parentId: 'key-a' }), 'hash-t', act);
      await clock.advance(5);
      expect(await store().apiKeys.revoke(mine, 'key-a', act)).toEqual(['key-a', 'key-t']);
      await clock.advance(5);
      await store().apiKeys.revoke(mine, 'key-a', act);
      expect((await store().apiKeys.findByHash('hash-t'))?.key.revokedAt).toBe(noon + 5);
      const changed = await store().apiKeys.changedSince(noon + 5);
      expect([...changed].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'key-a', revoked: true },
        { id: 'key-t', revoked: true },
      ]);
    });

    it('tells that a key and its tokens changed when its limit does', async () => {
      await store().apiKeys.create(apiKey('key-t', { kind: 'client_token', parentId: 'key-a' }), 'hash-t', act);
      await clock.advance(1_000);
      await store().caps.set({ id: 'limit:key-a', limitNano: 5, reset: 'none' }, act);
      const changed = await store().apiKeys.changedSince(noon + 500);
      expect(changed.map(({ id }) => id).sort()).toEqual(['key-a', 'key-t']);
    });

    it('shows and changes nothing of another account', async () => {
      expect(await store().apiKeys.get(theirs, 'key-a')).toBeUndefined();
      expect((await store().apiKeys.list(theirs, {}, { limit: 10 })).rows).toEqual([]);
      expect(await store().apiKeys.count(theirs, {})).toBe(0);
      expect(await store().apiKeys.update(theirs, 'key-a', { name: 'Taken' }, act)).toBeUndefined();
      const secret = { hash: 'hash-z', prefix: 'x', last4: 'x', previousUntil: noon };
      expect(await store().apiKeys.rotate(theirs, 'key-a', secret, act)).toBeUndefined();
      expect(await store().apiKeys.revoke(theirs, 'key-a', act)).toEqual([]);
      expect(await store().apiKeys.get(mine, 'key-a')).toEqual(apiKey());
      expect(await store().apiKeys.get('everyone', 'key-a')).toEqual(apiKey());
    });

    it('lists keys without tokens, and the tokens of a key when they are asked for', async () => {
      await store().apiKeys.create(apiKey('key-t', { kind: 'client_token', parentId: 'key-a' }), 'hash-t', act);
      const ids = async (filter: Parameters<Store['apiKeys']['list']>[1]) =>
        (await store().apiKeys.list(mine, filter, { limit: 10 })).rows.map(({ row }) => row.id);
      expect(await ids({})).toEqual(['key-a']);
      expect(await ids({ kind: 'client_token', parentId: 'key-a' })).toEqual(['key-t']);
    });

    it('keeps no two secrets alike', async () => {
      await expect(store().apiKeys.create(apiKey('key-b'), 'hash-a', act)).rejects.toThrow();
      expect(await store().apiKeys.get(mine, 'key-b')).toBeUndefined();
    });

    it('deletes tokens that expired long ago, and nothing else', async () => {
      const token = { kind: 'client_token', parentId: 'key-a' } as const;
      await store().apiKeys.create(apiKey('key-old', { ...token, expiresAt: noon }), 'hash-o', act);
      await store().apiKeys.create(apiKey('key-new', { ...token, expiresAt: noon + 5_000 }), 'hash-n', act);
      await store().apiKeys.update(mine, 'key-a', { expiresAt: noon }, act);
      expect(await store().apiKeys.deleteExpiredTokens(noon + 1)).toBe(1);
      expect(await store().apiKeys.get(mine, 'key-new')).toBeDefined();
      expect(await store().apiKeys.get(mine, 'key-a')).toMatchObject({ expiresAt: noon });
    });
  });
}
