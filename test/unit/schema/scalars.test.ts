import fc from 'fast-check';
import { GraphQLError, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { dateTimeScalar, decimalScalar, jsonScalar, parseDecimal, urlScalar } from '../../../schema/scalars.ts';

describe('Decimal', () => {
  it.each([
    ['0.00000015', '0.00000015'],
    ['1.5e-7', '0.00000015'],
    ['15E-8', '0.00000015'],
    ['2.50', '2.5'],
    ['007', '7'],
    ['+3', '3'],
    ['-0.10', '-0.1'],
    ['-0.0', '0'],
    ['12e3', '12000'],
    ['1.25e1', '12.5'],
    ['0', '0'],
    ['123456789012345678901234567890.123456789', '123456789012345678901234567890.123456789'],
  ])('reads %s as %s', (text, plain) => {
    expect(parseDecimal(text)).toBe(plain);
  });

  it.each(['', ' ', 'a', '1,5', '1.', '.5', '0x10', 'NaN', 'Infinity', '1e999', '1e', '--1', '1 ', '9'.repeat(41)])(
    'refuses %j',
    (text) => {
      expect(() => parseDecimal(text)).toThrow(GraphQLError);
    },
  );

  it('agrees with the number that JavaScript reads, for numbers that a float holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -12, max: 12 }), (digits, exponent) => {
        const plain = parseDecimal(`${digits}e${exponent}`);
        expect(plain).toMatch(/^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
        expect(Number(plain)).toBe(Number(`${digits}e${exponent}`) + 0);
      }),
    );
  });

  it('takes the digits of a literal, not what a float makes of them', () => {
    expect(decimalScalar.parseLiteral(parseValue('0.1000000000000000055'))).toBe('0.1000000000000000055');
    expect(decimalScalar.parseLiteral(parseValue('3'))).toBe('3');
    expect(decimalScalar.parseLiteral(parseValue('"1e-9"'))).toBe('0.000000001');
  });

  it('takes strings and whole numbers as variables, but no number that has been rounded', () => {
    expect(decimalScalar.parseValue('0.30')).toBe('0.3');
    expect(decimalScalar.parseValue(4)).toBe('4');
    for (const value of [0.3, 2 ** 60, Number.NaN, true, null, ['1'], {}]) {
      expect(() => decimalScalar.parseValue(value)).toThrow(GraphQLError);
    }
  });
});

describe('JSON', () => {
  it('reads a literal as JSON would', () => {
    const literal = parseValue('{ a: [1, 2.5, "x", true, null], __proto__: { b: 1 } }');
    const value = jsonScalar.parseLiteral(literal, {});
    expect(JSON.stringify(value)).toBe('{"a":[1,2.5,"x",true,null],"__proto__":{"b":1}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('fills variables in within a literal', () => {
    expect(jsonScalar.parseLiteral(parseValue('{ a: $b, c: $d }'), { b: [1] })).toEqual({ a: [1], c: null });
  });

  it('refuses a bare word, which JSON does not have', () => {
    expect(() => jsonScalar.parseLiteral(parseValue('{ a: OBJECT }'), {})).toThrow('"OBJECT"');
  });

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('refuses 100 000 nested %s without exhausting the stack', (_kind, open, close) => {
    const value: unknown = JSON.parse(`${open.repeat(100_000)}1${close.repeat(100_000)}`);
    expect(() => jsonScalar.parseValue(value)).toThrow('deeper than 64');
  });

  it('takes a long flat list, and 64 levels', () => {
    expect(jsonScalar.parseValue(Array.from({ length: 100_000 }, () => 0))).toHaveLength(100_000);
    expect(() => jsonScalar.parseValue(JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`))).not.toThrow();
    expect(() => jsonScalar.parseValue(JSON.parse(`${'['.repeat(65)}1${']'.repeat(65)}`))).toThrow(GraphQLError);
  });

  it('refuses what JSON cannot say', () => {
    for (const value of [undefined, () => 1, 1n]) expect(() => jsonScalar.parseValue(value)).toThrow(GraphQLError);
  });
});

describe('DateTime', () => {
  it('writes milliseconds and ISO dates as RFC 3339', () => {
    expect(dateTimeScalar.serialize(Date.UTC(2026, 10, 5, 9, 30))).toBe('2026-11-05T09:30:00.000Z');
    expect(dateTimeScalar.serialize('2026-11-05')).toBe('2026-11-05T00:00:00.000Z');
  });

  it('reads RFC 3339 with an offset and refuses the rest', () => {
    expect(dateTimeScalar.parseValue('2026-11-05T10:30:00+01:00')).toBe(Date.UTC(2026, 10, 5, 9, 30));
    for (const value of ['2026-11-05', 'tomorrow', '2026-13-05T10:30:00Z', 5, null]) {
      expect(() => dateTimeScalar.parseValue(value)).toThrow(GraphQLError);
    }
  });
});

describe('URL', () => {
  it('takes absolute addresses only', () => {
    expect(urlScalar.parseValue('https://example.com/a')).toBe('https://example.com/a');
    for (const value of ['example.com', '/a', '', 5]) expect(() => urlScalar.parseValue(value)).toThrow(GraphQLError);
  });
});
