import type { Clock } from '../clock.ts';

/** Counts wrong keys by the address that they came from. */
export interface FailureThrottle {
  /** How long that address has to wait before another unknown key of its is looked at; 0: not at all. */
  readonly waitMs: (address: string) => number;
  readonly failed: (address: string) => void;
}

const windowMs = 60_000;
const mostFailures = 20;
const mostAddresses = 10_000;

/** An address has 20 failures in a minute, which begins with its first one. Remembers at most 10,000 addresses, the latest ones. */
export function createFailureThrottle(clock: Clock): FailureThrottle {
  const failures = new Map<string, { count: number; readonly endsAtMs: number }>();

  const current = (address: string) => {
    const window = failures.get(address);
    if (window === undefined || clock.monotonic() < window.endsAtMs) return window;
    failures.delete(address);
    return undefined;
  };

  return {
    waitMs: (address) => {
      const window = current(address);
      return window === undefined || window.count < mostFailures ? 0 : window.endsAtMs - clock.monotonic();
    },
    failed: (address) => {
      const window = current(address);
      if (window !== undefined) {
        window.count += 1;
        return;
      }
      const oldest = failures.keys().next();
      if (failures.size >= mostAddresses && oldest.done === false) failures.delete(oldest.value);
      failures.set(address, { count: 1, endsAtMs: clock.monotonic() + windowMs });
    },
  };
}
