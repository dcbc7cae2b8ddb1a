import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../src/completion.ts';
import type { GenerationEvent } from '../../../src/streams/event-log.ts';
import { aCaller } from '../../support/a-caller.ts';
import { settle } from '../../support/manual-clock.ts';
import { finished, text } from '../../support/scripted-router.ts';
import { all, aReading, bench, completion, request } from '../../support/stream-bench.ts';

const tenTokens = Array.from({ length: 10 }, (_, index) => text(`${index} `));

describe('following a generation', () => {
  it('gives every reader the same numbers and texts, whenever it comes, however fast it reads, from wherever it begins', async () => {
    const aDelta: fc.Arbitrary<StreamEvent> = fc.oneof(
      fc.record({ type: fc.constantFrom('text' as const, 'reasoning' as const), text: fc.string({ minLength: 1 }) }),
      fc.record({ type: fc.constant('toolCall' as const), index: fc.nat(1), arguments: fc.string() }),
      fc.constant({ type: 'logprobs' as const, logprobs: {} }),
    );
    const aStep = fc.oneof(
      fc.record({ push: fc.array(aDelta, { minLength: 1, maxLength: 6 }) }),
      fc.record({ follow: fc.option(fc.nat(40), { nil: undefined }) }),
      fc.record({ read: fc.nat(8) }),
      fc.constant({ turn: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 80 }), async (steps) => {
        const { generations, router } = bench();
        const owner = readerOf(generations.stream(request, aReading()), 0);
        owner.read();
        const readers = [owner];
        const [call] = router.calls;
        call?.push({ type: 'accepted' });
        for (const step of steps) {
          if ('push' in step) call?.push(...step.push);
          else if ('follow' in step) {
            const from = step.follow === undefined ? 0 : step.follow + 1;
            readers.push(readerOf(generations.follow('gen-1', step.follow, aReading()), from));
          } else if ('read' in step) readers[step.read % readers.length]?.read();
          else await settle();
        }
        call?.push(finished(completion));
        call?.end();
        await Promise.all(readers.map((reader) => reader.rest()));
        const whole = owner.events;
        expect(whole.map(({ sequence }) => sequence)).toEqual(whole.map((_, index) => index));
        expect(whole.at(-1)?.type).toBe('finished');
        for (const { events, from } of readers) expect(events).toEqual(whole.slice(from));
        expect(await all(generations.follow('gen-1', undefined, aReading()))).toEqual(whole);
        await generations.idle();
      }),
      { numRuns: 150 },
    );
  });

  it('is for every key of the account, and for no other account, which is told what strangers are told', async () => {
    const { generations } = bench();
    void generations.stream(request, aReading()).next();
    const stranger = aReading({ caller: aCaller({ accountId: 'acct-2' }) });
    const ofStranger = await all(generations.follow('gen-1', undefined, stranger));
    expect(ofStranger).toMatchObject([
      { type: 'failed', error: { name: 'GenerationNotFound' }, generationId: 'gen-1', sequence: 0 },
    ]);
    const ofNobody = await all(generations.follow('gen-9', undefined, stranger));
    expect(JSON.stringify(ofNobody).replaceAll('gen-9', 'gen-1')).toBe(JSON.stringify(ofStranger));
    const colleague = generations.follow('gen-1', 41, aReading({ caller: aCaller({ keyId: 'key-2' }) }));
    const pending = colleague.nextBatch();
    await settle();
    await colleague.return();
    expect(await pending).toBeUndefined();
  });

  it('works for a completion that came whole', async () => {
    const { generations, router } = bench();
    const calls = [{ id: 'c1', name: 'look', arguments: '{}' }];
    const modelChoice = { strategy: 'auto' as const, reason: 'It fits.', considered: [] };
    const whole = { ...completion, modelChoice, reasoning: 'Hm.', toolCalls: calls, images: [{ url: 'data:,' }] };
    const answer = generations.complete(request, aReading());
    await settle();
    router.calls[0]?.push(finished(whole));
    await answer;
    const events = await all(generations.follow('gen-1', undefined, aReading()));
    expect(events.map(({ type }) => type)).toEqual([
      'accepted',
      'started',
      'reasoning',
      'text',
      'toolCall',
      'image',
      'finished',
    ]);
    expect(events.at(-1)).toMatchObject({ completion: whole });
    expect(events.find(({ type }) => type === 'started')).toMatchObject({ modelChoice });
  });

  it('lets the fastest reader set the pace; one that does not read slows nobody, and holds nothing up', async () => {
    const { generations, router } = bench();
    const owner = generations.stream(request, aReading());
    const first = owner.nextBatch();
    const [call] = router.calls;
    const fast = all(generations.follow('gen-1', undefined, aReading()));
    for (const token of tenTokens) {
      call?.push(token);
      await settle();
    }
    expect(call?.pulls()).toBe(11);
    call?.push(finished(completion));
    call?.end();
    expect(await fast).toHaveLength(11);
    expect([...((await first) ?? []), ...(await all(owner))]).toEqual(await fast);
  });

  it('stops reading the source while no reader wants more', async () => {
    const { generations, router } = bench();
    const owner = generations.stream(request, aReading());
    const first = owner.nextBatch();
    const [call] = router.calls;
    for (const token of tenTokens) call?.push(token);
    await first;
    await settle();
    expect(call?.pulls()).toBe(1);
    await owner.nextBatch();
    await settle();
    expect(call?.pulls()).toBe(2);
  });

  it('tells a reader that falls too far behind, and one that comes too late, what is still there', async () => {
    const { generations, router } = bench({ maxLogBytes: 5_000 });
    const slow = generations.stream(request, aReading());
    const first = slow.nextBatch();
    const [call] = router.calls;
    call?.push({ type: 'accepted' });
    await first;
    const fast = all(generations.follow('gen-1', undefined, aReading()));
    for (let count = 0; count < 1_000; count += 1) call?.push(text('token '));
    await settle();
    expect(await all(slow)).toMatchObject([{ type: 'failed', error: { name: 'EventsForgotten' }, sequence: 1 }]);
    const [late] = await all(generations.follow('gen-1', undefined, aReading()));
    const oldest = late?.type === 'failed' && 'oldest' in late.error ? Number(late.error.oldest) : Number.NaN;
    expect(oldest).toBeGreaterThan(500);
    const rest = all(generations.follow('gen-1', oldest - 1, aReading()));
    call?.push(finished(completion));
    call?.end();
    expect((await rest)[0]).toMatchObject({ type: 'text', sequence: oldest });
    expect(await fast).toHaveLength(1_002);
  });
});

describe('a generation whose readers leave', () => {
  it('goes on for the others, and ends with the last one', async () => {
    const { generations, router } = bench();
    const owner = generations.stream(request, aReading());
    void owner.next();
    const [call] = router.calls;
    const follower = generations.follow('gen-1', undefined, aReading());
    const pending = follower.next();
    await owner.return();
    expect(call?.options.signal.aborted).toBe(false);
    call?.push({ type: 'accepted' });
    expect(await pending).toMatchObject({ value: { type: 'accepted' } });
    await follower.return();
    expect(call?.options.signal.aborted).toBe(true);
  });

  it('goes on without any where FINISH was asked for, and can be followed then and afterwards', async () => {
    const { generations, router } = bench();
    const owner = generations.stream(request, aReading({ onDisconnect: 'finish' }));
    void owner.next();
    await owner.return();
    const [call] = router.calls;
    for (const token of tenTokens) {
      call?.push(token);
      await settle();
    }
    const during = all(generations.follow('gen-1', 4, aReading()));
    await settle();
    call?.push(finished(completion));
    call?.end();
    await generations.idle();
    expect(call?.options.signal.aborted).toBe(false);
    expect((await during).map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(await all(generations.follow('gen-1', undefined, aReading()))).toHaveLength(11);
  });

  it('goes on without any for so long at most, and is cancelled then', async () => {
    const { generations, router, clock } = bench({ unattendedMs: 60_000 });
    const owner = generations.stream(request, aReading({ onDisconnect: 'finish' }));
    void owner.next();
    await owner.return();
    await clock.advance(59_000);
    // A reader who comes back begins the time anew.
    const follower = generations.follow('gen-1', undefined, aReading());
    const pending = follower.next();
    await clock.advance(2_000);
    await follower.return();
    await pending;
    await clock.advance(59_999);
    expect(router.calls[0]?.options.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(router.calls[0]?.options.signal.reason).toMatchObject({ by: 'hang_up' });
    await generations.idle();
  });

  it('goes on without any only while its account has few such, and a place that came free is taken again', async () => {
    const { generations, router, clock } = bench({ maxUnattended: 2 });
    const leave = async (caller = aCaller()) => {
      const stream = generations.stream(request, aReading({ onDisconnect: 'finish', caller }));
      void stream.next();
      await stream.return();
      return router.calls.at(-1)?.options.signal.aborted;
    };
    expect([await leave(), await leave(), await leave()]).toEqual([false, false, true]);
    expect(await leave(aCaller({ accountId: 'acct-2' }))).toBe(false);
    router.calls[0]?.push(finished(completion));
    router.calls[0]?.end();
    await settle();
    expect([await leave(), await leave()]).toEqual([false, true]);
    generations.cancelAll();
    await generations.idle();
    await clock.advance(10 * 60_000);
    expect(clock.pending()).toBe(0);
  });

  it('lets the event loop turn while it goes on without them', async () => {
    const { generations, router } = bench({ maxLogBytes: 1_000 });
    const owner = generations.stream(request, aReading({ onDisconnect: 'finish' }));
    void owner.next();
    const [call] = router.calls;
    for (let count = 0; count < 10_000; count += 1) call?.push(text('token '));
    await owner.return();
    await settle();
    expect(call?.pulls()).toBeLessThan(1_000);
    call?.push(finished(completion));
    call?.end();
    await generations.idle();
  });
});

describe('a generation that has ended', () => {
  async function ended(test: ReturnType<typeof bench>, size = 0) {
    const events = all(test.generations.stream(request, aReading()));
    const call = test.router.calls.at(-1);
    call?.push(text('x'.repeat(size)), finished(completion));
    call?.end();
    await events;
    await test.generations.idle();
  }
  const names = async (test: ReturnType<typeof bench>, id: string) =>
    (await all(test.generations.follow(id, undefined, aReading()))).map((event) =>
      event.type === 'failed' ? event.error.name : event.type,
    );

  it('is kept for five minutes, and leaves nothing behind', async () => {
    const test = bench();
    await ended(test);
    await test.clock.advance(60_000);
    await ended(test);
    await test.clock.advance(239_999);
    expect(await names(test, 'gen-1')).toEqual(['text', 'finished']);
    await test.clock.advance(1);
    expect(await names(test, 'gen-1')).toEqual(['GenerationNotFound']);
    expect(await names(test, 'gen-2')).toEqual(['text', 'finished']);
    await test.clock.advance(60_000);
    expect(await names(test, 'gen-2')).toEqual(['GenerationNotFound']);
    expect(test.clock.pending()).toBe(0);
  });

  it('is forgotten before its time where all together take too much, the oldest first', async () => {
    const test = bench({ maxKeptBytes: 100_000 });
    await ended(test, 20_000);
    await ended(test, 20_000);
    expect(await names(test, 'gen-1')).toEqual(['text', 'finished']);
    await ended(test, 20_000);
    expect(await names(test, 'gen-1')).toEqual(['GenerationNotFound']);
    expect(await names(test, 'gen-2')).toEqual(['text', 'finished']);
    expect(await names(test, 'gen-3')).toEqual(['text', 'finished']);
  });
});

/** Reads a batch whenever it is told to, and the rest at the end. */
function readerOf(stream: Parameters<typeof all>[0], from: number) {
  const events: GenerationEvent[] = [];
  let reading: Promise<void> | undefined;
  let over = false;
  const read = () => {
    reading ??= stream.nextBatch().then((batch) => {
      if (batch === undefined) over = true;
      else events.push(...batch);
      reading = undefined;
    });
    return reading;
  };
  const rest = async () => {
    while (!over) await read();
  };
  return { events, from, read, rest };
}
