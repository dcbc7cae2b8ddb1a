import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import { RecordRejected } from '../../src/storage/record-rejection.ts';
import { openSpool, type SetAside, type Spool } from '../../src/storage/spool.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { admission, noon, settlement } from '../support/store-samples.ts';

describe('the spool', () => {
  let folder = '';
  let path = '';
  let warnings: string[] = [];
  let aside: SetAside[] = [];
  const spools: Spool[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pointsman-spool-'));
    path = join(folder, 'private', 'usage.jsonl');
    warnings = [];
    aside = [];
  });
  afterEach(async () => {
    for (const spool of spools.splice(0)) await spool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (maxBytes = 1_000_000) => {
    const spool = await openSpool({
      path,
      maxBytes,
      warn: (message) => warnings.push(message),
      onSetAside: (record) => aside.push(record),
    });
    spools.push(spool);
    return spool;
  };
  const record = (id: string, costNano = 10) => ({ admission: admission(id), settlement: settlement(costNano) });
  const collector = () => {
    const ids: string[] = [];
    return {
      ids,
      replay: async ({ id }: { id: string }) => {
        ids.push(id);
        return true;
      },
    };
  };

  it('gives back, in order, what an earlier process appended, and is empty then', async () => {
    const first = await open();
    expect(await Promise.all(['gen-1', 'gen-2', 'gen-3'].map((id) => first.append(record(id))))).toEqual([
      true,
      true,
      true,
    ]);
    const second = await open();
    const books = collector();
    expect(await second.replay(books)).toBe(3);
    expect(books.ids).toEqual(['gen-1', 'gen-2', 'gen-3']);
    expect([second.size(), readFileSync(path, 'utf8')]).toEqual([0, '']);
    expect(await second.replay(books)).toBe(0);
  });

  it('sets aside a last line that a crash tore, and keeps what comes after it', async () => {
    await (await open()).append(record('gen-1'));
    appendFileSync(path, '{"admission":{"id":"gen-torn"');
    const spool = await open();
    await spool.append(record('gen-2'));
    const books = collector();
    await spool.replay(books);
    expect(books.ids).toEqual(['gen-1', 'gen-2']);
    expect(aside).toEqual([{ reason: expect.stringContaining('a crash tore it'), path: `${path}.rejected` }]);
    expect(JSON.parse(readFileSync(`${path}.rejected`, 'utf8'))).toMatchObject({
      line: '{"admission":{"id":"gen-torn"',
    });
  });

  it('keeps every record while the store stays away, and puts none twice into the books', async () => {
    const spool = await open();
    for (const id of ['gen-1', 'gen-2']) await spool.append(record(id));
    const store = await openStore({ url: ':memory:', clock: createManualClock(noon) });
    let calls = 0;
    const failing: Parameters<Spool['replay']>[0] = {
      replay: async (...args) => {
        calls += 1;
        if (calls === 2) throw new StoreUnavailable('away');
        return store.books.replay(...args);
      },
    };
    expect(await spool.replay(failing)).toBe(1);
    expect(spool.size()).toBeGreaterThan(0);
    expect(await spool.replay(store.books)).toBe(2);
    expect(await store.generations.count('everyone', { state: 'done' })).toBe(2);
    const [sum] = await store.analytics.activity('everyone', { from: 0, to: noon + 1, groupBy: [] });
    expect(sum).toMatchObject({ requests: 2, costNano: 20 });
    await store.close();
  });

  it('sets a rejected record aside once, although what comes after it has to wait', async () => {
    const spool = await open();
    for (const id of ['gen-bad', 'gen-good']) await spool.append(record(id));
    let away = true;
    const books: Parameters<Spool['replay']>[0] = {
      replay: async ({ id }) => {
        if (id === 'gen-bad') throw new RecordRejected('no such thing');
        if (away) throw new StoreUnavailable('away');
        return true;
      },
    };
    expect([await spool.replay(books), await spool.replay(books)]).toEqual([0, 0]);
    away = false;
    expect(await spool.replay(books)).toBe(1);
    expect(aside).toEqual([{ generationId: 'gen-bad', reason: 'no such thing', path: `${path}.rejected` }]);
    expect(readFileSync(`${path}.rejected`, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(statSync(`${path}.rejected`).mode & 0o777).toBe(0o600);
  });

  it('keeps everything where the fault is not of one record', async () => {
    const spool = await open();
    await spool.append(record('gen-1'));
    await expect(spool.replay({ replay: () => Promise.reject(new Error('no such table')) })).rejects.toThrow('no such');
    expect([spool.size() > 0, aside]).toEqual([true, []]);
  });

  it('knows which record that waits holds an idempotency key, also of an earlier process, until the store has it', async () => {
    const first = await open();
    const idempotency = { key: 'order-1', requestHash: 'aaa' };
    await first.append({ admission: admission('gen-1', { idempotency }) });
    const second = await open();
    for (const spool of [first, second]) {
      expect(spool.holderOf(admission('gen-2', { idempotency }))).toMatchObject({ id: 'gen-1', idempotency });
      expect(spool.holderOf(admission('gen-2', { idempotency, keyId: 'key-other' }))).toBeUndefined();
      expect(spool.holderOf(admission('gen-2'))).toBeUndefined();
    }
    await second.replay(collector());
    expect(second.holderOf(admission('gen-2', { idempotency }))).toBeUndefined();
  });

  it('replays what was set aside when it is appended to the spool again', async () => {
    const first = await open();
    await first.append(record('gen-1'));
    await first.replay({ replay: () => Promise.reject(new RecordRejected('full')) });
    expect(first.size()).toBe(0);
    appendFileSync(path, readFileSync(`${path}.rejected`));
    const books = collector();
    expect(await (await open()).replay(books)).toBe(1);
    expect(books.ids).toEqual(['gen-1']);
  });

  it('brings a generation whose end nobody knows into the books as an open one, and its end when that comes', async () => {
    const clock = createManualClock(noon);
    const store = await openStore({ url: ':memory:', clock });
    const spool = await open();
    for (const id of ['gen-1', 'gen-2']) await spool.append({ admission: admission(id, { boot: 'boot-1' }) });
    await spool.append(record('gen-2'));
    expect(await spool.replay(store.books)).toBe(3);
    expect(await store.generations.get('everyone', 'gen-1')).toMatchObject({ state: 'open', reservedNano: 0 });
    expect(await store.generations.get('everyone', 'gen-2')).toMatchObject({ state: 'done', costNano: 10 });
    expect(await store.books.replay(admission('gen-2'))).toBe(false);
    expect(await store.books.reap({ replica: 'replica-1', boot: 'boot-1', limit: 10 })).toEqual([]);
    expect(await store.books.reap({ replica: 'replica-1', boot: 'boot-2', limit: 10 })).toMatchObject([
      { id: 'gen-1', termination: 'crash' },
    ]);
    await store.close();
  });

  it('never grows beyond its bound, and says once that usage is being lost', async () => {
    const size = Buffer.byteLength(`${JSON.stringify(record('gen-1'))}\n`);
    const spool = await open(size * 2);
    const kept = [];
    for (const n of [1, 2, 3, 4]) kept.push(await spool.append(record(`gen-${n}`)));
    expect(kept).toEqual([true, true, false, false]);
    expect(statSync(path).size).toBeLessThanOrEqual(size * 2);
    expect(warnings).toEqual([expect.stringContaining('full')]);
    await spool.replay(collector());
    expect(await spool.append(record('gen-5'))).toBe(true);
  });

  it('can be read by its owner alone', async () => {
    await (await open()).append(record('gen-1'));
    expect([statSync(join(path, '..')).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  });
});
