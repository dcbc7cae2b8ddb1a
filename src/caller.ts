import type { ProviderPreferences } from './provider-preferences.ts';

/** What a key may do. inference: ask models. The others: see and change what they name, of its own account; admin: of every account. */
export const scopes = ['inference', 'keys:read', 'keys:write', 'usage:read', 'account:write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks, as authentication found out. Made once a request or WebSocket; everything that is metered, stored or shown is his. */
export interface Caller {
  /** `acct-…` */
  readonly accountId: string;
  /** `key-…`; absent for the local caller of an open server. A client token bears the id of its own. */
  readonly keyId?: string;
  /** The key that made the client token; absent for a key itself. */
  readonly parentKeyId?: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Globs of model slugs (`anthropic/*`); absent for all. Each list has to allow a model: a token's and its key's. */
  readonly allowedModels?: readonly (readonly string[])[];
  /** Slugs of providers; absent for all. Each list has to allow a provider. */
  readonly allowedProviders?: readonly (readonly string[])[];
  readonly limits: CallerLimits;
  /** Of the key that made the client token: counted for the key, all its tokens together. Absent for a key itself. */
  readonly parentLimits?: CallerLimits;
  /** Names of root fields of the API that a client token may use; absent for all. */
  readonly operations?: ReadonlySet<string>;
  /** Whether anything caps what he may spend: a key's or token's limit, the account's credits or budget. */
  readonly capped: boolean;
  /** Whether what he spends is counted, though nothing caps it: a limit or a budget without an amount. */
  readonly counted?: boolean;
  /** What the account asks for where a request says nothing. */
  readonly defaults: CallerDefaults;
  /** Whether the account's prompts and answers are kept, and for how long; absent: they are not. */
  readonly contentRetentionDays?: number;
  /** Whether requests are attributed to the apps that they name. */
  readonly attribution: boolean;
  /** Where the request came from, as its headers say; absent where they do not. */
  readonly app?: AppAttribution;
  /** Aborts when the key is revoked or expires: what runs is cut. */
  readonly revoked: AbortSignal;
}

/** Absent: no limit of that kind. The limits of a token and of its key both hold. */
export interface CallerLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrentStreams?: number;
}

export interface CallerDefaults {
  readonly model?: string;
  readonly provider?: ProviderPreferences;
  /** Holds for every request, whatever it says itself. */
  readonly dataCollection?: 'deny';
  readonly zdr?: true;
}

/** An app is told by the origin of its `HTTP-Referer`, and named by its title. */
export interface AppAttribution {
  readonly url: string;
  readonly title?: string;
  readonly categories?: readonly string[];
}
