/** Lets one in at a time, in order of asking. */
export interface Mutex {
  /** Resolves with the function that lets the next one in; call it exactly once. At once, without waiting, where nobody is in. */
  readonly enter: () => Promise<void> | undefined;
  readonly leave: () => void;
}

export function createMutex(): Mutex {
  const waiting: (() => void)[] = [];
  let taken = false;
  return {
    enter() {
      if (taken) return new Promise((resolve) => waiting.push(resolve));
      taken = true;
      return undefined;
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) taken = false;
      else next();
    },
  };
}

const shared = new Map<string, { readonly mutex: Mutex; users: number }>();

/**
 * The one mutex for a name in this process. SQLite blocks the whole thread while it waits for another connection's transaction, so
 * two connections of one process to one file have to wait for each other here. Call `forget` once when it is no longer used.
 */
export function sharedMutex(name: string): { readonly mutex: Mutex; readonly forget: () => void } {
  const entry = shared.get(name) ?? { mutex: createMutex(), users: 0 };
  shared.set(name, entry);
  entry.users += 1;
  return {
    mutex: entry.mutex,
    forget: () => {
      entry.users -= 1;
      if (entry.users === 0) shared.delete(name);
    },
  };
}
