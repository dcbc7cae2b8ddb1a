import { startOfPossible } from './held-text.ts';

/** Text on its way to the caller, watched for sequences at which the answer ends. */
export interface StopSequences {
  /** What may be delivered. Text that could be the start of a stop sequence is held back until it is known not to be. */
  readonly push: (text: string) => { readonly text: string; readonly stopped: boolean };
  /** What was held back, once no more text comes. */
  readonly flush: () => string;
}

/** Watches for the first of `sequences` to appear whole; it and what follows are never delivered. Empty ones are ignored. */
export function createStopSequences(sequences: readonly string[]): StopSequences {
  const words = sequences.filter((sequence) => sequence !== '');
  let held = '';
  return {
    push: (text) => {
      const whole = held + text;
      const found = words.map((word) => whole.indexOf(word)).filter((at) => at >= 0);
      if (found.length > 0) {
        held = '';
        return { text: whole.slice(0, Math.min(...found)), stopped: true };
      }
      const safe = startOfPossible(whole, words);
      held = whole.slice(safe);
      return { text: whole.slice(0, safe), stopped: false };
    },
    flush: () => {
      const rest = held;
      held = '';
      return rest;
    },
  };
}
