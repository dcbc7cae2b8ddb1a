import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../src/completion.ts';
import { Cancelled, Forbidden, ModelNotFound } from '../../../src/errors.ts';
import { coalesce } from '../../../src/streams/coalesce.ts';
import type { GenerationEvent } from '../../../src/streams/event-log.ts';
import { failedStream } from '../../../src/streams/generations.ts';
import { aCaller } from '../../support/a-caller.ts';
import { settle } from '../../support/manual-clock.ts';
import { finished, text } from '../../support/scripted-router.ts';
import { all, aReading, bench, completion, request } from '../../support/stream-bench.ts';

describe('a generation', () => {
  it('numbers its events 0, 1, 2 … after merging, without a gap', async () => {
    const { generations, router } = bench();
    const events = all(generations.stream(request, aReading()));
    const [call] = router.calls;
    call?.push({ type: 'accepted' });
    call?.push(text('a'), text('b'));
    call?.push({ type: 'logprobs', logprobs: {} });
    call?.push(text('c'));
    call?.push(finished(completion));
    call?.end();
    expect(await events).toEqual([
      { type: 'accepted', generationId: 'gen-1', sequence: 0 },
      { type: 'text', text: 'ab', generationId: 'gen-1', sequence: 1 },
      { type: 'text', text: 'c', generationId: 'gen-1', sequence: 2 },
      { type: 'finished', completion, generationId: 'gen-1', sequence: 3 },
    ]);
    expect(generations.running()).toBe(0);
  });

  it('hands out the rest of a batch, then whole batches', async () => {
    const { generations, router } = bench();
    const stream = generations.stream(request, aReading());
    const first = stream.next();
    router.calls[0]?.push({ type: 'accepted' }, text('a'));
    await first;
    expect(await stream.nextBatch()).toMatchObject([{ text: 'a' }]);
    const second = stream.nextBatch();
    router.calls[0]?.push(text('b'));
    expect(await second).toMatchObject([{ text: 'b', sequence: 2 }]);
    router.calls[0]?.push(finished(completion));
    router.calls[0]?.end();
    await stream.nextBatch();
    expect(await stream.nextBatch()).toBeUndefined();
  });

  it('begins when it is read, and tells the router who asks', async () => {
    const { generations, router } = bench();
    const caller = aCaller();
    const stream = generations.stream(request, aReading({ caller }));
    expect(router.calls).toHaveLength(0);
    expect(generations.running()).toBe(0);
    void stream.next();
    expect(generations.running()).toBe(1);
    expect(router.calls[0]?.options).toMatchObject({ generationId: 'gen-1', caller });
  });

  it('never begins for a reader that had left', async () => {
    const { generations, router } = bench();
    const controller = new AbortController();
    const stream = generations.stream(request, aReading({ signal: controller.signal }));
    controller.abort();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await stream.return();
    expect(router.calls).toHaveLength(0);
    expect(generations.running()).toBe(0);
  });

  it.each([
    ['it returns', true],
    ['its signal aborts', false],
  ])('is stopped at once when its reader hangs up: %s', async (_, returns) => {
    const { generations, router } = bench();
    const controller = new AbortController();
    const stream = generations.stream(request, aReading({ signal: controller.signal }));
    const pending = stream.next();
    if (returns) void stream.return();
    else controller.abort();
    expect(router.calls[0]?.options.signal.reason).toMatchObject({ name: 'Cancelled', by: 'hang_up' });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await generations.idle();
    expect(router.calls[0]?.isDone()).toBe(true);
  });

  it('that is stopped is read to its end, for the books, though nobody reads it', async () => {
    const { generations, router } = bench();
    const stream = generations.stream(request, aReading());
    void stream.next();
    await stream.return();
    await generations.idle();
    expect(await all(generations.follow('gen-1', undefined, aReading()))).toMatchObject([
      { type: 'failed', error: { name: 'Cancelled' }, sequence: 0 },
    ]);
    expect(router.calls).toHaveLength(1);
  });

  it('is cancelled by its name, once, and by its own account alone', async () => {
    const { generations, router } = bench();
    const events = all(generations.stream(request, aReading()));
    expect(generations.cancel('gen-1', aCaller({ accountId: 'acct-2' }))).toBe(false);
    expect(generations.cancel('gen-0', aCaller())).toBe(false);
    expect(router.calls[0]?.options.signal.aborted).toBe(false);
    expect(generations.cancel('gen-1', aCaller({ keyId: 'key-2' }))).toBe(true);
    expect(router.calls[0]?.options.signal.reason).toMatchObject({ name: 'Cancelled', by: 'request' });
    expect(await events).toMatchObject([{ type: 'failed', error: { name: 'Cancelled' } }]);
    expect(generations.cancel('gen-1', aCaller())).toBe(false);
  });

  it('is cancelled by a shutdown, which waits for its last event', async () => {
    const { generations, router } = bench();
    const events = all(generations.stream(request, aReading()));
    generations.cancelAll();
    await generations.idle();
    expect(router.calls[0]?.options.signal.reason).toMatchObject({ by: 'shutdown' });
    expect(await events).toHaveLength(1);
  });

  it('that is asked for whole ends with its caller', async () => {
    const { generations, router } = bench();
    const controller = new AbortController();
    const answer = generations.complete(request, aReading({ signal: controller.signal }));
    expect(generations.running()).toBe(1);
    await settle();
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    await generations.idle();
    expect(router.calls[0]?.options.signal.reason).toBeInstanceOf(Cancelled);
  });

  it('that is asked for whole gives the completion, or throws the failure', async () => {
    const { generations, router } = bench();
    const answer = generations.complete(request, aReading());
    const refused = generations.complete(request, aReading());
    await settle();
    router.calls[0]?.push(finished(completion));
    router.calls[1]?.fail(new ModelNotFound('x', []));
    expect(await answer).toBe(completion);
    await expect(refused).rejects.toThrow(ModelNotFound);
    expect(generations.running()).toBe(0);
  });

  it('says that it failed where its source ends without a word', async () => {
    const { generations, router } = bench();
    const events = all(generations.stream(request, aReading()));
    router.calls[0]?.push({ type: 'accepted' }, text('Hel'));
    router.calls[0]?.end();
    expect(await events).toMatchObject([
      {},
      {},
      { type: 'failed', sequence: 2, error: { name: 'InternalError' }, partial: { content: 'Hel' } },
    ]);
  });

  it('throws what must not happen at every reader', async () => {
    const { generations, router } = bench();
    const first = all(generations.stream(request, aReading()));
    const second = all(generations.follow('gen-1', undefined, aReading()));
    router.calls[0]?.fail(new TypeError('a bug'));
    await expect(first).rejects.toThrow('a bug');
    await expect(second).rejects.toThrow('a bug');
    await generations.idle();
  });

  it('that cannot begin says so in two events', async () => {
    const events: GenerationEvent[] = [];
    for await (const event of failedStream(new ModelNotFound('x', []), 'gen-9')) events.push(event);
    expect(events).toMatchObject([
      { type: 'accepted', sequence: 0, generationId: 'gen-9' },
      { type: 'failed', sequence: 1, error: { name: 'ModelNotFound' } },
    ]);
  });
});

describe('a revoked key', () => {
  it('cuts what runs by it at once, with what was delivered, and stops the work', async () => {
    const { generations, router } = bench();
    const revoked = new AbortController();
    const caller = aCaller({ revoked: revoked.signal });
    const other = all(generations.stream(request, aReading({ caller: aCaller({ keyId: 'key-2' }) })));
    const events = all(generations.stream(request, aReading({ caller })));
    router.calls[1]?.push({ type: 'accepted' }, { type: 'reasoning', text: 'Hm.' }, text('Hel'));
    router.calls[1]?.push({ type: 'toolCall', index: 0, id: 'c1', name: 'look', arguments: '{' });
    const delivered = {
      content: 'Hel',
      reasoning: 'Hm.',
      toolCalls: [{ id: 'c1', name: 'look', arguments: '{' }],
    };
    router.calls[1]?.whenStopped(
      finished({ ...completion, ...delivered, finishReason: 'cancelled', cost: '0.000017' }),
    );
    await settle();
    revoked.abort();
    const last = (await events).at(-1);
    expect(last).toMatchObject({
      type: 'failed',
      sequence: 4,
      partial: delivered,
      usage: completion.usage,
      cost: '0.000017',
      attempts: completion.attempts,
    });
    expect(last?.type === 'failed' && last.error).toBeInstanceOf(Forbidden);
    expect(router.calls[1]?.options.signal.reason).toMatchObject({ by: 'revocation' });
    expect(router.calls[0]?.options.signal.aborted).toBe(false);
    generations.cancelAll();
    await other;
  });

  it('that cuts off what had said nothing yet costs nothing', async () => {
    const { generations, router } = bench();
    const revoked = new AbortController();
    const events = all(generations.stream(request, aReading({ caller: aCaller({ revoked: revoked.signal }) })));
    router.calls[0]?.push({ type: 'accepted' });
    await settle();
    revoked.abort();
    const last = (await events).at(-1);
    expect(last).toMatchObject({ type: 'failed', sequence: 1, error: { name: 'Forbidden' }, partial: { content: '' } });
    expect(last).not.toHaveProperty('cost');
    expect(last).not.toHaveProperty('usage');
  });

  it('is told of after five seconds although the source does not end, with what had been delivered', async () => {
    const { generations, router, clock } = bench();
    const revoked = new AbortController();
    const events = all(generations.stream(request, aReading({ caller: aCaller({ revoked: revoked.signal }) })));
    const [call] = router.calls;
    call?.whenStopped('hangs');
    call?.push({ type: 'accepted' }, text('Hel'));
    await settle();
    revoked.abort();
    await clock.advance(5_000);
    expect((await events).at(-1)).toMatchObject({
      type: 'failed',
      error: { name: 'Forbidden' },
      partial: { content: 'Hel' },
    });
    call?.push(text('lo'), finished({ ...completion, finishReason: 'cancelled' }));
    call?.end();
    await generations.idle();
    const followed = await all(generations.follow('gen-1', undefined, aReading()));
    expect(followed.map(({ type }) => type)).toEqual(['accepted', 'text', 'failed']);
  });

  it('leaves an answer alone that ended in the same moment', async () => {
    const { generations, router } = bench();
    const revoked = new AbortController();
    const events = all(generations.stream(request, aReading({ caller: aCaller({ revoked: revoked.signal }) })));
    router.calls[0]?.whenStopped(finished(completion));
    router.calls[0]?.push({ type: 'accepted' });
    await settle();
    revoked.abort();
    expect((await events).at(-1)).toMatchObject({ type: 'finished', completion: { finishReason: 'stop' } });
  });

  it('cuts a completion that is waited for', async () => {
    const { generations } = bench();
    const revoked = new AbortController();
    const answer = generations.complete(request, aReading({ caller: aCaller({ revoked: revoked.signal }) }));
    await settle();
    revoked.abort();
    await expect(answer).rejects.toThrow(Forbidden);
  });

  it('cuts a reader of what runs by another key, and it alone', async () => {
    const { generations, router } = bench();
    const revoked = new AbortController();
    const owner = all(generations.stream(request, aReading()));
    router.calls[0]?.push({ type: 'accepted' });
    const caller = aCaller({ keyId: 'key-2', revoked: revoked.signal });
    const follower = all(generations.follow('gen-1', undefined, aReading({ caller })));
    await settle();
    revoked.abort();
    expect(await follower).toMatchObject([{ type: 'accepted' }, { type: 'failed', error: { name: 'Forbidden' } }]);
    router.calls[0]?.push(finished(completion));
    expect((await owner).at(-1)).toMatchObject({ type: 'finished', sequence: 1 });
  });

  it('begins nothing any more', async () => {
    const { generations, router } = bench();
    const caller = aCaller({ revoked: AbortSignal.abort() });
    expect(await all(generations.stream(request, aReading({ caller })))).toMatchObject([
      { type: 'accepted' },
      { type: 'failed', error: { name: 'Forbidden' } },
    ]);
    expect(router.calls).toHaveLength(0);
  });
});

describe('coalesce', () => {
  const call = (index: number, value: string, name?: string): StreamEvent => ({
    type: 'toolCall',
    index,
    arguments: value,
    ...(name !== undefined && { id: `call_${index}`, name }),
  });

  it('keeps kinds and calls apart', () => {
    const events = [
      text('a'),
      { type: 'reasoning', text: 'r' } as const,
      text('b'),
      call(0, '{', 'f'),
      call(0, '}'),
      call(1, '{}', 'g'),
    ];
    expect(coalesce(events)).toEqual([
      text('a'),
      { type: 'reasoning', text: 'r' },
      text('b'),
      call(0, '{}', 'f'),
      call(1, '{}', 'g'),
    ]);
  });

  it('neither loses nor reorders a character', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text: fc.string() }),
      fc.record({ type: fc.constant('reasoning' as const), text: fc.string() }),
      fc.record({ type: fc.constant('toolCall' as const), index: fc.nat(2), arguments: fc.string() }),
    );
    const spell = (events: readonly StreamEvent[]) =>
      events.map((each) =>
        `${each.type}${'index' in each ? each.index : ''}:`.concat(
          'text' in each ? each.text : 'arguments' in each ? each.arguments : '',
        ),
      );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const merged = coalesce(events);
        const whole = (list: readonly string[]) =>
          list.reduce<string[]>((runs, each) => {
            const kind = each.slice(0, each.indexOf(':') + 1);
            const last = runs.at(-1);
            if (last?.startsWith(kind)) runs[runs.length - 1] = last + each.slice(kind.length);
            else runs.push(each);
            return runs;
          }, []);
        expect(spell(merged)).toEqual(whole(spell(events)));
      }),
    );
  });
});
