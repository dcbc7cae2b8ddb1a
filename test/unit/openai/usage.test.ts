import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dollarsOfNano, nanoOfDollars } from '../../../src/accounts/amounts.ts';
import { jsonNumber } from '../../../src/openai/chat/usage.ts';

const most = 2 ** 23 * 1e9 - 1;

it('writes amounts of up to eight million dollars as the JSON numbers that they are, to the last nano-dollar', () => {
  fc.assert(
    fc.property(fc.nat({ max: most }), (nano) => {
      const [digits = '', exponent = '0'] = JSON.stringify(jsonNumber(dollarsOfNano(nano))).split('e');
      const [whole = '', fraction = ''] = digits.split('.');
      const places = fraction.length - Number(exponent);
      const written = BigInt(whole + fraction) * 10n ** BigInt(9 - places);
      expect(written).toBe(BigInt(nano));
      expect(nanoOfDollars(dollarsOfNano(nano))).toBe(nano);
    }),
    { numRuns: 2_000, examples: [[1], [39_000], [300_000_000], [most]] },
  );
});
