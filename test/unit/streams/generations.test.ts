import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Completion, Router, StreamEvent } from '../../../src/completion.ts';
import { Cancelled, ModelNotFound } from '../../../src/errors.ts';
import { coalesce } from '../../../src/streams/coalesce.ts';
import { createGenerations, failedStream, type GenerationEvent } from '../../../src/streams/generations.ts';

const request = { messages: [] };
const text = (value: string): StreamEvent => ({ type: 'text', text: value });

/** A router whose streams yield these batches, then wait for the abort if `hang` is set. */
function routerOf(batches: readonly (readonly StreamEvent[])[], hang = false) {
  const seen: AbortSignal[] = [];
  const router: Router = {
    complete: (_request, { signal }) => {
      seen.push(signal);
      return new Promise<Completion>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    stream: (_request, { signal }) => {
      seen.push(signal);
      let at = 0;
      let release: (() => void) | undefined;
      const iterator: AsyncIterableIterator<readonly StreamEvent[]> = {
        [Symbol.asyncIterator]: () => iterator,
        next: async () => {
          const batch = batches[at++];
          if (batch !== undefined) return { done: false, value: batch };
          if (hang)
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          return { done: true, value: undefined };
        },
        return: async () => {
          release?.();
          return { done: true, value: undefined };
        },
      };
      return iterator;
    },
    plan: () => {
      throw new ModelNotFound('m/m', []);
    },
  };
  let ids = 0;
  return { seen, generations: createGenerations({ router, makeId: () => `gen-${++ids}` }) };
}

describe('a generation', () => {
  it('numbers its events 0, 1, 2 … after merging, without a gap', async () => {
    const { generations } = routerOf([
      [{ type: 'accepted' }],
      [text('a'), text('b')],
      [{ type: 'logprobs', logprobs: {} }],
      [text('c')],
    ]);
    const events: GenerationEvent[] = [];
    for await (const event of generations.stream(request, new AbortController().signal)) events.push(event);
    expect(events).toEqual([
      { type: 'accepted', generationId: 'gen-1', sequence: 0 },
      { type: 'text', text: 'ab', generationId: 'gen-1', sequence: 1 },
      { type: 'text', text: 'c', generationId: 'gen-1', sequence: 2 },
    ]);
  });

  it('hands out the rest of a batch, then whole batches', async () => {
    const { generations } = routerOf([[{ type: 'accepted' }, text('a')], [text('b')]]);
    const stream = generations.stream(request, new AbortController().signal);
    await stream.next();
    expect(await stream.nextBatch()).toMatchObject([{ text: 'a' }]);
    expect(await stream.nextBatch()).toMatchObject([{ text: 'b', sequence: 2 }]);
    expect(await stream.nextBatch()).toBeUndefined();
    expect(generations.running()).toBe(0);
  });

  it('begins when it is read, and is over at once when its reader hangs up', async () => {
    const { generations, seen } = routerOf([[{ type: 'accepted' }]], true);
    const stream = generations.stream(request, new AbortController().signal);
    expect(generations.running()).toBe(0);
    await stream.next();
    expect(generations.running()).toBe(1);
    const pending = stream.next();
    await stream.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(seen[0]?.aborted).toBe(true);
    expect(generations.running()).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('is cancelled by its name, once', async () => {
    const { generations, seen } = routerOf([[{ type: 'accepted' }]], true);
    const stream = generations.stream(request, new AbortController().signal);
    await stream.next();
    expect(generations.cancel('gen-1')).toBe(true);
    expect(seen[0]?.reason).toBeInstanceOf(Cancelled);
    await stream.return();
    expect(generations.cancel('gen-1')).toBe(false);
    expect(generations.cancel('gen-0')).toBe(false);
  });

  it('that is asked for whole ends with its caller', async () => {
    const { generations } = routerOf([]);
    const controller = new AbortController();
    const completion = generations.complete(request, controller.signal);
    expect(generations.running()).toBe(1);
    controller.abort(new Error('gone'));
    await expect(completion).rejects.toThrow('gone');
    expect(generations.running()).toBe(0);
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
