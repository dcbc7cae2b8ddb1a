import type { Scope } from '../caller.ts';
import { jsonOf, parsed, present } from './present.ts';
import type { ApiKeyRecord } from './records.ts';
import type { ApiKeysTable } from './tables.ts';

/** The record that a row holds: everything but the hashes. */
export function apiKeyRecord(row: ApiKeysTable): ApiKeyRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    name: row.name,
    prefix: row.prefix,
    last4: row.last4,
    scopes: parsed<Scope[]>(row.scopes) ?? [],
    createdAt: row.created_at,
    ...present({
      parentId: row.parent_id,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      previousUntil: row.previous_until,
      allowedModels: parsed<string[]>(row.allowed_models),
      allowedProviders: parsed<string[]>(row.allowed_providers),
      operations: parsed<string[]>(row.operations),
      origin: row.origin,
      requestsPerMinute: row.requests_per_minute,
      tokensPerMinute: row.tokens_per_minute,
      concurrentStreams: row.concurrent_streams,
    }),
  };
}

/** The row of a record, without its hashes. */
export function apiKeyRow(key: ApiKeyRecord): Omit<ApiKeysTable, 'hash' | 'previous_hash' | 'changed_at'> {
  return {
    id: key.id,
    account_id: key.accountId,
    kind: key.kind,
    parent_id: key.parentId ?? null,
    name: key.name,
    prefix: key.prefix,
    last4: key.last4,
    previous_until: key.previousUntil ?? null,
    scopes: JSON.stringify(key.scopes),
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    revoked_at: key.revokedAt ?? null,
    allowed_models: jsonOf(key.allowedModels),
    allowed_providers: jsonOf(key.allowedProviders),
    operations: jsonOf(key.operations),
    origin: key.origin ?? null,
    requests_per_minute: key.requestsPerMinute ?? null,
    tokens_per_minute: key.tokensPerMinute ?? null,
    concurrent_streams: key.concurrentStreams ?? null,
  };
}
