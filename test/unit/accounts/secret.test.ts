import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashSecret, makeSecret, readSecret, type SecretKind, shownPartsOf } from '../../../src/accounts/secret.ts';

const base62 = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const secrets = fc
  .tuple(fc.constantFrom<SecretKind>('key', 'client_token'), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([kind, bytes]) => ({ kind, secret: makeSecret(kind, bytes) }));

describe('a secret', () => {
  it('is the prefix, 43 characters of randomness and 6 of checksum, all base 62', () => {
    expect(makeSecret('key')).toMatch(/^sk-pm-v1-[0-9A-Za-z]{49}$/);
    expect(makeSecret('client_token')).toMatch(/^ct-pm-v1-[0-9A-Za-z]{49}$/);
    expect(makeSecret('key', new Uint8Array(32))).toBe(`sk-pm-v1-${'0'.repeat(43)}3WGvCP`);
  });

  it('is new each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => makeSecret('key'))).size).toBe(1_000);
  });

  it('holds all 256 bits: different bytes give different secrets', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, fc.nat(255), (one, bit) => {
        const other = Uint8Array.from(one);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(makeSecret('key', other)).not.toBe(makeSecret('key', one));
      }),
    );
  });

  it('is recognised as what it is', () => {
    fc.assert(
      fc.property(secrets, ({ kind, secret }) => {
        expect(readSecret(secret)).toEqual({ kind });
      }),
    );
  });

  it('with any one character mistyped is told from an unknown key without asking anybody', () => {
    fc.assert(
      fc.property(secrets, fc.nat(), fc.constantFrom(...base62), ({ secret }, at, typed) => {
        const place = 9 + (at % (secret.length - 9));
        fc.pre(secret[place] !== typed);
        const wrong = secret.slice(0, place) + typed + secret.slice(place + 1);
        expect(readSecret(wrong)).toEqual({ kind: undefined, fault: 'mistyped' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('with two neighbours swapped, one lost, one added, or the wrong case of prefix is a typing error, too', () => {
    fc.assert(
      fc.property(secrets, fc.nat(), fc.constantFrom(...base62), ({ secret }, at, extra) => {
        const place = 9 + (at % (secret.length - 10));
        const [one = '', two = ''] = secret.slice(place, place + 2);
        const start = secret.slice(0, place);
        const wrongs = [
          start + secret.slice(place + 1),
          start + extra + secret.slice(place),
          `SK-PM-${secret.slice(6)}`,
        ];
        if (one !== two) wrongs.push(start + two + one + secret.slice(place + 2));
        for (const wrong of wrongs) expect(readSecret(wrong)).toEqual({ kind: undefined, fault: 'mistyped' });
      }),
    );
  });

  it('of a key does not pass for a token, nor the other way round', () => {
    fc.assert(
      fc.property(secrets, ({ secret }) => {
        const other = `${secret.startsWith('sk') ? 'ct' : 'sk'}${secret.slice(2)}`;
        expect(readSecret(other)).toEqual({ kind: undefined, fault: 'mistyped' });
      }),
    );
  });

  it.each(['', 'hello', 'sk-proj-abcdef', 'sk-or-v1-0123456789abcdef', 'correct horse battery'])(
    'of another program is unfamiliar: %j',
    (text) => expect(readSecret(text)).toEqual({ kind: undefined, fault: 'unfamiliar' }),
  );

  it('is stored as its SHA-256, and shown by its start and its last four characters', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    const secret = makeSecret('key');
    const { prefix, last4 } = shownPartsOf(secret);
    expect(prefix).toBe(secret.slice(0, 13));
    expect(last4).toBe(secret.slice(-4));
  });
});
