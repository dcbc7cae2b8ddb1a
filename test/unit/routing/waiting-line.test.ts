import { describe, expect, it } from 'vitest';
import { createWaitingLine, type Place, type WaitingLine } from '../../../src/routing/waiting-line.ts';
import { createManualClock, settle } from '../../support/manual-clock.ts';
import { anEndpoint } from '../../support/router-bench.ts';

const [a, b, c] = ['a', 'b', 'c'].map((provider) => anEndpoint('m/m', provider)) as [
  ReturnType<typeof anEndpoint>,
  ReturnType<typeof anEndpoint>,
  ReturnType<typeof anEndpoint>,
];
const anyTime = Number.POSITIVE_INFINITY;
const never = () => new AbortController().signal;

function bench() {
  const clock = createManualClock();
  const line = createWaitingLine(clock);
  const seen: string[] = [];
  const join = (endpoints: readonly (typeof a)[], most = 100): Place => {
    const place = line.join(endpoints, most);
    if (place === undefined) throw new Error('the line is full');
    return place;
  };
  /** Waits, and notes its name once it may look, or that its patience is over. */
  const wait = (name: string, place: Place, readyInMs = anyTime, patienceMs = 1_000, signal = never()) =>
    place.turn(readyInMs, patienceMs, signal).then(
      (mayLook) => seen.push(mayLook ? name : `${name} waited in vain`),
      () => seen.push(`${name} left`),
    );
  return { clock, line, seen, join, wait };
}

function awaitedBy(line: WaitingLine): string[] {
  return [a, b, c].filter((endpoint) => line.isAwaited(endpoint)).map(({ provider }) => provider);
}

describe('the waiting line', () => {
  it('serves whoever came first, one for each place that is freed', async () => {
    const { line, seen, join, wait } = bench();
    const places = ['first', 'second', 'third'].map((name) => ({ name, place: join([a]) }));
    for (const { name, place } of places) void wait(name, place);

    line.freed(a);
    await settle();
    expect(seen).toEqual(['first']);
    places[0]?.place.leave();
    await settle();
    // The next one looks, too: there may be room for more than one.
    expect(seen).toEqual(['first', 'second']);
  });

  it('wakes those who wait for another endpoint under the limit of the one that is freed', async () => {
    const { line, seen, join, wait } = bench();
    const inGroup = (id: string, provider: string) => ({ ...a, id, provider, quotaGroup: 'gpu-1' });
    void wait('same limit', join([inGroup('m/n@a', 'a')]));
    void wait('same name at another provider', join([inGroup('m/n@b', 'b')]));
    void wait('own limit', join([{ ...a, id: 'm/o@a' }]));

    line.freed(inGroup('m/m@a', 'a'));
    await settle();
    expect(seen).toEqual(['same limit']);
  });

  it('does not let those behind look while the first finds nothing', async () => {
    const { line, seen, join, wait } = bench();
    const first = join([a]);
    void wait('first', first);
    void wait('second', join([a]));

    line.freed(a);
    await settle();
    void wait('first again', first);
    line.freed(a);
    await settle();
    expect(seen).toEqual(['first', 'first again']);
  });

  it('wakes the first when the soonest time comes that anybody in the line knows of', async () => {
    const { clock, seen, join, wait } = bench();
    void wait('first', join([a]), 800);
    void wait('second', join([a]), 300);
    await clock.advance(299);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(['first']);
  });

  it('ends the wait of each at its own time', async () => {
    const { clock, seen, join, wait } = bench();
    void wait('patient', join([a]), anyTime, 900);
    void wait('hurried', join([a]), anyTime, 100);
    await clock.advance(100);
    expect(seen).toEqual(['hurried waited in vain']);
    await clock.advance(800);
    expect(seen).toEqual(['hurried waited in vain', 'patient waited in vain']);
    expect(clock.pending()).toBe(0);
  });

  it('lets a request leave at once when it aborts, and the next one look', async () => {
    const { clock, line, seen, join, wait } = bench();
    const controller = new AbortController();
    void wait('first', join([a]), 500, 1_000, controller.signal);
    const second = join([a]);
    void wait('second', second, 500);

    controller.abort(new Error('gone'));
    await settle();
    expect(seen.toSorted()).toEqual(['first left', 'second']);
    second.leave();
    expect(awaitedBy(line)).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('refuses a signal that has aborted before', async () => {
    const { clock, line, seen, join, wait } = bench();
    await wait('late', join([a]), 10, 1_000, AbortSignal.abort());
    expect(seen).toEqual(['late left']);
    expect(awaitedBy(line)).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('keeps those apart who wait for different endpoints', async () => {
    const { line, seen, join, wait } = bench();
    void wait('for a', join([a]));
    void wait('for b', join([b]));
    line.freed(b);
    await settle();
    expect(seen).toEqual(['for b']);
  });

  it('asks the first of each line that waits for the endpoint, by arrival', async () => {
    const { line, seen, join, wait } = bench();
    void wait('for b and c', join([b, c]));
    void wait('for a and b', join([a, b]));
    void wait('for b or a', join([b, a]));
    line.freed(b);
    await settle();
    expect(seen).toEqual(['for b and c', 'for a and b']);
  });

  it('is full when as many as allowed wait for any of the endpoints', () => {
    const { line, join } = bench();
    const first = join([a, b], 2);
    join([b], 2);
    expect(line.join([b, c], 2)).toBeUndefined();
    expect(line.join([c], 2)).toBeDefined();
    first.leave();
    expect(line.join([b, c], 3)).toBeDefined();
  });

  it('knows for which endpoints somebody waits, until the last one has left', () => {
    const { line, join } = bench();
    const [first, second] = [join([a, b]), join([b])];
    expect(awaitedBy(line)).toEqual(['a', 'b']);
    first.leave();
    first.leave();
    expect(awaitedBy(line)).toEqual(['b']);
    second.leave();
    expect(awaitedBy(line)).toEqual([]);
  });
});
