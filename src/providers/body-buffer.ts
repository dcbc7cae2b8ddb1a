/** Callback pushes on one side, an async iterable on the other, with at most one small buffer between them. */
export interface BodyBuffer {
  readonly push: (chunk: Uint8Array) => void;
  /** No more will come. */
  readonly end: () => void;
  /** What was pushed is still read, then reading throws `error`. */
  readonly endWith: (error: unknown) => void;
  /** Reading throws `error` at once; what was pushed is dropped. */
  readonly fail: (error: unknown) => void;
  /** Can be read once. */
  readonly read: AsyncIterable<Uint8Array>;
}

export interface BodySource {
  readonly pause: () => void;
  readonly resume: () => void;
  /** The reader left before the end. */
  readonly leave: () => void;
}

/** How much may lie unread before the source is paused: one read of a socket. */
const maxBufferedBytes = 64 * 1024;

/** Makes a buffer between a source that can be paused and one reader. All that lies in it is read as one piece. */
export function createBodyBuffer(source: BodySource): BodyBuffer {
  let chunks: Uint8Array[] = [];
  let bufferedBytes = 0;
  let paused = false;
  let ended = false;
  let failed = false;
  let error: unknown;
  let wake: (() => void) | undefined;

  const close = () => {
    ended = true;
    wake?.();
  };
  const failWith = (reason: unknown) => {
    if (ended) return;
    failed = true;
    error = reason;
    close();
  };
  const drop = () => {
    chunks = [];
    bufferedBytes = 0;
  };
  const take = (): Uint8Array | undefined => {
    const [first] = chunks;
    if (first === undefined) return undefined;
    const taken = chunks.length === 1 ? first : Buffer.concat(chunks, bufferedBytes);
    drop();
    if (paused && !ended) {
      paused = false;
      source.resume();
    }
    return taken;
  };

  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      // The parser runs to the end of what one read brought before this goes on, so that a read becomes one piece.
      if (chunks.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      const value = take();
      if (value !== undefined) return { done: false, value };
      if (!failed) return { done: true, value: undefined };
      failed = false;
      throw error;
    },
    return: () => {
      const early = !ended;
      drop();
      failed = false;
      close();
      if (early) source.leave();
      return Promise.resolve({ done: true, value: undefined });
    },
  };

  return {
    push: (chunk) => {
      if (ended || chunk.length === 0) return;
      chunks.push(chunk);
      bufferedBytes += chunk.length;
      if (bufferedBytes >= maxBufferedBytes && !paused) {
        paused = true;
        source.pause();
      }
      wake?.();
    },
    end: close,
    endWith: failWith,
    fail: (reason) => {
      drop();
      failWith(reason);
    },
    read: { [Symbol.asyncIterator]: () => iterator },
  };
}
