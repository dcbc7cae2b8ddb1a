import { Worker } from 'node:worker_threads';
import { ProviderError } from '../../errors.ts';
import type { FromWorker, ToWorker, Work, WorkerOptions, WorkPart } from './messages.ts';

/** The local model's thread, as the main thread sees it. It keeps the process alive only while it has work. */
export interface WorkerThread {
  /** What the work brings, as it comes. Fails with a ProviderError, or at once with the signal's reason. */
  readonly generate: (work: Work, signal: AbortSignal) => AsyncIterable<readonly WorkPart[]>;
  /** Whether it has stopped, by itself or by `stop`; then every generation fails as `server_failed`. */
  readonly stopped: () => boolean;
  /** Resolves once no generation is under way. */
  readonly idle: () => Promise<void>;
  /** Resolves once the thread is gone. */
  readonly stop: () => Promise<void>;
}

/** Starts a thread; it loads its model by itself, and stops if it cannot. */
export function startWorkerThread(options: WorkerOptions): WorkerThread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: options,
    // Neither the program's credentials nor its flags, some of which a worker refuses.
    env: {},
    execArgv: [],
  });
  worker.unref();
  const inboxes = new Map<number, Inbox>();
  const idleWaiters: (() => void)[] = [];
  let nextId = 0;
  let failure: ProviderError | undefined;

  const post = (message: ToWorker) => worker.postMessage(message);
  const fail = (cause: unknown) => {
    failure ??= new ProviderError('server_failed', 'The local model stopped unexpectedly.', { cause });
    for (const inbox of inboxes.values()) inbox.fail(failure);
  };
  worker.on('message', (message: FromWorker) => {
    const inbox = inboxes.get(message.id);
    if (inbox === undefined) return;
    if (message.type === 'parts') inbox.add(message.parts);
    else if (message.type === 'done') inbox.end();
    else inbox.fail(new ProviderError(message.kind, message.message));
  });
  worker.on('error', fail);
  worker.on('exit', fail);

  const open = (inbox: Inbox): number => {
    const id = nextId++;
    inboxes.set(id, inbox);
    worker.ref();
    return id;
  };
  const close = (id: number) => {
    if (!inboxes.delete(id) || inboxes.size > 0) return;
    worker.unref();
    for (const resolve of idleWaiters.splice(0)) resolve();
  };

  return {
    async *generate(work, signal) {
      signal.throwIfAborted();
      if (failure !== undefined) throw failure;
      const inbox = new Inbox();
      const id = open(inbox);
      const leave = () => {
        post({ type: 'cancel', id });
        close(id);
      };
      const abort = () => {
        inbox.fail(signal.reason);
        leave();
      };
      signal.addEventListener('abort', abort, { once: true });
      post({ type: 'generate', id, options: work });
      try {
        for (;;) {
          const taken = await inbox.take();
          if (taken === undefined) return;
          post({ type: 'taken', id, batches: taken.batches });
          yield taken.parts;
        }
      } finally {
        signal.removeEventListener('abort', abort);
        leave();
      }
    },
    stopped: () => failure !== undefined,
    idle: () => (inboxes.size === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve))),
    stop: async () => {
      await worker.terminate();
    },
  };
}

/** Batches that have come and were not taken yet; taken together. The worker bounds how many there are. */
class Inbox {
  #batches: (readonly WorkPart[])[] = [];
  #state: 'open' | 'ended' | { readonly failure: unknown } = 'open';
  #wake: (() => void) | undefined;

  add(parts: readonly WorkPart[]): void {
    this.#batches.push(parts);
    this.#wake?.();
  }

  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wake?.();
  }

  /** What was not taken is dropped: a reader that is told of a failure must not have to read on to hear of it. */
  fail(failure: unknown): void {
    if (this.#state === 'open') {
      this.#state = { failure };
      this.#batches = [];
    }
    this.#wake?.();
  }

  /** All that has come, waiting for the first; `undefined` after the end. One call at a time. */
  async take(): Promise<{ readonly parts: readonly WorkPart[]; readonly batches: number } | undefined> {
    while (this.#batches.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (typeof this.#state === 'object') throw this.#state.failure;
    const batches = this.#batches;
    this.#batches = [];
    return batches.length === 0 ? undefined : { parts: batches.flat(), batches: batches.length };
  }
}
