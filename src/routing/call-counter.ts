export interface CallCounts {
  readonly calls: number;
  readonly failures: number;
}

/** Counts calls and forgets them: one counts e^(−t/τ) after the time t. */
export interface CallCounter {
  readonly add: (failed: boolean, nowMs: number) => void;
  readonly counts: (nowMs: number) => CallCounts;
}

/** `timeConstantMs` is τ. The time given may not go back; where it does, nothing is forgotten. */
export function createCallCounter(timeConstantMs: number): CallCounter {
  let calls = 0;
  let failures = 0;
  let asOfMs = 0;
  // One power for both: it is most of what reading a counter costs, and choosing reads several of each endpoint.
  const keptAt = (nowMs: number) => (nowMs <= asOfMs ? 1 : Math.exp((asOfMs - nowMs) / timeConstantMs));
  return {
    add(failed, nowMs) {
      const kept = keptAt(nowMs);
      calls = calls * kept + 1;
      failures = failures * kept + (failed ? 1 : 0);
      asOfMs = Math.max(asOfMs, nowMs);
    },
    counts(nowMs) {
      const kept = keptAt(nowMs);
      return { calls: calls * kept, failures: failures * kept };
    },
  };
}
