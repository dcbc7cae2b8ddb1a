import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTokenCounter, estimateTokens, type TokenCounterOptions } from '../../src/token-counter.ts';
import { createManualClock } from '../support/manual-clock.ts';

const live = () => new AbortController().signal;
/** The threads that were started, as Node itself tells of them. */
const workers: Worker[] = [];
const noticeWorker = (worker: Worker) => workers.push(worker);
beforeAll(() => void process.on('worker', noticeWorker));
afterAll(() => void process.off('worker', noticeWorker));

const closers: (() => Promise<void>)[] = [];
function bench(options: Partial<TokenCounterOptions> = {}) {
  const clock = createManualClock();
  const counter = createTokenCounter({ clock, ...options });
  closers.push(counter.close);
  return { clock, ...counter };
}
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  workers.length = 0;
});

/** Takes a second or more to count, in words that are just short enough to be counted. */
const slow = '漢字仮名交文'.repeat(300).concat(' ').repeat(45);

describe('estimateTokens', () => {
  it('counts four bytes a token and a rest as one', () => {
    expect([0, 1, 4, 5, 4_000].map(estimateTokens)).toEqual([0, 1, 1, 2, 1_000]);
  });
});

describe('the token counter', () => {
  it('counts as the o200k vocabulary does, all texts together', async () => {
    const { count } = bench();
    expect(await count(['Hello, world!'], live())).toEqual({ tokens: 4, source: 'counted' });
    expect(await count(['Hello, world!', 'Hello, world!'], live())).toEqual({ tokens: 8, source: 'counted' });
    expect(await count([], live())).toEqual({ tokens: 0, source: 'counted' });
  });

  it('counts what looks like a special token as text', async () => {
    const { tokens, source } = await bench().count(['<|endoftext|>'], live());
    expect(source).toBe('counted');
    expect(tokens).toBeGreaterThan(1);
  });

  it('estimates what is longer than its limit, without a thread', async () => {
    const { count } = bench({ maxBytes: 8 });
    expect(await count(['four ', 'grün'], live())).toEqual({ tokens: 3, source: 'estimated' });
    expect(workers).toEqual([]);
  });

  for (const [what, text] of [
    ['letters', 'a'.repeat(100_000)],
    ['spaces', ' '.repeat(100_000)],
    ['signs', '=-'.repeat(50_000)],
  ] as const) {
    it(`estimates a hostile run of ${what} and stays ready for others`, async () => {
      const { count, clock } = bench();
      expect(await count([text], live())).toEqual({ tokens: 25_000, source: 'estimated' });
      expect(await count(['Hello, world!'], live())).toEqual({ tokens: 4, source: 'counted' });
      expect([workers.length, clock.pending()]).toEqual([1, 0]);
    });
  }

  it('estimates what takes too long, and counts again in a new thread', async () => {
    const { count, clock } = bench({ timeoutMs: 500 });
    await count(['ready'], live());
    const counting = count([slow], live());
    await clock.advance(500);
    expect(await counting).toEqual({ tokens: estimateTokens(Buffer.byteLength(slow)), source: 'estimated' });
    expect((await count(['Hello, world!'], live())).source).toBe('counted');
    expect(workers.length).toBe(2);
  });

  it('estimates while the thread loads for too long, and uses it once it has loaded', async () => {
    const { count, clock } = bench({ timeoutMs: 500 });
    const first = count(['Hello, world!'], live());
    await clock.advance(500);
    expect(await first).toEqual({ tokens: 4, source: 'estimated' });
    expect((await count(['Hello, world!'], live())).source).toBe('counted');
    expect(workers.length).toBe(1);
  });

  it('estimates what was being counted when the thread dies, and counts again in a new one', async () => {
    const { count } = bench();
    await count(['ready'], live());
    const counting = count([slow], live());
    await workers[0]?.terminate();
    expect((await counting).source).toBe('estimated');
    expect((await count(['Hello, world!'], live())).source).toBe('counted');
    expect(workers.length).toBe(2);
  });

  it('estimates what comes while too many wait', async () => {
    const { count } = bench();
    const counts = await Promise.all(Array.from({ length: 40 }, () => count(['Hello, world!'], live())));
    expect(counts.filter(({ source }) => source === 'counted').length).toBe(32);
    expect((await count(['Hello, world!'], live())).source).toBe('counted');
  });

  it('rejects with the reason of an abort, before and during a count', async () => {
    const { count, clock } = bench();
    const reason = new Error('gone');
    await expect(count(['a'], AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const counting = count(['Hello, world!'], controller.signal);
    controller.abort(reason);
    await expect(counting).rejects.toBe(reason);
    expect(clock.pending()).toBe(0);
  });

  it('ends its thread on close and estimates from then on', async () => {
    const { count, close } = bench();
    const counting = count(['Hello, world!'], live());
    await close();
    expect((await counting).source).toBe('estimated');
    expect(workers[0]?.threadId).toBe(-1);
    expect((await count(['Hello, world!'], live())).source).toBe('estimated');
    expect(workers.length).toBe(1);
  });
});
