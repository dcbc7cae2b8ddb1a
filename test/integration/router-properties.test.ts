import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Endpoint } from '../../src/catalog.ts';
import type { ChatRequest } from '../../src/chat.ts';
import type { StreamEvent } from '../../src/completion.ts';
import { failureKinds, ProviderError } from '../../src/errors.ts';
import { createManualClock, settle } from '../support/manual-clock.ts';
import { cheapestFirst, createRouterBench, hello } from '../support/router-bench.ts';
import { createScriptedProvider, type Step, says } from '../support/scripted-provider.ts';

const providers = ['a', 'b', 'c', 'd'] as const;
const endpoints: readonly Endpoint[] = [...cheapestFirst('m/one', 'a', 'b', 'c'), ...cheapestFirst('m/two', 'c', 'd')];

const waits = fc.integer({ min: 0, max: 4_000 }).map((wait): Step[] => [{ wait }]);
const failure = fc
  .record({ kind: fc.constantFrom(...failureKinds), retryAfterMs: fc.option(fc.nat(3_000), { nil: undefined }) })
  .map(({ kind, retryAfterMs }): Step[] => [
    { fail: new ProviderError(kind, 'no', retryAfterMs === undefined ? {} : { retryAfterMs }) },
  ]);
const ending = fc.oneof(
  failure,
  fc.constant<Step[]>(['hang']),
  fc.constant<Step[]>([{ fail: new TypeError('stumbled') }]),
  fc.constant<Step[]>([]),
  fc.constant(says('hi')),
  failure.map((steps): Step[] => [{ parts: [{ type: 'text', text: 'half' }] }, ...steps]),
  fc.constant<Step[]>([{ parts: [{ type: 'finish', reason: 'content_filter' }] }]),
);
const script = fc.tuple(waits, ending).map((parts) => parts.flat());
const scripts = fc.array(script, { minLength: 1, maxLength: 4 });

const request: fc.Arbitrary<Partial<ChatRequest>> = fc.record(
  {
    timeoutMs: fc.integer({ min: 1, max: 20_000 }),
    models: fc.constantFrom(['m/one'], ['m/one', 'm/two'], ['m/two', 'm/one']),
    provider: fc.constantFrom({}, { allowFallbacks: false }, { order: ['b', 'd'] }, {
      sort: 'latency',
      sortPartition: 'none',
    } as const),
  },
  { requiredKeys: ['models'] },
);

it('makes at most three attempts, ends each request once, and leaves no call running, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(scripts, scripts, scripts, scripts),
      fc.array(
        fc.record({ request, streamed: fc.boolean(), hungUpAtMs: fc.option(fc.nat(8_000), { nil: undefined }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      fc.boolean(),
      fc.constantFrom('price', 'classic', 'adaptive'),
      async (allScripts, asked, enabled, strategy) => {
        const clock = createManualClock();
        const upstreams = Object.fromEntries(
          providers.map((name, index) => [name, createScriptedProvider(clock, ...(allScripts[index] ?? []))]),
        );
        const { router, health, attempts } = createRouterBench(clock, upstreams, endpoints, {
          strategy,
          hedging: { enabled, maxCostFactor: 10 },
          deadlines: { firstContentMs: 5_000, gapMs: 5_000, totalMs: 30_000 },
        });
        for (const endpoint of endpoints) {
          for (let sample = 0; sample < 20; sample++) {
            health.statistics(endpoint).firstContent({ promptTokens: 1, firstContentMs: 1_000 });
          }
        }
        const begun = new Map<string, number>();
        const calls = () => Object.values(upstreams).reduce((sum, upstream) => sum + upstream.calls.length, 0);

        const outcomes = asked.map(async ({ request: more, streamed, hungUpAtMs }, index) => {
          const generationId = `gen-${index}`;
          const controller = new AbortController();
          if (hungUpAtMs !== undefined) {
            clock.after(hungUpAtMs, () => {
              controller.abort(new Error('hung up'));
              begun.set(generationId, attempts.length);
            });
          }
          const options = { generationId, signal: controller.signal };
          if (!streamed) {
            const outcome = await router.complete({ ...hello, ...more }, options).catch((error: unknown) => error);
            return { terminal: 1, attempts: attemptsOf(outcome), hungUp: controller.signal.aborted };
          }
          const events: StreamEvent[] = [];
          for await (const batch of router.stream({ ...hello, ...more }, options)) events.push(...batch);
          const terminal = events.filter(({ type }) => type === 'finished' || type === 'failed');
          const [last] = terminal;
          const told =
            last?.type === 'finished' ? last.completion.attempts : last?.type === 'failed' ? last.attempts : [];
          expect(events.slice(-1)).toEqual(terminal.length === 0 ? events.slice(-1) : terminal);
          return { terminal: terminal.length, attempts: told.length, hungUp: controller.signal.aborted };
        });
        const finished = Promise.all(outcomes);
        let over = false;
        void finished.finally(() => {
          over = true;
        });
        for (let step = 0; step < 400 && !over; step++) await clock.advance(500);

        for (const { terminal, attempts: told, hungUp } of await finished) {
          if (hungUp) expect(terminal).toBeLessThanOrEqual(1);
          else expect(terminal).toBe(1);
          expect(told).toBeLessThanOrEqual(3);
        }
        await settle();
        // Every call that was made has been told of, ended, and none is left open.
        expect(attempts).toHaveLength(calls());
        expect(attempts.every(({ outcome }) => outcome !== undefined)).toBe(true);
        const open = Object.values(upstreams).flatMap((upstream) => [...upstream.open]);
        expect(open.filter((signal) => !signal.aborted)).toEqual([]);
        for (const endpoint of endpoints) expect(health.statistics(endpoint).inFlight()).toBe(0);
        // Nobody is called for a request that has been given up, however long one waits.
        const callsAtEnd = calls();
        await clock.advance(60_000);
        expect(calls()).toBe(callsAtEnd);
      },
    ),
    { numRuns: 150 },
  );
});

function attemptsOf(outcome: unknown): number {
  return typeof outcome === 'object' && outcome !== null && 'attempts' in outcome && Array.isArray(outcome.attempts)
    ? outcome.attempts.length
    : 0;
}
