import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamDecoder } from '../../../../src/providers/local/tokenizer.ts';
import { engine } from './shipped-model.ts';

const { tokenizer } = engine;
const decode = (tokens: readonly number[]) => {
  const decoder = createStreamDecoder(tokenizer);
  return tokens.map(decoder.push).join('') + decoder.end();
};

describe('the tokenizer', () => {
  it('gives back every text it has split', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.lorem()), (text) => {
        expect(decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });

  it('merges by rank, not from left to right', () => {
    const names = tokenizer.encode('The capital of France is Paris.').map(tokenizer.text);
    expect(names).toEqual(['The', ' capital', ' of', ' F', 'r', 'an', 'ce', ' is', ' P', 'ar', 'is', '.']);
  });

  it('keeps a space with the word behind it and the rest of a run of spaces apart', () => {
    expect(tokenizer.encode('to   river').map(tokenizer.text)).toEqual(['to', ' ', ' ', ' river']);
  });

  it('never makes a control token of text', () => {
    for (const name of ['<|im_start|>', '<|im_end|>', '<|endoftext|>']) {
      expect(tokenizer.isControl(tokenizer.control(name))).toBe(true);
      expect(tokenizer.encode(`a ${name} b`).some(tokenizer.isControl)).toBe(false);
    }
  });

  it('knows control tokens by name and no others', () => {
    expect(() => tokenizer.control('Hello')).toThrow('no control token Hello');
  });

  it('splits a long run of one letter without taking its length squared in map look-ups', () => {
    expect(decode(tokenizer.encode('a'.repeat(6_000)))).toBe('a'.repeat(6_000));
  });
});

describe('the stream decoder', () => {
  it('gives a character only when its last byte has come', () => {
    const decoder = createStreamDecoder(tokenizer);
    const tokens = tokenizer.encode('😀');
    expect(tokens.length).toBe(4);
    expect(tokens.map(decoder.push)).toEqual(['', '', '', '😀']);
  });

  it('shows a character that was cut off as one replacement sign', () => {
    const decoder = createStreamDecoder(tokenizer);
    expect(tokenizer.encode('é').slice(0, 1).map(decoder.push)).toEqual(['']);
    expect(decoder.end()).toBe('\uFFFD');
  });

  it('never gives half of a surrogate pair, whatever the tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: tokenizer.size - 1 })), (tokens) => {
        const decoder = createStreamDecoder(tokenizer);
        for (const token of tokens) expect(decoder.push(token).isWellFormed()).toBe(true);
        expect(decoder.end().isWellFormed()).toBe(true);
      }),
    );
  });
});
