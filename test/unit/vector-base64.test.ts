import fc from 'fast-check';
import { expect, it } from 'vitest';
import { float32Base64, vectorOfFloat32Base64 } from '../../src/vector-base64.ts';

it('brings every vector of 32-bit floats back as it was', () => {
  const numbers = fc.array(fc.float({ noNaN: true }));
  fc.assert(
    fc.property(numbers, (vector) => {
      expect(vectorOfFloat32Base64(float32Base64(vector))).toEqual(vector);
    }),
  );
});

it('reads the lowest byte first', () => {
  expect(vectorOfFloat32Base64('AACAPwAAAMA=')).toEqual([1, -2]);
});

it.each(['AAAA', 'AACA Pw==', 'no base64!', 'AACAPwAA'])('takes %j for no vector', (text) => {
  expect(vectorOfFloat32Base64(text)).toBeUndefined();
});
