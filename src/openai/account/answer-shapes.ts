import { z } from 'zod';

const dollars = z.number().describe('US dollars.');
const time = z.string().nullable();
const count = z.int().nullable();

const amounts = {
  limit: dollars.nullable(),
  limit_remaining: dollars.nullable(),
  limit_reset: z.string().nullable(),
  include_byok_in_limit: z.literal(false),
  usage: dollars,
  usage_daily: dollars,
  usage_weekly: dollars,
  usage_monthly: dollars,
  byok_usage: z.number(),
  byok_usage_daily: z.number(),
  byok_usage_weekly: z.number(),
  byok_usage_monthly: z.number(),
};

const key = z
  .object({
    hash: z.string().describe('The name that this API has for the key.'),
    name: z.string(),
    label: z.string().describe('What may be shown of the secret.'),
    disabled: z.boolean(),
    created_at: z.string(),
    updated_at: z.null(),
    expires_at: time,
    creator_user_id: z.null(),
    external_user: z.null(),
    workspace_id: z.string().describe('The account.'),
    ...amounts,
  })
  .meta({ id: 'Key' });

/** One key. */
export const keyShape = z.object({ data: key });
/** A key that was just made. */
export const newKeyShape = z.object({ data: key, key: z.string().describe('The secret, told this once.') });
/** A page of keys. */
export const keyListShape = z.object({ data: z.array(key) });
/** That a key has ended. */
export const deletedKeyShape = z.object({ deleted: z.literal(true) });

/** The key that asks. */
export const ownKeyShape = z.object({
  data: z.object({
    label: z.string(),
    ...amounts,
    expires_at: time,
    is_free_tier: z.literal(false),
    is_management_key: z.boolean(),
    is_provisioning_key: z.boolean(),
    creator_user_id: z.null(),
    organization_id: z.null(),
    workspace_id: z.string().describe('The account.'),
    allowed_data_regions: z.array(z.string()),
    free_model_daily_requests: z.object({ limit: z.int(), used: z.int(), remaining: z.int() }),
    rate_limit: z.object({ requests: z.int(), interval: z.string(), note: z.string() }),
  }),
});

/** What an account was granted and has spent. */
export const creditsShape = z.object({ data: z.object({ total_credits: dollars, total_usage: dollars }) });

/** What was used, a row for each day, model and provider. */
export const activityShape = z.object({
  data: z.array(
    z.object({
      date: z.string(),
      model: z.string(),
      model_permaslug: z.string(),
      endpoint_id: z.string(),
      provider_name: z.string(),
      usage: dollars,
      byok_usage_inference: z.number(),
      requests: z.int(),
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      reasoning_tokens: z.int(),
    }),
  ),
});

const attempt = z.object({
  endpoint_id: z.string(),
  provider_name: z.string().optional(),
  model_permaslug: z.string().optional(),
  latency: z.number().optional().describe('Milliseconds.'),
  status: count,
  is_byok: z.literal(false),
});

/** The record of a request. */
export const generationShape = z.object({
  data: z
    .object({
      id: z.string(),
      request_id: z.null(),
      upstream_id: z.null(),
      created_at: z.string(),
      api_type: z.enum(['completions', 'embeddings']),
      model: z.string(),
      provider_name: z.string().nullable(),
      router: z.null(),
      streamed: z.boolean(),
      cancelled: z.boolean().nullable(),
      finish_reason: z.string().nullable(),
      native_finish_reason: z.string().nullable(),
      total_cost: dollars,
      usage: dollars,
      upstream_inference_cost: z.null(),
      cache_discount: z.null(),
      is_byok: z.literal(false),
      tokens_prompt: count,
      tokens_completion: count,
      native_tokens_prompt: count,
      native_tokens_completion: count,
      native_tokens_reasoning: count,
      native_tokens_cached: count,
      native_tokens_completion_images: z.null(),
      num_media_prompt: z.null(),
      num_media_completion: z.null(),
      num_input_audio_prompt: z.null(),
      num_search_results: z.null(),
      num_fetches: z.null(),
      web_search_engine: z.null(),
      latency: z.number().nullable().describe('Milliseconds to the first content.'),
      generation_time: z.number().nullable().describe('Milliseconds.'),
      moderation_latency: z.null(),
      provider_responses: z.array(attempt).describe('Every attempt.'),
      app_id: z.null(),
      http_referer: z.string().nullable(),
      origin: z.string(),
      user_agent: z.null(),
      external_user: z.string().nullable(),
      session_id: z.string().nullable(),
      preset_id: z.null(),
      service_tier: z.null(),
      data_region: z.string(),
      response_cache_source_id: z.null(),
      workspace_id: z.null(),
    })
    .meta({ id: 'Generation' }),
});
