import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createCallers } from '../../bench/faults/callers.ts';
import { watchEjections } from '../../bench/faults/ejections.ts';
import { startLoad } from '../../bench/faults/load.ts';
import { configurationFor, model, type UpstreamName, upstreamsByName } from '../../bench/faults/set-up.ts';
import { earlyCalls } from '../../bench/faults/tally.ts';
import { type FaultyUpstream, startFaultyUpstream } from '../../bench/faults/upstream.ts';
import { startProgram } from '../support/running-program.ts';

// The short form of `bench/faults`: what must hold however slow the machine is.

const start = (name: UpstreamName) => startFaultyUpstream(upstreamsByName[name].manners);
const upstreams = {
  amber: await start('amber'),
  birch: await start('birch'),
  cedar: await start('cedar'),
  dune: await start('dune'),
};
afterAll(() => Promise.all(Object.values(upstreams).map((upstream) => upstream.close())));

const perSecond = 20;
const retryAfterSeconds = 1;
const phaseMs = 1_500;
/** A breaker keeps calls away for eight seconds at least; a slow machine may tell late that it opened. */
const surelyOpenMs = 4_000;
const patience = 90_000;

/** Resolves while a call has just begun. */
async function called({ calls }: FaultyUpstream): Promise<void> {
  for (const before = calls(); calls() === before; ) await setTimeout(1);
}

it(
  'loses nothing to a killed upstream but streams that had begun, keeps to every Retry-After, and ends each request once',
  async () => {
    await using program = await startProgram({ configuration: configurationFor(upstreams, { birch: 500 }) });
    const callers = createCallers(program.graphql, model);
    const watch = watchEjections(program.graphql, model);
    const load = startLoad(callers, perSecond);
    await Promise.all(Object.values(upstreams).map(called));

    await called(upstreams.amber);
    await upstreams.amber.kill();
    await setTimeout(phaseMs);
    const stalledAtMs = Date.now();
    upstreams.birch.behave({ name: 'stalls' });
    await setTimeout(phaseMs);
    upstreams.cedar.behave({ name: 'limits', perSecond: 2, retryAfterSeconds });
    await setTimeout(2 * phaseMs);
    const outcomes = await load.stop();
    await watch.close();
    await callers.close();

    const lost = outcomes.filter(({ ended }) => ended === 'lost');
    expect(lost).toEqual([]);
    expect(outcomes.length).toBeGreaterThan((perSecond * 4 * phaseMs) / 2_000);
    for (const { attempts } of outcomes) expect(attempts.length).toBeLessThanOrEqual(3);

    const beforeStall = outcomes.filter(({ askedAtMs }) => askedAtMs < stalledAtMs);
    expect(beforeStall.filter(({ ended }) => ended === 'failed')).toEqual([]);
    for (const { ended, way, attempts } of beforeStall) {
      if (ended !== 'broken') continue;
      expect(way).not.toBe('HTTP');
      expect(attempts.at(-1)).toMatchObject({ tag: 'amber', outcome: 'FAILED' });
    }

    const calls = outcomes.flatMap(({ attempts }) => attempts);
    const kindsAt = (name: UpstreamName) =>
      new Set(calls.flatMap(({ tag, failureKind }) => (tag === name ? (failureKind ?? []) : [])));
    expect(kindsAt('amber').size).toBeGreaterThan(0);
    expect(kindsAt('birch')).toContain('FIRST_CONTENT_TIMEOUT');
    expect(kindsAt('cedar')).toContain('RATE_LIMITED');
    expect(kindsAt('dune')).toEqual(new Set());

    expect(earlyCalls(calls, calls, retryAfterSeconds * 1_000)).toBe(0);
    for (const { tag, atMs } of watch.ejections.filter((ejection) => ejection.tag === 'amber')) {
      const later = calls.filter(
        (call) => call.tag === tag && call.startedAtMs > atMs + 5 && call.startedAtMs < atMs + surelyOpenMs,
      );
      expect(later).toEqual([]);
    }
    expect(watch.ejections.map(({ tag }) => tag)).toContain('amber');
  },
  patience,
);
