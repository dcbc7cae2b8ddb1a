import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a secret proves to be: an API key, or a client token made by one. */
export type SecretKind = 'key' | 'client_token';

/**
 * What the text of a secret says by itself, without asking anybody. mistyped: it begins like ours, but its checksum or length is
 * wrong. unfamiliar: not a secret of this program.
 */
export type SecretReading =
  | { readonly kind: SecretKind }
  | { readonly kind: undefined; readonly fault: 'mistyped' | 'unfamiliar' };

const prefixes = { key: 'sk-pm-v1-', client_token: 'ct-pm-v1-' } as const satisfies Record<SecretKind, string>;
const kinds = ['key', 'client_token'] as const satisfies readonly SecretKind[];

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is a little more than 2^256. */
const randomLength = 43;
/** 62^6 is more than 2^32. */
const checksumLength = 6;
const body = new RegExp(`^[0-9A-Za-z]{${randomLength + checksumLength}}$`);

/** A new secret: its prefix, 256 random bits in base 62, and the CRC-32 of all that in base 62. `bytes` are 32 random ones. */
export function makeSecret(kind: SecretKind, bytes: Uint8Array = randomBytes(32)): string {
  const start = prefixes[kind] + inBase62(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), randomLength);
  return start + checksumOf(start);
}

/** Tells a secret of ours from a typing error and from something else, offline. */
export function readSecret(text: string): SecretReading {
  const kind = kinds.find((candidate) => text.startsWith(prefixes[candidate]));
  if (kind === undefined) return { kind, fault: looksLikeSecret(text) ? 'mistyped' : 'unfamiliar' };
  const start = text.slice(0, -checksumLength);
  const whole = body.test(text.slice(prefixes[kind].length)) && checksumOf(start) === text.slice(-checksumLength);
  return whole ? { kind } : { kind: undefined, fault: 'mistyped' };
}

/** Whether a text is meant to be a secret of ours, well typed or not. */
export function looksLikeSecret(text: string): boolean {
  return /^(?:sk|ct)-pm-/i.test(text);
}

/** SHA-256 of the whole secret in lower-case hexadecimal: all that is stored of it besides what is shown. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What may be shown of a secret later, so that its owner knows it again: its start and its last four characters. */
export function shownPartsOf(secret: string): { readonly prefix: string; readonly last4: string } {
  return { prefix: secret.slice(0, prefixes.key.length + 4), last4: secret.slice(-4) };
}

function checksumOf(start: string): string {
  return inBase62(BigInt(crc32(start)), checksumLength);
}

function inBase62(value: bigint, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place += 1) {
    text = digits.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
