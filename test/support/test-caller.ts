import type { Caller } from '../../src/caller.ts';

/** A caller without limits, except for what a test says. */
export function callerOf(overrides: Partial<Caller> = {}): Caller {
  return {
    accountId: 'acct-1',
    keyId: 'key-1',
    scopes: new Set(['inference']),
    limits: {},
    capped: false,
    defaults: {},
    attribution: true,
    revoked: new AbortController().signal,
    ...overrides,
  };
}
