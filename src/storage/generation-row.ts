import type { Json, JsonObject, Usage } from '../chat.ts';
import { jsonOf, parsed, present } from './present.ts';
import { type Admission, type Checkpoint, type GenerationRecord, type Settlement, terminations } from './records.ts';
import type { GenerationsTable } from './tables.ts';

/** The columns that a settlement fills. */
type OutcomeColumn =
  | 'finished_at'
  | 'cost_nano'
  | 'operator_cost_nano'
  | 'termination'
  | 'model'
  | 'provider'
  | 'endpoint'
  | 'attempts'
  | 'prompt_tokens'
  | 'completion_tokens'
  | 'total_tokens'
  | 'cached_tokens'
  | 'cache_write_tokens'
  | 'reasoning_tokens'
  | 'usage_source'
  | 'finish_reason'
  | 'native_finish_reason'
  | 'error_kind'
  | 'first_content_ms'
  | 'duration_ms';

/** An open generation's row, without what only a settlement tells. */
export function openRow(admission: Admission, caps: readonly string[], reservedNano: number) {
  return {
    id: admission.id,
    account_id: admission.accountId,
    key_id: admission.keyId ?? null,
    parent_key_id: admission.parentKeyId ?? null,
    app_id: admission.appId ?? null,
    user_id: admission.userId ?? null,
    session_id: admission.sessionId ?? null,
    idempotency_key: admission.idempotency?.key ?? null,
    request_hash: admission.idempotency?.requestHash ?? null,
    state: 'open',
    replica: admission.replica,
    boot: admission.boot,
    created_at: admission.createdAt,
    expires_at: admission.expiresAt,
    reserved_nano: reservedNano,
    caps: JSON.stringify(caps),
    checkpoint_nano: 0,
    requested: JSON.stringify(admission.requested),
    streamed: admission.streamed ? 1 : 0,
    attempts: '[]',
    cost_nano: 0,
    operator_cost_nano: 0,
  } satisfies Partial<GenerationsTable>;
}

/** What a settlement writes. */
export function outcomeRow(settlement: Settlement): Pick<GenerationsTable, OutcomeColumn> {
  return {
    finished_at: settlement.finishedAt,
    cost_nano: settlement.costNano,
    operator_cost_nano: settlement.operatorCostNano,
    termination: settlement.termination,
    model: settlement.model ?? null,
    provider: settlement.provider ?? null,
    endpoint: jsonOf(settlement.endpoint),
    attempts: JSON.stringify(settlement.attempts),
    ...usageRow(settlement.usage),
    finish_reason: settlement.finishReason ?? null,
    native_finish_reason: settlement.nativeFinishReason ?? null,
    error_kind: settlement.errorKind ?? null,
    first_content_ms: settlement.firstContentMs ?? null,
    duration_ms: settlement.durationMs,
  };
}

/** What a checkpoint writes. */
export function checkpointRow(checkpoint: Checkpoint) {
  return {
    checkpoint_nano: checkpoint.costNano,
    expires_at: checkpoint.expiresAt,
    model: checkpoint.model ?? null,
    provider: checkpoint.provider ?? null,
    endpoint: jsonOf(checkpoint.endpoint),
    ...usageRow(checkpoint.usage),
  };
}

function usageRow(usage: Usage | undefined) {
  return {
    prompt_tokens: usage?.promptTokens ?? null,
    completion_tokens: usage?.completionTokens ?? null,
    total_tokens: usage?.totalTokens ?? null,
    cached_tokens: usage?.cachedTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    usage_source: usage?.source ?? null,
  };
}

/** The record that a row holds. */
export function generationRecord(row: GenerationsTable): GenerationRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    state: row.state,
    replica: row.replica,
    boot: row.boot,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    reservedNano: row.state === 'open' ? row.reserved_nano : 0,
    caps: parsed<string[]>(row.caps) ?? [],
    checkpointNano: row.checkpoint_nano,
    requested: parsed<JsonObject>(row.requested) ?? {},
    streamed: row.streamed === 1,
    attempts: parsed<Json[]>(row.attempts) ?? [],
    costNano: row.cost_nano,
    operatorCostNano: row.operator_cost_nano,
    ...present({
      keyId: row.key_id,
      parentKeyId: row.parent_key_id,
      appId: row.app_id,
      userId: row.user_id,
      sessionId: row.session_id,
      idempotency:
        row.idempotency_key === null ? null : { key: row.idempotency_key, requestHash: row.request_hash ?? '' },
      finishedAt: row.finished_at,
      termination: terminations.find((known) => known === row.termination) ?? null,
      usage: usageOf(row),
      model: row.model,
      provider: row.provider,
      endpoint: parsed<JsonObject>(row.endpoint),
      finishReason: row.finish_reason,
      nativeFinishReason: row.native_finish_reason,
      errorKind: row.error_kind,
      firstContentMs: row.first_content_ms,
      durationMs: row.duration_ms,
    }),
  };
}

function usageOf(row: GenerationsTable): Usage | null {
  if (row.usage_source === null) return null;
  return {
    promptTokens: row.prompt_tokens ?? 0,
    completionTokens: row.completion_tokens ?? 0,
    totalTokens: row.total_tokens ?? 0,
    cachedTokens: row.cached_tokens ?? 0,
    cacheWriteTokens: row.cache_write_tokens ?? 0,
    reasoningTokens: row.reasoning_tokens ?? 0,
    source: row.usage_source,
  };
}
