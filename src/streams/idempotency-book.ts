import { createHash } from 'node:crypto';
import type { ChatRequest } from '../chat.ts';

/** A generation that is to be the only one under its key. */
export interface IdempotencyClaim {
  /** Whose key it is: an API key's id, or the account's where there is none. */
  readonly scope: string;
  readonly key: string;
  /** Tells requests apart. */
  readonly requestHash: string;
  readonly generationId: string;
}

/** Whether the key was free; else which generation has it, or that it was for another request. */
export type ClaimAnswer =
  | { readonly state: 'claimed' }
  | { readonly state: 'taken'; readonly generationId: string }
  | { readonly state: 'conflict' };

/** Which generation each idempotency key stands for. */
export interface IdempotencyBook {
  /** Gives the key to the generation, unless another has it. Of several claims at the same time one wins. */
  readonly claim: (claim: IdempotencyClaim) => ClaimAnswer | Promise<ClaimAnswer>;
  /** Says that a generation was not let in, or can no longer be replayed: its key is free. Again it changes nothing. */
  readonly release: (generationId: string) => void;
}

/** A book in memory: it knows a key for as long as its generation is kept there. */
export function createIdempotencyBook(): IdempotencyBook {
  const claims = new Map<string, IdempotencyClaim>();
  const places = new Map<string, string>();
  return {
    claim(claim) {
      const place = JSON.stringify([claim.scope, claim.key]);
      const earlier = claims.get(place);
      if (earlier === undefined) {
        claims.set(place, claim);
        places.set(claim.generationId, place);
        return { state: 'claimed' };
      }
      if (earlier.requestHash !== claim.requestHash) return { state: 'conflict' };
      return { state: 'taken', generationId: earlier.generationId };
    },
    release(generationId) {
      const place = places.get(generationId);
      if (place === undefined) return;
      places.delete(generationId);
      claims.delete(place);
    },
  };
}

/** The same for requests that ask for the same, in whatever order their fields stand. SHA-256, hexadecimal. */
export function requestHashOf(request: ChatRequest): string {
  return createHash('sha256').update(JSON.stringify(request, sorted)).digest('hex');
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
