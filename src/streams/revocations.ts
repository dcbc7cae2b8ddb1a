/** Hears of revoked keys for all that runs or reads by them. */
export interface Revocations {
  /** Calls `cut` once when the signal aborts, or now where it has. The returned function calls that off. */
  readonly watch: (revoked: AbortSignal, cut: () => void) => () => void;
}

/** One listener a key, however much runs by it: to add and remove listeners takes the longer the more there are. */
export function createRevocations(): Revocations {
  const watchers = new WeakMap<AbortSignal, Set<() => void>>();

  function watchersOf(revoked: AbortSignal): Set<() => void> {
    const known = watchers.get(revoked);
    if (known !== undefined) return known;
    const cuts = new Set<() => void>();
    watchers.set(revoked, cuts);
    revoked.addEventListener(
      'abort',
      () => {
        for (const cut of cuts) cut();
        cuts.clear();
      },
      { once: true },
    );
    return cuts;
  }

  return {
    watch(revoked, cut) {
      if (revoked.aborted) {
        cut();
        return () => {};
      }
      const cuts = watchersOf(revoked);
      cuts.add(cut);
      return () => cuts.delete(cut);
    },
  };
}
