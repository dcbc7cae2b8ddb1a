import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dollarsOfNano, nanoOfDollars } from '../../../src/accounts/amounts.ts';
import { globMatches } from '../../../src/accounts/globs.ts';
import { excessOf } from '../../../src/accounts/rights.ts';

const globs = fc.stringMatching(/^[ab*]{0,6}$/);
const texts = fc.stringMatching(/^[ab]{0,6}$/);
const asPattern = (glob: string) => new RegExp(`^${glob.replaceAll('*', '.*')}$`);

describe('a glob', () => {
  it('matches what the pattern that it stands for matches', () => {
    fc.assert(
      fc.property(globs, texts, (glob, text) => {
        expect(globMatches(glob, text)).toBe(asPattern(glob).test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('that matches another glob matches all that the other one does', () => {
    fc.assert(
      fc.property(globs, globs, texts, (outer, inner, text) => {
        fc.pre(globMatches(outer, inner) && globMatches(inner, text));
        expect(globMatches(outer, text)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('rights', () => {
  it('go beyond others in the first thing that those do not allow', () => {
    const bounds = {
      scopes: ['inference'],
      allowedModels: ['a/*'],
      operations: ['stream'],
      origin: 'https://a.example',
    } as const;
    expect(excessOf(bounds, bounds)).toBeUndefined();
    expect(excessOf(bounds, { scopes: ['inference', 'admin'] })).toBeUndefined();
    expect(excessOf({ ...bounds, scopes: ['admin'] }, bounds)).toBe('It would have the scope admin.');
    expect(excessOf({ ...bounds, allowedModels: ['a/b', 'c/d'] }, bounds)).toBe('It might use the models c/d.');
    expect(excessOf({ scopes: ['inference'] }, bounds)).toBe('It might use every model.');
    expect(excessOf({ ...bounds, operations: ['stream', 'cancel'] }, bounds)).toBe('It might run cancel.');
    expect(excessOf({ ...bounds, origin: 'https://b.example' }, bounds)).toBe('It might be used from other origins.');
    const providers = { scopes: ['inference'], allowedProviders: ['x'] } as const;
    expect(excessOf({ scopes: ['inference'] }, providers)).toBe('It might use every provider.');
  });
});

describe('an amount', () => {
  it('is the same there and back, to the nano-dollar', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (nano) => {
        expect(nanoOfDollars(dollarsOfNano(nano))).toBe(nano);
      }),
    );
    expect(dollarsOfNano(1_500_000_000)).toBe('1.5');
    expect(dollarsOfNano(-1)).toBe('-0.000000001');
    expect(nanoOfDollars(' 5 ')).toBe(5_000_000_000);
  });

  it.each(['', '1.', '.5', '1e3', '0.0000000001', '9999999999', '$5', '1,5', '--1'])('is not %j', (text) =>
    expect(nanoOfDollars(text)).toBeUndefined(),
  );
});
