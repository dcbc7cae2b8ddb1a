import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopSequences } from '../../../../src/providers/local/stop-sequences.ts';

/** What is delivered of the texts, and whether they were stopped. */
function deliver(sequences: readonly string[], texts: readonly string[]) {
  const stops = createStopSequences(sequences);
  let delivered = '';
  for (const text of texts) {
    const { text: safe, stopped } = stops.push(text);
    delivered += safe;
    if (stopped) return { delivered, stopped };
  }
  return { delivered: delivered + stops.flush(), stopped: false };
}

describe('stop sequences', () => {
  it('end the text before the sequence', () => {
    expect(deliver(['END'], ['one EN', 'D two'])).toEqual({ delivered: 'one ', stopped: true });
  });

  it('hold back only what could become one', () => {
    const stops = createStopSequences(['</s>', '###']);
    expect(stops.push('a</')).toEqual({ text: 'a', stopped: false });
    expect(stops.push('b#')).toEqual({ text: '</b', stopped: false });
    expect(stops.flush()).toBe('#');
  });

  it('take the one that begins first', () => {
    expect(deliver(['late', 'a l'], ['a late'])).toEqual({ delivered: '', stopped: true });
  });

  it('ignore the empty sequence', () => {
    expect(deliver([''], ['a', 'b'])).toEqual({ delivered: 'ab', stopped: false });
  });

  it('never deliver a sequence, and deliver all text where none comes, however it is cut', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(short, { minLength: 1, maxLength: 3 }),
        fc.array(short, { maxLength: 12 }),
        (sequences, texts) => {
          const { delivered, stopped } = deliver(sequences, texts);
          const whole = texts.join('');
          expect(whole.startsWith(delivered)).toBe(true);
          expect(stopped).toBe(sequences.some((sequence) => whole.includes(sequence)));
          expect(sequences.some((sequence) => delivered.includes(sequence))).toBe(false);
          if (!stopped) expect(delivered).toBe(whole);
        },
      ),
      { numRuns: 500 },
    );
  });
});
