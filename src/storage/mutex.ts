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
