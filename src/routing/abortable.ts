/**
 * Puts an iterator whose `return()` acts at once in front of an async generator. A generator's own `return()` queues behind its
 * pending `next()`; here it aborts `controller` first, so that whatever the generator waits for ends, and answers without
 * waiting. A pending `next()` resolves as done. The generator's `finally` blocks run, and `return()` resolves after them.
 */
export function abortable<T>(
  source: AsyncGenerator<T, void, undefined>,
  controller: AbortController,
): AsyncIterableIterator<T> {
  const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
  let over = false;

  const iterator: AsyncIterableIterator<T> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      if (over) return finished;
      try {
        const result = await source.next();
        if (over) return finished;
        if (result.done !== true) return result;
      } catch (error) {
        if (!over) {
          over = true;
          throw error;
        }
      }
      over = true;
      return finished;
    },
    async return() {
      if (!over) {
        over = true;
        controller.abort(new DOMException('The reader hung up.', 'AbortError'));
        // What the abort makes the generator throw has no reader any more.
        await source.return().catch(() => {});
      }
      return finished;
    },
  };
  return iterator;
}
