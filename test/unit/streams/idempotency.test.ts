import { describe, expect, it } from 'vitest';
import { InsufficientCredits } from '../../../src/account-errors.ts';
import { requestHashOf } from '../../../src/streams/idempotency-book.ts';
import { aCaller } from '../../support/a-caller.ts';
import { settle } from '../../support/manual-clock.ts';
import { finished, text } from '../../support/scripted-router.ts';
import { all, aReading, bench, completion, request } from '../../support/stream-bench.ts';

const keyed = (more: object = {}) => aReading({ idempotencyKey: 'once', ...more });
const other = { messages: [{ role: 'user', content: 'Something else' }] } as const;

describe('an idempotency key', () => {
  it('attaches a second stream to the running one, from its first event', async () => {
    const { generations, router } = bench();
    const first = all(generations.stream(request, keyed()));
    await settle();
    const [call] = router.calls;
    call?.push({ type: 'accepted' }, text('Hel'));
    await settle();
    const second = all(generations.stream(request, keyed()));
    await settle();
    call?.push(text('lo!'), finished(completion));
    call?.end();
    expect(await second).toEqual(await first);
    expect(await second).toHaveLength(4);
    expect(router.calls).toHaveLength(1);
  });

  it('makes one generation of requests that come at the same time', async () => {
    const { generations, router } = bench();
    const streams = Array.from({ length: 20 }, () => all(generations.stream(request, keyed())));
    const answers = Array.from({ length: 20 }, () => generations.complete(request, keyed()));
    await settle();
    expect(router.calls).toHaveLength(1);
    expect(generations.running()).toBe(1);
    router.calls[0]?.push({ type: 'accepted' }, finished(completion));
    router.calls[0]?.end();
    for (const stream of streams) expect(await stream).toEqual(await streams[0]);
    for (const answer of answers) expect(await answer).toBe(completion);
    await generations.idle();
    expect(await generations.complete(request, keyed())).toBe(completion);
    expect(await all(generations.stream(request, keyed()))).toEqual(await streams[0]);
    expect(router.calls).toHaveLength(1);
  });

  it('opens one generation for a reader that asks for several events at once, and loses none', async () => {
    const { generations, router } = bench();
    const stream = generations.stream(request, keyed());
    const asked = [stream.next(), stream.next(), stream.next()];
    await settle();
    expect(router.calls).toHaveLength(1);
    router.calls[0]?.push({ type: 'accepted' }, text('a'));
    await settle();
    router.calls[0]?.push(finished(completion));
    router.calls[0]?.end();
    const results = await Promise.all(asked);
    expect(results.map(({ value }) => value?.sequence)).toEqual([0, 1, 2]);
    expect(results.at(-1)).toMatchObject({ value: { type: 'finished', generationId: 'gen-1' } });
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('gives a stream of a completion that is waited for', async () => {
    const { generations, router } = bench();
    const answer = generations.complete(request, keyed());
    await settle();
    const events = all(generations.stream(request, keyed()));
    await settle();
    router.calls[0]?.push(finished(completion));
    expect(await answer).toBe(completion);
    expect((await events).map(({ type }) => type)).toEqual(['accepted', 'started', 'text', 'finished']);
  });

  it('gives the same failure again', async () => {
    const { generations, router } = bench();
    const events = all(generations.stream(request, keyed()));
    await settle();
    router.calls[0]?.end();
    await events;
    await expect(generations.complete(request, keyed())).rejects.toMatchObject({ name: 'InternalError' });
    expect(router.calls).toHaveLength(1);
  });

  it.each(['a stream', 'a whole answer'])('works again at once for %s that was not let in', async (what) => {
    const { generations, router } = bench();
    const ask = async () =>
      what === 'a stream'
        ? (await all(generations.stream(request, keyed()))).at(-1)
        : generations.complete(request, keyed()).catch((error: unknown) => ({ error }));
    const first = ask();
    await settle();
    const error = new InsufficientCredits({ left: '0', needed: '1', held: false });
    router.calls[0]?.options.onRefused?.();
    router.calls[0]?.push({ type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: [] });
    router.calls[0]?.end();
    expect(await first).toMatchObject({ error });
    const second = ask();
    await settle();
    expect(router.calls).toHaveLength(2);
    router.calls[1]?.push(finished(completion));
    router.calls[1]?.end();
    const answer = what === 'a stream' ? { type: 'finished', completion } : completion;
    expect(await second).toMatchObject(answer);
    // From now on it stands for what was let in.
    expect(await ask()).toMatchObject(answer);
    expect(router.calls).toHaveLength(2);
  });

  it('with another request is a conflict, which costs nothing', async () => {
    const { generations, router } = bench();
    void generations.stream(request, keyed()).next();
    await settle();
    expect(await all(generations.stream(other, keyed()))).toMatchObject([
      { type: 'accepted' },
      { type: 'failed', error: { name: 'IdempotencyConflict' } },
    ]);
    await expect(generations.complete(other, keyed())).rejects.toMatchObject({ name: 'IdempotencyConflict' });
    expect(router.calls).toHaveLength(1);
    expect(generations.running()).toBe(1);
  });

  it('belongs to one API key; another may use the same for its own', async () => {
    const { generations, router } = bench();
    for (const caller of [
      aCaller(),
      aCaller({ keyId: 'key-2' }),
      aCaller({ accountId: 'acct-2', keyId: 'key-3' }),
      { ...aCaller({ accountId: 'acct-3' }), keyId: undefined },
    ]) {
      void generations.stream(request, keyed({ caller })).next();
    }
    await settle();
    expect(router.calls).toHaveLength(4);
  });

  it('is free again when its generation is not kept any more', async () => {
    const { generations, router, clock } = bench();
    const events = all(generations.stream(request, keyed()));
    await settle();
    router.calls[0]?.push(finished(completion));
    router.calls[0]?.end();
    await events;
    await clock.advance(5 * 60_000);
    void generations.stream(other, keyed()).next();
    await settle();
    expect(router.calls[1]?.request).toBe(other);
  });
});

describe('a generation with an idempotency key whose reader is lost', () => {
  it('goes on for ten seconds, and for good where the reader comes back in time', async () => {
    const { generations, router, clock } = bench();
    const reader = generations.stream(request, keyed());
    const pending = reader.next();
    await settle();
    const [call] = router.calls;
    call?.push({ type: 'accepted' });
    await pending;
    await reader.return();
    call?.push(text('while nobody reads'));
    await clock.advance(9_999);
    expect(call?.options.signal.aborted).toBe(false);
    const back = all(generations.stream(request, keyed()));
    await clock.advance(60_000);
    expect(call?.options.signal.aborted).toBe(false);
    call?.push(finished(completion));
    call?.end();
    expect((await back).map(({ type }) => type)).toEqual(['accepted', 'text', 'finished']);
  });

  it('is cancelled when nobody comes, and a reader who comes then is told so', async () => {
    const { generations, router, clock } = bench();
    const reader = generations.stream(request, keyed());
    void reader.next();
    await settle();
    await reader.return();
    await clock.advance(10_000);
    expect(router.calls[0]?.options.signal.reason).toMatchObject({ by: 'hang_up' });
    await generations.idle();
    expect(await all(generations.stream(request, keyed()))).toMatchObject([{ error: { name: 'Cancelled' } }]);
    expect(router.calls).toHaveLength(1);
  });

  it('waits anew each time', async () => {
    const { generations, router, clock } = bench();
    for (let count = 0; count < 3; count += 1) {
      const reader = generations.stream(request, keyed());
      void reader.next();
      await settle();
      await reader.return();
      await clock.advance(9_000);
    }
    expect(router.calls[0]?.options.signal.aborted).toBe(false);
    await clock.advance(1_000);
    expect(router.calls[0]?.options.signal.aborted).toBe(true);
    expect(router.calls).toHaveLength(1);
  });
});

describe('the hash of a request', () => {
  it('does not depend on the order of fields, but on everything else', () => {
    const tools = [{ name: 'look', parameters: { type: 'object', properties: { a: {}, b: {} } } }];
    const turned = [{ parameters: { properties: { b: {}, a: {} }, type: 'object' }, name: 'look' }];
    expect(requestHashOf({ messages: [], temperature: 1, tools })).toBe(
      requestHashOf({ tools: turned, temperature: 1, messages: [] }),
    );
    expect(requestHashOf({ messages: [], stop: ['a', 'b'] })).not.toBe(
      requestHashOf({ messages: [], stop: ['b', 'a'] }),
    );
    expect(requestHashOf({ messages: [], temperature: 1 })).not.toBe(requestHashOf({ messages: [], topP: 1 }));
  });
});
