import { z } from 'zod';
import { tokensIn } from './chunks.ts';

/** How far a stream has come at its client. */
export interface Progress {
  /** Whether no token has come yet. */
  readonly waiting: boolean;
  readonly began: () => void;
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
  /** Resolves with the milliseconds from the request to the first token. */
  readonly firstToken: Promise<number>;
  /** Resolves at the end; rejects if the stream failed. */
  readonly whole: Promise<void>;
}

/** Begins to count the time. */
export function createProgress(): Progress {
  const first = Promise.withResolvers<number>();
  const whole = Promise.withResolvers<void>();
  // Who vanishes does not ask how it ended.
  first.promise.catch(() => undefined);
  whole.promise.catch(() => undefined);
  const startedAt = performance.now();
  let waiting = true;
  return {
    get waiting() {
      return waiting;
    },
    began: () => {
      waiting = false;
      first.resolve(performance.now() - startedAt);
    },
    ended: () => whole.resolve(),
    failed: (error) => {
      first.reject(error);
      whole.reject(error);
    },
    firstToken: first.promise,
    whole: whole.promise,
  };
}

/** Reads the events of one subscription. */
export interface EventReader {
  /** Takes the payload of a `next` message. */
  readonly read: (json: string) => void;
  /** Takes a whole `next` message. */
  readonly readMessage: (said: unknown) => void;
  readonly end: () => void;
  readonly fail: (why: string) => void;
}

const payload = z.object({ data: z.object({ streamChatCompletion: z.looseObject({ text: z.string().optional() }) }) });
const nextMessage = z.object({ payload });

/** Counts the tokens, and holds the stream for whole only when all have come. */
export function createEventReader(tokens: number, progress: Progress): EventReader {
  let received = 0;
  const take = ({ data }: z.infer<typeof payload>) => {
    const { text: said } = data.streamChatCompletion;
    if (said === undefined) return;
    if (progress.waiting) progress.began();
    received += tokensIn(said);
  };
  return {
    read: (json) => take(payload.parse(JSON.parse(json))),
    readMessage: (said) => take(nextMessage.parse(said).payload),
    end: () => {
      if (received === tokens) progress.ended();
      else progress.failed(new Error(`${received} of ${tokens} tokens came`));
    },
    fail: (why) => progress.failed(new Error(why)),
  };
}
