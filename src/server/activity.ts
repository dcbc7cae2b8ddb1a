/** The operations in flight, so that a shutdown can wait for them, and then end them. */
export interface Activity {
  readonly size: number;
  /** Notes an operation and how to end it. The returned function says that it has ended; calling it again is harmless. */
  readonly begin: (end: () => void) => () => void;
  /** Resolves when nothing is in flight. */
  readonly idle: () => Promise<void>;
  /** Ends all that is in flight. */
  readonly endAll: () => void;
}

export function createActivity(): Activity {
  const running = new Set<{ readonly end: () => void }>();
  let waiting: (() => void)[] = [];
  return {
    get size() {
      return running.size;
    },
    begin: (end) => {
      const entry = { end };
      running.add(entry);
      return () => {
        if (!running.delete(entry) || running.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    endAll: () => {
      for (const { end } of [...running]) end();
    },
  };
}
