import type { Scope } from '../caller.ts';
import type { Json, JsonObject, Usage } from '../chat.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';

/** What the store keeps, as plain values. Times are milliseconds since the epoch, money is whole nano-dollars. */

/** Whose rows may be seen: one account's, or, for an administrator and for the program itself, everyone's. */
export type Reach = { readonly accountId: string } | 'everyone';

/** Who pays. */
export interface AccountRecord {
  /** `acct-…` */
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** Since when nothing more is served for it. */
  readonly closedAt?: number;
  readonly defaultModel?: string;
  readonly defaultProvider?: ProviderPreferences;
  readonly dataCollection?: 'deny';
  readonly zdr: boolean;
  /** Whether its requests count for the apps that they name. */
  readonly attribution: boolean;
  /** How long prompts and answers are kept; absent: they are not. */
  readonly contentRetentionDays?: number;
}

/** A key, or a client token: a narrow, short-lived key that a key made. */
export interface ApiKeyRecord {
  /** `key-…` */
  readonly id: string;
  readonly accountId: string;
  readonly kind: 'key' | 'client_token';
  /** The key that made the token; absent for a key. */
  readonly parentId?: string;
  readonly name: string;
  /** What may be shown of the secret: how it begins, and its last four characters. */
  readonly prefix: string;
  readonly last4: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** Until when the secret before the last rotation is still good; absent without such a one. */
  readonly previousUntil?: number;
  readonly allowedModels?: readonly string[];
  readonly allowedProviders?: readonly string[];
  /** Names of the operations that a token may run; absent for all. */
  readonly operations?: readonly string[];
  /** The one web origin that may use a token; absent for all. */
  readonly origin?: string;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly concurrentStreams?: number;
}

/** How often a cap begins anew: at midnight UTC, on Mondays, on the first of a month, or never. */
export const resets = ['none', 'daily', 'weekly', 'monthly'] as const;
export type Reset = (typeof resets)[number];

/** What limits spending, as it stands now: a period that is over has been rolled. */
export interface CapRecord {
  /** See `cap-ids.ts`. */
  readonly id: string;
  /** Absent: counted, and not limited. */
  readonly limitNano?: number;
  readonly reset: Reset;
  /** When its period began; 0 where it never resets. */
  readonly periodStart: number;
  /** What running generations hold of it. */
  readonly reservedNano: number;
  /** What was settled in its period. */
  readonly spentNano: number;
}

/** Something of an account's credits: given (`grant`), spent (`charge`, negative), or put right (`adjustment`). */
export interface LedgerRecord {
  /** `ldg-…` */
  readonly id: string;
  readonly accountId: string;
  readonly kind: 'grant' | 'charge' | 'adjustment';
  readonly amountNano: number;
  /** Which generation a charge is for. */
  readonly generationId?: string;
  readonly at: number;
  readonly note?: string;
  /** A key's id, or `operator`; absent for a charge. */
  readonly actor?: string;
}

/** How a generation ended. crash: nobody settled it, and the reaper did, at its last checkpoint. refused: nothing was sent. */
export const terminations = [
  'complete',
  'client_abort',
  'cancelled',
  'upstream_cut',
  'timeout',
  'budget',
  'refused',
  'crash',
  'failed',
] as const;
export type Termination = (typeof terminations)[number];

/** What is known of a generation when it is let in. It holds `reserveNano` of each of its caps until it is settled. */
export interface Admission {
  /** `gen-…`; letting in the same id twice lets it in once. */
  readonly id: string;
  readonly accountId: string;
  readonly keyId?: string;
  readonly parentKeyId?: string;
  readonly appId?: string;
  /** The end user and the session, as the request names them. */
  readonly userId?: string;
  readonly sessionId?: string;
  /** `requestHash` tells a repeated request from another one under the same key. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
  /** Which process runs it: the replica's stable name, and an id of its own for each start of it. */
  readonly replica: string;
  readonly boot: string;
  readonly createdAt: number;
  /** When the reaper may settle it, unless a checkpoint or an extension puts that off. */
  readonly expiresAt: number;
  readonly reserveNano: number;
  /** Ids of the caps that limit the caller or count what he spends; one that has no record is left out. Empty where there are none. */
  readonly caps: readonly string[];
  /** What was asked for: models, preferences, limits. Never the prompt. */
  readonly requested: JsonObject;
  readonly streamed: boolean;
}

/** How far a running generation has come, so that a crash costs what was delivered. */
export interface Checkpoint {
  readonly costNano: number;
  readonly usage: Usage;
  readonly expiresAt: number;
  readonly model?: string;
  readonly provider?: string;
  /** A snapshot of the endpoint, with the price row that it is billed by and where that came from. */
  readonly endpoint?: JsonObject;
}

/** How a generation ended, and what it cost. */
export interface Settlement {
  readonly finishedAt: number;
  /** What the caller pays. */
  readonly costNano: number;
  /** What all attempts cost the operator. */
  readonly operatorCostNano: number;
  readonly termination: Termination;
  readonly usage?: Usage;
  /** Slugs of the model and of the provider that served it; absent where none did. */
  readonly model?: string;
  readonly provider?: string;
  readonly endpoint?: JsonObject;
  /** Every attempt, in order, each with its cost where it cost something. */
  readonly attempts: readonly Json[];
  readonly finishReason?: string;
  readonly nativeFinishReason?: string;
  readonly errorKind?: string;
  readonly firstContentMs?: number;
  readonly durationMs: number;
}

/** The record of a request. What a settlement tells is absent while it runs. */
export interface GenerationRecord
  extends Omit<Admission, 'reserveNano'>,
    Partial<Omit<Settlement, 'attempts' | 'costNano' | 'operatorCostNano'>> {
  readonly state: 'open' | 'done';
  /** What it holds of each of `caps`, which are those that it does hold; 0 when done. */
  readonly reservedNano: number;
  /** What was delivered so far, while it runs. */
  readonly checkpointNano: number;
  readonly attempts: readonly Json[];
  /** 0 while it runs. */
  readonly costNano: number;
  readonly operatorCostNano: number;
}

/** The program that a request says it comes from, told by the origin of its address. */
export interface AppRecord {
  /** `app-…` */
  readonly id: string;
  readonly url: string;
  readonly title?: string;
  readonly categories: readonly string[];
  readonly firstSeen: number;
}

/** An administrative act. `hash` covers everything in it and the hash before it, so that no entry can be changed or left out unseen. */
export interface AuditRecord {
  /** 1, 2, 3 … without a gap. */
  readonly id: number;
  readonly at: number;
  /** A key's id, or `operator`. */
  readonly actor: string;
  /** What was done, such as `apiKey.revoke`. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly target: string;
  /** What it was, and what it became, without secrets; absent where there was nothing. */
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  readonly previousHash: string;
  readonly hash: string;
}

/** What was said, where an account asked for it to be kept. */
export interface ContentRecord {
  readonly generationId: string;
  readonly accountId: string;
  readonly prompt: Json;
  readonly answer: Json;
  readonly expiresAt: number;
}
