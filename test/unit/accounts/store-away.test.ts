import { describe, expect, it } from 'vitest';
import type { RouteOptions } from '../../../src/completion.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMeteredBench, type MeteredBench } from '../../support/metered-bench.ts';
import { collect, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';

async function benchOf(funds: { creditsNano?: number } = {}) {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, says('Good day.'));
  return { provider, bench: await createMeteredBench({ clock, providers: { acme: provider }, ...funds }) };
}

const optionsOf = ({ caller }: MeteredBench, generationId = 'gen-1'): RouteOptions => ({
  generationId,
  caller,
  signal: new AbortController().signal,
});

describe('while the store is away', () => {
  it('a caller that nothing caps is served, and its record waits in the spool until the store is back', async () => {
    const { bench } = await benchOf();
    bench.away(true);
    const events = await collect(bench.router.stream(hello, optionsOf(bench)));
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
    expect(bench.spooled).toMatchObject([
      { admission: { id: 'gen-1' } },
      { admission: { id: 'gen-1' }, settlement: { costNano: 20_000 } },
    ]);
    expect(bench.spooled[0]).not.toHaveProperty('settlement');
    expect(await bench.record('gen-1')).toBeUndefined();

    bench.away(false);
    await bench.clock.advance(2_000);
    expect(await bench.record('gen-1')).toMatchObject({ state: 'done', termination: 'complete', costNano: 20_000 });
    expect(bench.spooled).toEqual([]);
    expect(bench.bugs).toEqual([]);
  });

  it('the store is not asked again within a second, so that requests do not wait for it', async () => {
    const { bench } = await benchOf();
    bench.away(true);
    for (const id of ['gen-1', 'gen-2', 'gen-3']) await bench.router.complete(hello, optionsOf(bench, id));
    expect(bench.asked).toEqual(['begin']);
    expect(bench.spooled.filter(({ settlement }) => settlement !== undefined)).toHaveLength(3);
    bench.away(false);
    await bench.clock.advance(2_000);
    await expect.poll(() => bench.spooled.length).toBe(0);
    expect((await bench.records()).map(({ id }) => id).sort()).toEqual(['gen-1', 'gen-2', 'gen-3']);
  });

  it('a request with an idempotency key asks the store all the same, and twice: only it knows of repetitions', async () => {
    const { bench, provider } = await benchOf();
    const once = { idempotency: { key: 'order-1', requestHash: 'aaa' } };
    await bench.router.complete(hello, { ...optionsOf(bench), ...once });
    bench.away(true);
    await bench.router.complete(hello, optionsOf(bench, 'gen-2'));
    bench.away(false);
    // Others still leave the store alone for a second.
    await expect(bench.router.complete(hello, { ...optionsOf(bench, 'gen-3'), ...once })).rejects.toMatchObject({
      name: 'IdempotencyConflict',
      generationId: 'gen-1',
    });
    expect(provider.calls).toHaveLength(2);

    bench.away(true);
    bench.asked.length = 0;
    const unknown = { idempotency: { key: 'order-2', requestHash: 'bbb' } };
    const ask = (id: string) => bench.router.complete(hello, { ...optionsOf(bench, id), ...unknown });
    // It may only be slow: what was asked may have been written, so that it is taken back.
    await expect(ask('gen-4')).rejects.toMatchObject({
      name: 'Overloaded',
      retryAfterMs: 1_000,
      message: expect.stringContaining('idempotency key'),
    });
    expect(bench.asked.filter((call) => call === 'begin')).toHaveLength(2);
    expect(bench.spooled.at(-1)).toMatchObject({ admission: { id: 'gen-4' }, settlement: { termination: 'refused' } });
    expect(bench.spooled.at(-1)?.admission).not.toHaveProperty('idempotency');
    expect(provider.calls).toHaveLength(2);
    // When it has been silent for five seconds, it is away, and requests go on without it.
    await bench.clock.advance(5_000);
    await ask('gen-5');
    expect(provider.calls).toHaveLength(3);
  });

  it('an idempotency key stays taken by the record that waits, also where the store answers again and does not know it yet', async () => {
    const { bench, provider } = await benchOf();
    const once = (requestHash: string) => ({ idempotency: { key: 'order-1', requestHash } });
    bench.away(true);
    await bench.router.complete(hello, optionsOf(bench, 'gen-0'));
    await bench.clock.advance(5_000);
    await bench.router.complete(hello, { ...optionsOf(bench), ...once('aaa') });
    bench.away(false);
    for (const [hash, message] of [
      ['aaa', 'no longer kept'],
      ['bbb', 'Another request'],
    ] as const) {
      await expect(bench.router.complete(hello, { ...optionsOf(bench, 'gen-2'), ...once(hash) })).rejects.toMatchObject(
        {
          name: 'IdempotencyConflict',
          generationId: 'gen-1',
          message: expect.stringContaining(message),
        },
      );
    }
    expect(provider.calls).toHaveLength(2);
  });

  it('a capped caller is asked to come back, and nothing is sent', async () => {
    const { bench, provider } = await benchOf({ creditsNano: 1_000_000_000 });
    bench.away(true);
    await expect(bench.router.complete(hello, optionsOf(bench))).rejects.toMatchObject({
      name: 'Overloaded',
      retryable: true,
      retryAfterMs: 1_000,
    });
    expect(provider.calls).toEqual([]);
    bench.away(false);
    await bench.clock.advance(2_000);
    expect(await bench.router.complete(hello, optionsOf(bench, 'gen-2'))).toMatchObject({ content: 'Good day.' });
    expect(await bench.caps()).toMatchObject([{ reservedNano: 0, spentNano: 20_000 }]);
  });

  it('what was let in before is settled through the spool, and gives back what it held', async () => {
    const { bench } = await benchOf({ creditsNano: 1_000_000_000 });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await stream.next();
    bench.away(true);
    await collect(stream);
    expect(bench.spooled).toHaveLength(1);
    expect(await bench.record('gen-1')).toMatchObject({ state: 'open' });
    bench.away(false);
    await bench.clock.advance(2_000);
    expect(await bench.record('gen-1')).toMatchObject({ state: 'done', costNano: 20_000 });
    expect(await bench.caps()).toMatchObject([{ reservedNano: 0, spentNano: 20_000 }]);
  });

  it('what runs on is not taken for abandoned, however long it could give no sign of life', async () => {
    const clock = createManualClock();
    const slowly = Array.from({ length: 8 }, () => [
      { parts: [{ type: 'text', text: 'and' } as const] },
      { wait: 20_000 },
    ]).flat();
    const provider = createScriptedProvider(clock, [...slowly, ...says('Good day.')]);
    const bench = await createMeteredBench({ clock, providers: { acme: provider }, creditsNano: 1_000_000_000 });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await stream.next();
    await stream.next();
    const rest = collect(stream);
    await clock.advance(10_000);
    bench.away(true);
    await clock.advance(109_000);
    bench.away(false);
    // The reaper of this process, and the first sign of life.
    await clock.advance(3_000);
    expect(await bench.record('gen-1')).toMatchObject({ state: 'open', expiresAt: expect.any(Number) });
    expect((await bench.record('gen-1'))?.expiresAt).toBeGreaterThan(clock.now() + 60_000);
    await clock.advance(60_000);
    expect((await rest).at(-1)).toMatchObject({ type: 'finished' });
    expect(await bench.record('gen-1')).toMatchObject({ termination: 'complete', costNano: 20_000 });
    expect(await bench.caps()).toMatchObject([{ reservedNano: 0, spentNano: 20_000 }]);
  });

  it('the end of an answer that cannot be paid on is an error that may be retried, with what was delivered', async () => {
    const clock = createManualClock();
    const words = Array.from({ length: 1_100 }, () => ({ type: 'text', text: 'word' }) as const);
    const provider = createScriptedProvider(clock, [{ parts: words }, { wait: 5_000 }, ...says('never')]);
    const bench = await createMeteredBench({ clock, providers: { acme: provider }, creditsNano: 1_000_000_000 });
    const stream = bench.router.stream(hello, optionsOf(bench));
    await stream.next();
    bench.away(true);
    const events = await collect(stream);
    expect(events.at(-1)).toMatchObject({
      type: 'failed',
      error: { name: 'Overloaded', retryable: true },
      partial: { content: 'word'.repeat(1_100) },
    });
    bench.away(false);
    await bench.clock.advance(2_000);
    expect(await bench.record('gen-1')).toMatchObject({ termination: 'failed', errorKind: 'StoreUnavailable' });
    expect(await bench.caps()).toMatchObject([{ reservedNano: 0, spentNano: 2_202_000 }]);
  });
});
