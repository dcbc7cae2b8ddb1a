import { describe, expect, it } from 'vitest';
import { abortable } from '../../../src/routing/abortable.ts';

function silentSource(controller: AbortController) {
  const log: string[] = [];
  async function* source(): AsyncGenerator<number, void, undefined> {
    try {
      yield 1;
      await new Promise((_, reject) =>
        controller.signal.addEventListener('abort', () => reject(controller.signal.reason)),
      );
    } finally {
      log.push('closed');
    }
  }
  return { log, iterator: abortable(source(), controller) };
}

describe('abortable', () => {
  it('ends a pending next() at once when it is returned, and runs the generator’s finally', async () => {
    const { log, iterator } = silentSource(new AbortController());
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    const pending = iterator.next();
    await iterator.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(log).toEqual(['closed']);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('may be returned twice, and before it began', async () => {
    const controller = new AbortController();
    const { log, iterator } = silentSource(controller);
    await iterator.return?.();
    await iterator.return?.();
    expect(controller.signal.aborted).toBe(true);
    expect(log).toEqual([]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('passes on what the generator throws, once', async () => {
    async function* failing(): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw new Error('broken');
    }
    const iterator = abortable(failing(), new AbortController());
    await iterator.next();
    await expect(iterator.next()).rejects.toThrow('broken');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});
