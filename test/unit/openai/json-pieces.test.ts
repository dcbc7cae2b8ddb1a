import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces } from '../../../src/openai/json-pieces.ts';

it('adds up to the JSON of the object', () => {
  const values = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), values), (body) => {
      expect([...jsonPieces(body)].join('')).toBe(JSON.stringify(body));
    }),
  );
});

it('cuts between the elements of a list, and makes none before its turn', () => {
  let made = 0;
  const element = { toJSON: () => 'x'.repeat(50_000 + made++) };
  const pieces = jsonPieces({ data: Array(10).fill(element) });
  expect(pieces.next().value).toHaveLength(100_000 + 1 + '{"data":[,""""'.length);
  expect(made).toBe(2);
  expect([...pieces]).toHaveLength(5);
});
