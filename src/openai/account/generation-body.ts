import { z } from 'zod';
import { dollarsOfNano } from '../../accounts/amounts.ts';
import type { Catalog } from '../../catalog.ts';
import type { Json } from '../../chat.ts';
import type { AppRecord, GenerationRecord } from '../../storage/records.ts';
import { jsonNumber } from '../chat/usage.ts';

/** The record of a request in OpenRouter's words. What is not recorded is null. */
export function generationBody(record: GenerationRecord, catalog: Catalog, app: AppRecord | undefined) {
  const { usage, provider, firstContentMs, durationMs, termination } = record;
  const cost = jsonNumber(dollarsOfNano(record.costNano));
  return {
    id: record.id,
    request_id: null,
    upstream_id: null,
    created_at: new Date(record.createdAt).toISOString(),
    api_type: 'embedding' in record.requested ? 'embeddings' : 'completions',
    model: record.model ?? requestedModel(record),
    provider_name: provider === undefined ? null : (catalog.provider(provider)?.name ?? provider),
    router: null,
    streamed: record.streamed,
    cancelled: termination === undefined ? null : termination === 'cancelled' || termination === 'client_abort',
    finish_reason: record.finishReason ?? null,
    native_finish_reason: record.nativeFinishReason ?? null,
    total_cost: cost,
    usage: cost,
    upstream_inference_cost: null,
    cache_discount: null,
    is_byok: false,
    tokens_prompt: usage?.promptTokens ?? null,
    tokens_completion: usage?.completionTokens ?? null,
    native_tokens_prompt: usage?.promptTokens ?? null,
    native_tokens_completion: usage?.completionTokens ?? null,
    native_tokens_reasoning: usage?.reasoningTokens ?? null,
    native_tokens_cached: usage?.cachedTokens ?? null,
    native_tokens_completion_images: null,
    num_media_prompt: null,
    num_media_completion: null,
    num_input_audio_prompt: null,
    num_search_results: null,
    num_fetches: null,
    web_search_engine: null,
    latency: firstContentMs ?? durationMs ?? null,
    generation_time: durationMs ?? null,
    moderation_latency: null,
    provider_responses: record.attempts.flatMap((attempt) => attemptBody(attempt, catalog)),
    app_id: null,
    http_referer: app?.url ?? null,
    origin: app?.url ?? '',
    user_agent: null,
    external_user: record.userId ?? null,
    session_id: record.sessionId ?? null,
    preset_id: null,
    service_tier: null,
    data_region: 'global',
    response_cache_source_id: null,
    workspace_id: null,
  };
}

const requestedShape = z.object({ model: z.string() });

function requestedModel({ requested }: GenerationRecord): string {
  return requestedShape.safeParse(requested).data?.model ?? '';
}

const attemptShape = z.object({
  endpoint: z.string(),
  provider: z.string().optional(),
  model: z.string().optional(),
  outcome: z.string().optional(),
  status: z.int().optional(),
  durationMs: z.number().optional(),
});

function attemptBody(stored: Json, catalog: Catalog) {
  const attempt = attemptShape.safeParse(stored).data;
  if (attempt === undefined) return [];
  const { endpoint, provider, model, outcome, status, durationMs } = attempt;
  const name = provider === undefined ? undefined : (catalog.provider(provider)?.name ?? provider);
  return [
    {
      endpoint_id: endpoint,
      ...(name !== undefined && { provider_name: name }),
      ...(model !== undefined && { model_permaslug: model }),
      ...(durationMs !== undefined && { latency: durationMs }),
      status: status ?? (outcome === 'succeeded' ? 200 : null),
      is_byok: false,
    },
  ];
}
