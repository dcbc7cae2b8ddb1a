import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOrder } from '../../../src/routing/draw.ts';
import { type WeightInputs, weigh } from '../../../src/routing/weight.ts';

const candidate = (more: Partial<WeightInputs> = {}): WeightInputs => ({
  expectedCost: 0.001,
  firstContentMs: undefined,
  throughput: undefined,
  failureShare: 0.02,
  toolFaultShare: 0,
  inFlight: 0,
  trafficCap: Number.POSITIVE_INFINITY,
  slowStart: 1,
  holdsCache: false,
  ...more,
});
const weights = (...candidates: WeightInputs[]) => weigh(candidates).map(({ weight }) => weight);

describe('weigh', () => {
  it('prefers the cheaper by about the square of the price', () => {
    const [cheap = 0, dear = 0] = weights(candidate({ expectedCost: 1 }), candidate({ expectedCost: 3 }));
    expect(cheap / dear).toBeCloseTo((3.2 / 1.2) ** 2, 5);
  });

  it('prefers the faster, the more reliable, the better at tools, the idle and the one with the warm cache', () => {
    for (const better of [
      { firstContentMs: 100 },
      { throughput: 200 },
      { failureShare: 0 },
      { toolFaultShare: 0 },
      { inFlight: 1, trafficCap: 10 },
      { holdsCache: true },
    ]) {
      const worse = {
        firstContentMs: 900,
        throughput: 20,
        failureShare: 0.5,
        toolFaultShare: 0.5,
        inFlight: 9,
        trafficCap: 10,
        holdsCache: false,
      };
      const name = Object.keys(better)[0] as keyof typeof worse;
      const [a = 0, b = 0] = weights(
        candidate({ ...('trafficCap' in better ? { trafficCap: 10 } : {}), [name]: better[name as never] }),
        candidate({ ...('trafficCap' in better ? { trafficCap: 10 } : {}), [name]: worse[name] }),
      );
      expect(a, name).toBeGreaterThan(b);
    }
  });

  it('takes an unmeasured speed to be the others’ median, and all to be equal where nothing was measured', () => {
    const [a, b, c] = weigh([candidate({ firstContentMs: 100 }), candidate({ firstContentMs: 300 }), candidate()]);
    expect(a?.latency).toBe(1);
    expect(c?.latency).toBeCloseTo((100 / 200) ** 0.5);
    expect(b?.latency).toBeCloseTo((100 / 300) ** 0.5);
    expect(new Set(weights(candidate(), candidate())).size).toBe(1);
  });

  it('weighs endpoints alike where all are free, and prefers a free one to one with a price without shutting that out', () => {
    expect(new Set(weights(candidate({ expectedCost: 0 }), candidate({ expectedCost: 0 }))).size).toBe(1);
    const [free = 0, priced = 0] = weights(candidate({ expectedCost: 0 }), candidate({ expectedCost: 0.01 }));
    expect(free).toBeGreaterThan(priced);
    expect(priced).toBeGreaterThan(0);
  });

  it('gives every candidate a positive, finite weight, a hundredth of the best at least', () => {
    const positive = fc.double({ min: 0, max: 1e6, noNaN: true });
    const anyCandidate = fc.record({
      expectedCost: positive,
      firstContentMs: fc.option(positive, { nil: undefined }),
      throughput: fc.option(positive, { nil: undefined }),
      failureShare: fc.double({ min: 0, max: 1, noNaN: true }),
      toolFaultShare: fc.double({ min: 0, max: 1, noNaN: true }),
      inFlight: fc.nat(1000),
      trafficCap: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ min: 4, max: 1000, noNaN: true })),
      slowStart: fc.double({ min: 0.1, max: 1, noNaN: true }),
      holdsCache: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyCandidate, { minLength: 1, maxLength: 20 }), (candidates) => {
        const all = weights(...candidates);
        const best = Math.max(...all);
        for (const weight of all) {
          expect(Number.isFinite(weight)).toBe(true);
          expect(weight).toBeGreaterThan(0);
          expect(weight).toBeGreaterThanOrEqual(best * 0.01 * 0.999);
        }
      }),
    );
  });
});

describe('drawOrder', () => {
  it('draws the first in proportion to its weight', () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    let first = 0;
    for (let time = 0; time < 10_000; time++) if (drawOrder(['a', 'b'], [9, 1], random)[0] === 'a') first += 1;
    expect(first / 10_000).toBeGreaterThan(0.88);
    expect(first / 10_000).toBeLessThan(0.92);
  });

  it('is an order of all of them, the heaviest first where chance is level', () => {
    expect(drawOrder(['a', 'b', 'c'], [1, 3, 2], () => 0.5)).toEqual(['b', 'c', 'a']);
    expect(drawOrder([], [], () => 0.5)).toEqual([]);
  });
});
