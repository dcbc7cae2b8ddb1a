import { AccountError } from '../account-errors.ts';
import { type Scope, scopes } from '../caller.ts';
import type { Reset } from '../storage/records.ts';
import { tokenOperations } from './token-operations.ts';

/** What may be said of a new key, or changed of one; null takes a field away, absent leaves it as it is. */
export interface KeyTerms {
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | null | undefined;
  /** Globs of model slugs. */
  readonly allowedModels?: readonly string[] | null | undefined;
  /** Slugs of providers. */
  readonly allowedProviders?: readonly string[] | null | undefined;
  readonly requestsPerMinute?: number | null | undefined;
  readonly tokensPerMinute?: number | null | undefined;
  readonly concurrentStreams?: number | null | undefined;
  /** What it may spend; `limitNano` null: it is counted, and not limited. */
  readonly limit?: { readonly limitNano: number | null; readonly reset: Reset } | undefined;
}

const mostNameLength = 100;
const mostListed = 100;
const mostPerMinute = 1_000_000_000;
const glob = /^[A-Za-z0-9._:/@~*-]{1,200}$/;
const slug = /^[A-Za-z0-9._-]{1,100}$/;

/** Throws `invalid`, with the path of the field, at the first thing that contradicts the contract. */
export function checkTerms(terms: KeyTerms, nowMs: number): void {
  checkName(terms.name);
  for (const [index, scope] of (terms.scopes ?? []).entries()) {
    if (!isScope(scope)) throw invalid(`scopes[${index}]`, `There is no scope ${quoted(scope)}: ${scopes.join(', ')}.`);
  }
  if (terms.scopes?.length === 0) throw invalid('scopes', 'A key needs a scope, such as inference.');
  if (typeof terms.expiresAt === 'number' && !(terms.expiresAt > nowMs && Number.isSafeInteger(terms.expiresAt))) {
    throw invalid('expiresAt', 'The expiry must lie in the future.');
  }
  checkList('allowedModels', terms.allowedModels, glob, 'a model, such as anthropic/* or openai/gpt-4o');
  checkList('allowedProviders', terms.allowedProviders, slug, 'the slug of a provider, such as openai');
  for (const field of ['requestsPerMinute', 'tokensPerMinute', 'concurrentStreams'] as const) {
    const value = terms[field];
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(value) || value < 1 || value > mostPerMinute) {
      throw invalid(field, `This limit must be a whole number from 1 to ${mostPerMinute}; leave it out for none.`);
    }
  }
  if (terms.limit !== undefined && terms.limit.limitNano !== null) checkAmount('limit', terms.limit.limitNano);
}

/** Throws `invalid` unless it is a name of 1 to 100 characters that can be shown on one line. */
export function checkName(name: string | undefined, path = 'name'): void {
  if (name === undefined) return;
  if (name.trim() === '') throw invalid(path, 'The name is empty.');
  if (name.length > mostNameLength) throw invalid(path, `The name has more than ${mostNameLength} characters.`);
  if (/\p{Cc}/u.test(name)) throw invalid(path, 'The name has a control character, such as a line break, in it.');
}

/** Throws `invalid` unless it is a sum that can be spent: whole nano-dollars above 0. */
export function checkAmount(path: string, amountNano: number): void {
  if (Number.isSafeInteger(amountNano) && amountNano > 0) return;
  throw invalid(path, 'The amount must be above 0, in US dollars with at most 9 decimals, and below 9 million.');
}

/** Throws `invalid` unless each names something that a client token may be allowed. */
export function checkOperations(operations: readonly string[] | undefined): void {
  if (operations?.length === 0)
    throw invalid('operations', 'A token that may do nothing is of no use; leave it out for all.');
  for (const [index, name] of (operations ?? []).entries()) {
    if (tokenOperations.includes(name)) continue;
    throw invalid(`operations[${index}]`, `There is no operation ${quoted(name)}: ${tokenOperations.join(', ')}.`);
  }
}

/** Throws `invalid` unless it is a web origin as a browser sends it, such as `https://chat.example`. */
export function checkOrigin(origin: string | undefined): void {
  if (origin === undefined) return;
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === origin) return;
  throw invalid(
    'origin',
    'The origin must be like https://chat.example: scheme and host in lower case, without a path.',
  );
}

export function isScope(text: string): text is Scope {
  return scopes.some((scope) => scope === text);
}

export function invalid(path: string, message: string): AccountError {
  return new AccountError('invalid', message, { path });
}

function checkList(
  path: 'allowedModels' | 'allowedProviders',
  list: readonly string[] | null | undefined,
  shape: RegExp,
  meant: string,
): void {
  if (list === undefined || list === null) return;
  if (list.length === 0) throw invalid(path, 'An empty list would allow nothing; leave it out to allow everything.');
  if (list.length > mostListed) throw invalid(path, `The list has more than ${mostListed} entries.`);
  for (const [index, item] of list.entries()) {
    if (!shape.test(item)) throw invalid(`${path}[${index}]`, `${quoted(item)} is not ${meant}.`);
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
