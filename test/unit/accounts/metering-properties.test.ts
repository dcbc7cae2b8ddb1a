import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StreamPart } from '../../../src/chat.ts';
import { Cancelled, ProviderError } from '../../../src/errors.ts';
import { createManualClock, settle } from '../../support/manual-clock.ts';
import { createMeteredBench } from '../../support/metered-bench.ts';
import { anEndpoint, hello } from '../../support/router-bench.ts';
import { createScriptedProvider, type Step } from '../../support/scripted-provider.ts';

/** The prices of the bench's endpoint, nano-dollars a token. */
const promptNano = 1_000;
const completionNano = 2_000;
const promptTokens = 10;
const largestBatch = 400;

/** How one request goes: the batches of its answer, how that ends, and what its reader does after so many batches. */
interface Script {
  readonly batches: readonly number[];
  readonly end: 'says so' | 'fails' | 'is cut' | 'hangs';
  readonly reader: 'stays' | 'leaves' | 'cancels' | 'hangs up';
  readonly after: number;
  readonly whole: boolean;
}

const script: fc.Arbitrary<Script> = fc.record({
  batches: fc.array(fc.integer({ min: 1, max: largestBatch }), { maxLength: 8 }),
  end: fc.constantFrom('says so', 'fails', 'is cut', 'hangs'),
  reader: fc.constantFrom('stays', 'stays', 'leaves', 'cancels', 'hangs up'),
  after: fc.integer({ min: 1, max: 9 }),
  whole: fc.boolean(),
});

function stepsOf({ batches, end }: Script): Step[] {
  const completionTokens = batches.reduce((sum, size) => sum + size, 0);
  const usage = {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    source: 'provider',
  } as const;
  const ends: Record<Script['end'], Step[]> = {
    'says so': [{ parts: [{ type: 'finish', reason: 'stop' }] }, { parts: [{ type: 'usage', usage }] }],
    fails: [{ fail: new ProviderError('invalid_request', 'no') }],
    'is cut': [{ fail: new ProviderError('truncated', 'cut') }],
    hangs: ['hang'],
  };
  const parts = (size: number): StreamPart[] => Array.from({ length: size }, () => ({ type: 'text', text: 'word' }));
  return [...batches.map((size) => ({ parts: parts(size) })), ...ends[end]];
}

it('holds nothing at the end, and has spent what the records cost, for any streams, stops and refusals over one budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 1, maxLength: 5 }),
      fc.option(fc.integer({ min: 0, max: 20_000_000 }), { nil: undefined }),
      async (scripts, budgetNano) => {
        const clock = createManualClock();
        const names = scripts.map((_, index) => `p${index}`);
        await using bench = await createMeteredBench({
          clock,
          providers: Object.fromEntries(
            scripts.map((each, index) => [`p${index}`, createScriptedProvider(clock, stepsOf(each))]),
          ),
          endpoints: names.map((name) => anEndpoint(`acme/${name}`, name)),
          ...(budgetNano !== undefined && { budgetNano }),
        });

        const run = async ({ reader, after, whole, end }: Script, index: number) => {
          const controller = new AbortController();
          const options = { generationId: `gen-${index}`, caller: bench.caller, signal: controller.signal };
          // What hangs for ever ends by its time, where its reader does not end it.
          const request = { ...hello, model: `acme/p${index}`, ...(end === 'hangs' && { timeoutMs: 2_000 }) };
          const stop = () => controller.abort(new Cancelled('stop', reader === 'hangs up' ? 'hang_up' : 'request'));
          if (whole) {
            const completing = bench.router.complete(request, options).catch(() => undefined);
            for (let turn = 0; turn < 3 * after; turn += 1) await settle();
            if (reader !== 'stays') stop();
            await completing;
            return;
          }
          const stream = bench.router.stream(request, options);
          for (let count = 0; reader === 'stays' || count < after; count += 1) {
            if ((await stream.next()).done === true) return;
          }
          if (reader === 'leaves') {
            await stream.return?.();
            return;
          }
          stop();
          for (let result = await stream.next(); result.done !== true; ) result = await stream.next();
        };
        let running = true;
        const all = Promise.all(scripts.map(run)).finally(() => {
          running = false;
        });
        while (running) await clock.advance(100);
        await all;

        const records = await bench.records();
        const costs = records.reduce((sum, { costNano }) => sum + costNano, 0);
        expect(records.map(({ state }) => state)).toEqual(records.map(() => 'done'));
        expect(bench.bugs).toEqual([]);
        expect(bench.asked.filter((name) => name === 'settle')).toHaveLength(records.length);
        const [cap] = await bench.caps();
        if (budgetNano === undefined) {
          expect(records).toHaveLength(scripts.length);
          return;
        }
        expect(cap).toMatchObject({ reservedNano: 0, spentNano: costs });
        // What one read of the upstream may bring beyond what is held, for each request.
        const bound = scripts.length * largestBatch * completionNano;
        expect(costs).toBeLessThanOrEqual(budgetNano + bound);
        expect(costs).toBeLessThanOrEqual(
          records.length * promptTokens * promptNano +
            scripts.reduce(
              (sum, { batches }) => sum + batches.reduce((all, size) => all + size, 0) * completionNano,
              0,
            ),
        );
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);
