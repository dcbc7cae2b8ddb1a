import type { Clock } from '../clock.ts';

/** Remembers for a while what has ended. */
export interface KeptGenerations {
  /** Keeps a generation that has just ended. */
  readonly keep: (generationId: string, bytes: number) => void;
}

export interface KeptGenerationsOptions {
  readonly clock: Clock;
  /** How long each is kept. */
  readonly keptMs: number;
  /** How much all may take together; beyond it those that ended first are forgotten first. */
  readonly maxBytes: number;
  /** Told of each that is not kept any more. */
  readonly forget: (generationId: string) => void;
}

interface Kept {
  readonly bytes: number;
  /** Monotonic. */
  readonly until: number;
}

export function createKeptGenerations({ clock, keptMs, maxBytes, forget }: KeptGenerationsOptions): KeptGenerations {
  // In the order in which they ended.
  const kept = new Map<string, Kept>();
  let bytes = 0;
  let waiting = false;

  function forgetWhile(isDue: (next: Kept) => boolean): void {
    for (const [generationId, next] of kept) {
      if (!isDue(next)) return;
      kept.delete(generationId);
      bytes -= next.bytes;
      forget(generationId);
    }
  }

  /** One timer for all, since they are forgotten in the order in which they came. */
  function wait(): void {
    const [next] = kept.values();
    if (waiting || next === undefined) return;
    waiting = true;
    clock.after(next.until - clock.monotonic(), () => {
      waiting = false;
      forgetWhile(({ until }) => until <= clock.monotonic());
      wait();
    });
  }

  return {
    keep(generationId, size) {
      kept.set(generationId, { bytes: size, until: clock.monotonic() + keptMs });
      bytes += size;
      forgetWhile(() => bytes > maxBytes);
      wait();
    },
  };
}
