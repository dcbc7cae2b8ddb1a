import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import type { RouteOptions } from '../../../src/completion.ts';
import { createManualClock, settle } from '../../support/manual-clock.ts';
import { createMeteredBench } from '../../support/metered-bench.ts';
import { anEndpoint, collect, createRouterBench, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, says } from '../../support/scripted-provider.ts';

/** What `hello` holds: ten tokens of prompt and a slice of 1,024 tokens. */
const helloNano = 10 * 1_000 + 1_024 * 2_000;
/** What its answer costs: ten tokens of prompt and five of text. */
const answerNano = 20_000;

/** An endpoint that takes four calls at a time, as has been learnt, has them, and a capped account that wants more. */
async function fullBench(answerMs: number) {
  const clock = createManualClock();
  const provider = createScriptedProvider(clock, [{ wait: answerMs }, ...says('Good day.')]);
  const endpoint: Endpoint = anEndpoint('acme/one', 'acme');
  const { router, health } = createRouterBench(clock, { acme: provider }, [endpoint]);
  health.statistics(endpoint).limited(clock.monotonic());
  const bench = await createMeteredBench({
    clock,
    providers: { acme: provider },
    endpoints: [endpoint],
    budgetNano: 100 * helloNano,
    creditsNano: 100 * helloNano,
    router,
  });
  const optionsOf = (generationId: string, signal = new AbortController().signal): RouteOptions => ({
    generationId,
    caller: bench.caller,
    signal,
  });
  const first = Array.from({ length: 4 }, (_, n) => bench.router.complete(hello, optionsOf(`gen-first-${n}`)));
  const held = async () => (await bench.caps()).map(({ reservedNano }) => reservedNano);
  const spent = async () => (await bench.caps()).map(({ spentNano }) => spentNano);
  /** Waits until so many have been let in, and stand where they have to. */
  const letIn = async (count: number) => {
    await expect.poll(held).toEqual([count * helloNano, count * helloNano]);
    await settle();
  };
  await letIn(4);
  return { clock, provider, bench, optionsOf, first, held, spent, letIn };
}

describe('a capped caller who finds the only endpoint full', () => {
  it('holds his reservation while he waits, is served, and pays what the answer cost', async () => {
    const { clock, provider, bench, optionsOf, first, held, spent, letIn } = await fullBench(600);
    expect(provider.calls).toHaveLength(4);
    const whole = bench.router.complete(hello, optionsOf('gen-whole'));
    const streamed = collect(bench.router.stream(hello, optionsOf('gen-streamed')));
    await letIn(6);
    await clock.advance(599);
    expect(provider.calls).toHaveLength(4);
    expect(await held()).toEqual([6 * helloNano, 6 * helloNano]);
    await clock.advance(1);
    expect(provider.calls).toHaveLength(6);
    await clock.advance(600);
    expect(await whole).toMatchObject({ content: 'Good day.', cost: '0.00002' });
    expect((await streamed).at(-1)).toMatchObject({ type: 'finished' });
    await Promise.all(first);
    expect([await held(), await spent()]).toEqual([
      [0, 0],
      [6 * answerNano, 6 * answerNano],
    ]);
    for (const id of ['gen-whole', 'gen-streamed']) {
      expect(await bench.record(id)).toMatchObject({
        state: 'done',
        termination: 'complete',
        costNano: answerNano,
        reservedNano: 0,
        attempts: [{ endpoint: 'acme/one@acme', outcome: 'succeeded' }],
      });
    }
    expect(bench.bugs).toEqual([]);
  });

  it('gets back exactly what he held when he waited in vain, and the record says that nothing was sent', async () => {
    const { clock, provider, bench, optionsOf, first, held, spent, letIn } = await fullBench(5_000);
    const whole = bench.router.complete(hello, optionsOf('gen-whole')).catch((error: unknown) => error);
    const streamed = collect(bench.router.stream(hello, optionsOf('gen-streamed')));
    await letIn(6);
    await clock.advance(1_000);
    expect(await whole).toMatchObject({ name: 'Overloaded', retryable: true });
    expect((await streamed).at(-1)).toMatchObject({ type: 'failed', error: { name: 'Overloaded' } });
    expect(provider.calls).toHaveLength(4);
    expect(await held()).toEqual([4 * helloNano, 4 * helloNano]);
    for (const id of ['gen-whole', 'gen-streamed']) {
      expect(await bench.record(id)).toMatchObject({
        state: 'done',
        termination: 'refused',
        errorKind: 'Overloaded',
        costNano: 0,
        operatorCostNano: 0,
        attempts: [],
      });
    }
    await clock.advance(4_000);
    await Promise.all(first);
    expect([await held(), await spent()]).toEqual([
      [0, 0],
      [4 * answerNano, 4 * answerNano],
    ]);
  });

  it('gets back what he held as soon as he hangs up', async () => {
    const { clock, provider, bench, optionsOf, first, held, letIn } = await fullBench(600);
    const controller = new AbortController();
    const whole = bench.router.complete(hello, optionsOf('gen-whole', controller.signal)).catch(() => 'left');
    const stream = bench.router.stream(hello, optionsOf('gen-streamed'));
    await stream.next();
    await letIn(6);
    await clock.advance(300);
    controller.abort();
    await stream.return?.();
    expect(await whole).toBe('left');
    expect(await held()).toEqual([4 * helloNano, 4 * helloNano]);
    for (const id of ['gen-whole', 'gen-streamed'])
      expect(await bench.record(id)).toMatchObject({ termination: 'client_abort', costNano: 0, attempts: [] });
    await clock.advance(600);
    await Promise.all(first);
    expect(provider.calls).toHaveLength(4);
    expect(await held()).toEqual([0, 0]);
  });
});
