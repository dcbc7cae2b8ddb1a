import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../../src/providers/local/random.ts';
import { createSampler, logShares, type SamplerSettings } from '../../../../src/providers/local/sampler.ts';

/** Scores whose softmax is 50 %, 25 %, 12.5 %, 6.25 %, 6.25 %. */
const scores = Float64Array.from([0.5, 0.25, 0.125, 0.0625, 0.0625], Math.log);
const never = () => {
  throw new Error('chance was asked');
};

/** Which tokens come at all, over many draws. */
function drawn(settings: SamplerSettings, draws = 400): number[] {
  const sampler = createSampler(settings, createSeededRandom(1));
  return [...new Set(Array.from({ length: draws }, () => sampler.choose(scores)))].sort();
}

describe('the sampler', () => {
  it('takes the likeliest without chance at temperature 0, and where none is given', () => {
    expect(createSampler({ temperature: 0, topP: 0.5 }, never).choose(scores)).toBe(0);
    expect(createSampler({}, never).choose(scores)).toBe(0);
    expect(createSampler({}, never).choose(Float64Array.of(1, 3, 3))).toBe(1);
  });

  it('draws each token as often as the softmax says', () => {
    const sampler = createSampler({ temperature: 1 }, createSeededRandom(7));
    const draws = Array.from({ length: 8_000 }, () => sampler.choose(scores));
    for (const [token, share] of [0.5, 0.25, 0.125, 0.0625, 0.0625].entries()) {
      expect(draws.filter((drawn) => drawn === token).length / 8_000).toBeCloseTo(share, 1);
    }
  });

  it('sharpens below temperature 1 and flattens above it', () => {
    const share = (temperature: number) => {
      const sampler = createSampler({ temperature }, createSeededRandom(3));
      return Array.from({ length: 2_000 }, () => sampler.choose(scores)).filter((token) => token === 0).length / 2_000;
    };
    expect(share(0.5)).toBeGreaterThan(0.65);
    expect(share(4)).toBeLessThan(0.35);
  });

  it('keeps to the likeliest by number, by share, and by ratio to the first', () => {
    expect(drawn({ temperature: 1 })).toEqual([0, 1, 2, 3, 4]);
    expect(drawn({ temperature: 1, topK: 2 })).toEqual([0, 1]);
    expect(drawn({ temperature: 1, topP: 0.7 })).toEqual([0, 1]);
    expect(drawn({ temperature: 1, topP: 0 })).toEqual([0]);
    expect(drawn({ temperature: 1, minP: 0.2 })).toEqual([0, 1, 2]);
    expect(drawn({ temperature: 1, topA: 0.6 })).toEqual([0, 1]);
  });

  it('repeats itself for a seed and differs for another', () => {
    const draws = (seed: number) => {
      const sampler = createSampler({ temperature: 1 }, createSeededRandom(seed));
      return Array.from({ length: 40 }, () => sampler.choose(scores)).join('');
    };
    expect(draws(5)).toBe(draws(5));
    expect(draws(5)).not.toBe(draws(6));
  });

  it('weakens what was read or written by the repetition penalty, on either side of zero', () => {
    const sampler = createSampler({ repetitionPenalty: 2 }, never);
    sampler.read(0);
    expect(sampler.choose(Float64Array.of(3, 2))).toBe(1);
    expect(sampler.choose(Float64Array.of(-1, -1.5))).toBe(1);
    expect(sampler.choose(Float64Array.of(5, 2))).toBe(0);
  });

  it('weakens what was written once by presence and each time more by frequency', () => {
    const presence = createSampler({ presencePenalty: 1 }, never);
    const frequency = createSampler({ frequencyPenalty: 1 }, never);
    for (const sampler of [presence, frequency]) {
      sampler.read(1);
      sampler.wrote(0);
      sampler.wrote(0);
    }
    expect(presence.choose(Float64Array.of(3.5, 2))).toBe(0);
    expect(frequency.choose(Float64Array.of(3.5, 2))).toBe(1);
    expect(presence.choose(Float64Array.of(2.5, 2))).toBe(1);
  });

  it('adds biases, and ignores those for tokens that do not exist', () => {
    expect(createSampler({ logitBias: { 4: 100, 99999: 100 } }, never).choose(scores)).toBe(4);
    expect(createSampler({ logitBias: { 0: -100 } }, never).choose(scores)).toBe(1);
  });

  it('chooses among the allowed alone', () => {
    const odd = (token: number) => token % 2 === 1;
    expect(createSampler({}, never).choose(scores, odd)).toBe(1);
    const sampler = createSampler({ temperature: 2 }, createSeededRandom(9));
    for (let draw = 0; draw < 200; draw++) expect(odd(sampler.choose(scores, odd))).toBe(true);
  });

  it('leaves the scores as they were', () => {
    const before = [...scores];
    const sampler = createSampler({ temperature: 1, presencePenalty: 2, logitBias: { 1: 5 } }, createSeededRandom(1));
    sampler.wrote(0);
    sampler.choose(scores, (token) => token > 1);
    expect([...scores]).toEqual(before);
  });
});

describe('logShares', () => {
  it('gives logarithms of shares that add up to 1, also of huge scores', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const shares = logShares(Float64Array.from(values)).map(Math.exp);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('the seeded random numbers', () => {
  it('lie from 0 to below 1 and fill the range, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), (seed) => {
        const random = createSeededRandom(seed);
        const numbers = Array.from({ length: 400 }, random);
        expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
        expect(new Set(numbers.map((number) => Math.floor(number * 10))).size).toBe(10);
      }),
    );
  });

  it('differ for seeds that differ only above 32 bits', () => {
    expect(createSeededRandom(1)()).not.toBe(createSeededRandom(1 + 2 ** 32)());
  });
});
