import type { Endpoint } from '../catalog.ts';

/** A rule that removes endpoints: says why one cannot serve, a sentence for the caller, or nothing. `Seen` is what it looks at. */
export type Filter<Seen> = readonly [name: string, test: (endpoint: Endpoint, seen: Seen) => Reason | undefined];

/** For good, or as far as is known for so many milliseconds. */
export type Reason = string | { readonly reason: string; readonly retryAfterMs: number };
