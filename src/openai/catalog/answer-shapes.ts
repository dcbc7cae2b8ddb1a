import { z } from 'zod';

const price = z.string().describe('US dollars, exact: per token, per request or per image.');
const modalities = z.array(z.string());
const seconds = z.int().describe('Seconds since the epoch; 0 where the date is not known.');
const supportedParameters = z.array(z.string());

const pricing = z
  .object({
    prompt: price,
    completion: price,
    request: price,
    image: price.optional(),
    input_cache_read: price.optional(),
    input_cache_write: price.optional(),
    internal_reasoning: price.optional(),
    overrides: z
      .array(
        z.object({
          min_prompt_tokens: z.int(),
          prompt: price.optional(),
          completion: price.optional(),
          input_cache_read: price.optional(),
          input_cache_write: price.optional(),
        }),
      )
      .optional()
      .describe('Prices from so many tokens in the prompt on.'),
  })
  .meta({ id: 'Pricing' });

const architecture = z.object({
  modality: z.string(),
  input_modalities: modalities,
  output_modalities: modalities,
  tokenizer: z.string(),
  instruct_type: z.null(),
});

/** A model, as lists have it. */
export const modelShape = z
  .object({
    id: z.string(),
    canonical_slug: z.string(),
    object: z.literal('model'),
    owned_by: z.string(),
    name: z.string(),
    created: seconds,
    description: z.string().optional(),
    context_length: z.int(),
    architecture,
    pricing,
    top_provider: z.object({
      context_length: z.int(),
      max_completion_tokens: z.int().nullable(),
      is_moderated: z.boolean(),
    }),
    per_request_limits: z.null(),
    supported_parameters: supportedParameters,
    default_parameters: z.null(),
    supported_voices: z.null(),
    knowledge_cutoff: z.string().nullable(),
    expiration_date: z.string().nullable(),
    links: z.object({ details: z.string() }),
  })
  .meta({ id: 'Model' });

/** A list of models. */
export const modelListShape = z.object({
  object: z.literal('list'),
  data: z.array(modelShape),
  total_count: z.int().describe('Of all pages.'),
  links: z.object({ next: z.string().nullable() }),
});

const percent = z.number().min(0).max(100).nullable().describe('Percent; null where nothing was measured.');
const percentiles = z.object({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() }).nullable();

/** An endpoint with what was measured of it. */
export const endpointShape = z
  .object({
    name: z.string(),
    tag: z.string(),
    model_id: z.string(),
    model_name: z.string(),
    provider_name: z.string(),
    context_length: z.int(),
    max_completion_tokens: z.int().nullable(),
    max_prompt_tokens: z.null(),
    pricing,
    quantization: z.string(),
    supported_parameters: supportedParameters,
    supports_tool_choice: z.object({
      auto: z.boolean(),
      none: z.boolean(),
      required: z.boolean(),
      function: z.boolean(),
    }),
    supports_implicit_caching: z.boolean(),
    status: z.int().describe('0 is well, the less the worse; -10: no key for its provider.'),
    uptime_last_5m: percent,
    uptime_last_30m: percent,
    uptime_last_1d: percent,
    latency_last_30m: percentiles.describe('Milliseconds to the first token.'),
    throughput_last_30m: percentiles.describe('Tokens a second.'),
  })
  .meta({ id: 'Endpoint' });

/** A model with all its endpoints. */
export const modelEndpointsShape = z.object({
  data: z.object({
    id: z.string(),
    name: z.string(),
    created: seconds,
    description: z.string(),
    architecture,
    endpoints: z.array(endpointShape),
  }),
});

const address = z.string().nullable();

/** All providers. */
export const providersShape = z.object({
  data: z.array(
    z.object({
      name: z.string(),
      slug: z.string(),
      headquarters: z.string().nullable(),
      datacenters: z.null(),
      privacy_policy_url: address,
      terms_of_service_url: address,
      status_page_url: address,
    }),
  ),
});
