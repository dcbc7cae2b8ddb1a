import { describe, expect, it } from 'vitest';
import { Overloaded } from '../../../src/errors.ts';
import { readLoad, shedding, watchLoad } from '../../../src/server/load-shedding.ts';
import { createGenerations } from '../../../src/streams/generations.ts';
import { createManualClock, settle } from '../../support/manual-clock.ts';
import { createScriptedRouter, finished, text } from '../../support/scripted-router.ts';
import { all, aReading, completion, request } from '../../support/stream-bench.ts';

function setUp() {
  const clock = createManualClock();
  const reading = { delayMs: 0, heap: 0.5 };
  const told: (string | undefined)[] = [];
  let closed = false;
  const load = watchLoad({
    readings: {
      delayP99Ms: () => reading.delayMs,
      heapShare: () => reading.heap,
      close: () => {
        closed = true;
      },
    },
    clock,
    onChange: (reason) => told.push(reason),
  });
  const router = createScriptedRouter();
  let refusals = 0;
  let made = 0;
  const generations = createGenerations({
    router: shedding(router, load, () => {
      refusals += 1;
    }),
    clock,
    makeId: () => `gen-${++made}`,
  });
  return { clock, reading, told, load, router, generations, refusals: () => refusals, closed: () => closed };
}

describe('the watch over the load', () => {
  it.each([
    ['the event loop is late', { delayMs: 201 }, 'its event loop is 201 ms late'],
    ['the heap is nearly full', { heap: 0.81 }, '81 % of its heap is full'],
  ])('sees overload where %s for two windows in a row, and its end after one', async (_case, busy, reason) => {
    const { clock, reading, told, load } = setUp();
    Object.assign(reading, busy);
    await clock.advance(9_999);
    expect(load.overload()).toBeUndefined();
    await clock.advance(1);
    expect(load.overload()).toContain(reason);
    Object.assign(reading, { delayMs: 200, heap: 0.8 });
    await clock.advance(5_000);
    expect(load.overload()).toBeUndefined();
    expect(told).toEqual([expect.stringContaining(reason), undefined]);
  });

  it('takes no notice of one busy window', async () => {
    const { clock, reading, told } = setUp();
    for (const delayMs of [900, 10, 900, 10, 900]) {
      reading.delayMs = delayMs;
      await clock.advance(5_000);
    }
    expect(told).toEqual([]);
  });

  it('ends when it is closed', () => {
    const { clock, load, closed } = setUp();
    load.close();
    expect(clock.pending()).toBe(0);
    expect(closed()).toBe(true);
  });

  it('reads how late the event loop of this process was, and how full its heap is', async () => {
    const readings = readLoad();
    await settle();
    const until = performance.now() + 150;
    await new Promise((resolve) => setTimeout(resolve, 60));
    while (performance.now() < until + 60);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(readings.delayP99Ms()).toBeGreaterThan(20);
    expect(readings.delayP99Ms()).toBe(0);
    expect(readings.heapShare()).toBeGreaterThan(0);
    expect(readings.heapShare()).toBeLessThan(1);
    readings.close();
  });
});

describe('a server with more work than it can take', () => {
  it('refuses new generations, and says when to come back, while those that run go on', async () => {
    const { clock, reading, router, generations, refusals } = setUp();
    const running = all(generations.stream(request, aReading()));
    await settle();
    router.calls[0]?.push({ type: 'accepted' }, text('Hel'));
    reading.delayMs = 500;
    await clock.advance(10_000);
    expect((await all(generations.stream(request, aReading()))).at(-1)).toMatchObject({
      type: 'failed',
      error: { name: 'Overloaded', retryable: true, retryAfterMs: 5_000 },
    });
    await expect(generations.complete(request, aReading())).rejects.toBeInstanceOf(Overloaded);
    const once = aReading({ idempotencyKey: 'once' });
    await expect(generations.complete(request, once)).rejects.toBeInstanceOf(Overloaded);
    expect(refusals()).toBe(3);
    expect(router.calls).toHaveLength(1);
    router.calls[0]?.push(text('lo!'), finished(completion));
    router.calls[0]?.end();
    expect((await running).at(-1)).toMatchObject({ type: 'finished' });

    reading.delayMs = 0;
    await clock.advance(5_000);
    void all(generations.stream(request, aReading()));
    // Its key stands for nothing that was let in.
    void generations.complete(request, once);
    await settle();
    expect(router.calls).toHaveLength(3);
  });
});
