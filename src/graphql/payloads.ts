/** The results of an operation, as JSON texts, in the batches in which they are ready. */
export interface Payloads {
  /** The next texts, or `undefined` after the end. Never rejects: a failure is the last text. One call at a time. */
  readonly next: () => Promise<readonly string[] | undefined>;
  /** Hangs up, at once, also while a `next()` is pending. */
  readonly return: () => void;
}

/** Where events come from, in the batches in which they come. */
export interface EventSource {
  /** The next events, or `undefined` after the end. */
  readonly next: () => Promise<readonly unknown[] | undefined>;
  readonly return: () => void;
}

/** How events and failures are told. */
export interface PayloadWriters {
  /** The result of an event. A promise only where a resolver is asynchronous. */
  readonly event: (event: unknown) => string | Promise<string>;
  /** The last result, when the source itself fails. */
  readonly failure: (error: unknown) => string;
}

/** So many events are written at most before the event loop turns: a flood on one stream must not starve the others. */
const maxEventsPerTurn = 64;

/** Turns events into texts. Asks the source for more only when it is asked itself. */
export function createPayloads(source: EventSource, write: PayloadWriters): Payloads {
  let open = true;
  let batch: readonly unknown[] = [];
  let position = 0;
  let sinceTurn = 0;
  let settle: (texts: undefined) => void = () => undefined;

  async function take(): Promise<readonly string[] | undefined> {
    try {
      if (sinceTurn >= maxEventsPerTurn) {
        await new Promise((resolve) => setImmediate(resolve));
        sinceTurn = 0;
      }
      while (open && position >= batch.length) {
        const events = await source.next();
        if (events === undefined) open = false;
        batch = events ?? [];
        position = 0;
      }
      if (!open) return undefined;
      const texts: string[] = [];
      while (position < batch.length && sinceTurn < maxEventsPerTurn) {
        const text = write.event(batch[position]);
        texts.push(typeof text === 'string' ? text : await text);
        position += 1;
        sinceTurn += 1;
      }
      return texts;
    } catch (error) {
      if (!open) return undefined;
      hangUp();
      return [write.failure(error)];
    }
  }

  function hangUp(): void {
    open = false;
    batch = [];
    source.return();
  }

  return {
    next: () =>
      new Promise((resolve) => {
        if (!open) return resolve(undefined);
        settle = resolve;
        void take().then(resolve);
      }),
    return: () => {
      if (!open) return;
      hangUp();
      settle(undefined);
    },
  };
}

/** One result, which may still be in the making. It may not reject. */
export function payloadOf(text: string | Promise<string>): Payloads {
  const { promise, resolve } = Promise.withResolvers<readonly string[] | undefined>();
  void Promise.resolve(text).then((made) => resolve([made]));
  let open = true;
  return {
    next: () => {
      if (!open) return Promise.resolve(undefined);
      open = false;
      return promise;
    },
    return: () => {
      open = false;
      resolve(undefined);
    },
  };
}
