/** Counts what runs without a reader, account by account. */
export interface Unattended {
  /** Takes a place of the account's. The returned function gives it back, once however often it is called; `undefined`: there is none. */
  readonly enter: (accountId: string) => (() => void) | undefined;
}

/** At most so many for each account. */
export function createUnattended(most: number): Unattended {
  const counts = new Map<string, number>();
  return {
    enter(accountId) {
      const before = counts.get(accountId) ?? 0;
      if (before >= most) return undefined;
      counts.set(accountId, before + 1);
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        const now = counts.get(accountId) ?? 0;
        if (now > 1) counts.set(accountId, now - 1);
        else counts.delete(accountId);
      };
    },
  };
}
