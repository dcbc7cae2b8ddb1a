import type { Endpoint } from '../catalog.ts';
import type { Exclusion } from '../errors.ts';

/**
 * A rule that removes endpoints. `prepare` is asked once for all endpoints, looks at what they have in common (`Seen`), and gives the test
 * of each; nothing where the rule has nothing to test, so that what a request does not ask for costs it nothing.
 */
export type Filter<Seen> = readonly [name: string, prepare: (seen: Seen) => Test | undefined];

/** Says why the endpoint cannot serve, a sentence for the caller, or nothing. */
type Test = (endpoint: Endpoint) => Reason | undefined;

/** For good, or as far as is known for so many milliseconds. */
type Reason = string | { readonly reason: string; readonly retryAfterMs: number };

/** Gives, for each endpoint, the first filter that removes it, and why; `undefined` where none does. */
export function exclusionBy<Seen>(
  filters: readonly Filter<Seen>[],
  seen: Seen,
): (endpoint: Endpoint) => Exclusion | undefined {
  const tests: { readonly filter: string; readonly test: Test }[] = [];
  for (const [filter, prepare] of filters) {
    const test = prepare(seen);
    if (test !== undefined) tests.push({ filter, test });
  }
  return (endpoint) => {
    for (const { filter, test } of tests) {
      const found = test(endpoint);
      if (found === undefined) continue;
      return { endpoint: endpoint.id, filter, ...(typeof found === 'string' ? { reason: found } : found) };
    }
    return undefined;
  };
}
