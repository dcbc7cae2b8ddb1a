import { z } from 'zod';
import { routingShape } from '../routing-metadata.ts';

const count = z.int().min(0);
const dollars = z.number().min(0).describe('US dollars.');
const seconds = z.int().describe('Seconds since the epoch.');
const generationId = z.string().describe('The generation, as `X-Generation-Id` has it.');
const provider = z.string().describe('Who answered.');

export const costDetailsShape = z.object({
  upstream_inference_cost: dollars,
  upstream_inference_prompt_cost: dollars,
  upstream_inference_completions_cost: dollars,
});

const usageShape = z
  .object({
    prompt_tokens: count,
    completion_tokens: count,
    total_tokens: count,
    cost: dollars,
    is_byok: z.boolean(),
    prompt_tokens_details: z.object({
      cached_tokens: count,
      cache_write_tokens: count,
      audio_tokens: count,
      video_tokens: count,
    }),
    completion_tokens_details: z.object({ reasoning_tokens: count }),
    cost_details: costDetailsShape,
  })
  .meta({ id: 'Usage', description: 'Token counts, and what they cost.' });

const finishFields = {
  finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'error']).nullable(),
  native_finish_reason: z.string().nullable().describe("The provider's own word for it."),
};

const logprobs = z
  .object({ content: z.array(z.looseObject({})).nullable(), refusal: z.array(z.looseObject({})).nullable() })
  .nullable();

const reasoningDetail = z
  .object({
    type: z.enum(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']),
    id: z.string().optional(),
    format: z.string().optional(),
    index: z.int(),
    text: z.string().optional(),
    signature: z.string().optional(),
    summary: z.string().optional(),
    data: z.string().optional(),
  })
  .meta({ id: 'ReasoningDetail', description: 'Send it back unchanged with the next turn.' });

const image = z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string() }) });
const annotation = z.object({
  type: z.literal('url_citation'),
  url_citation: z.object({
    url: z.string(),
    title: z.string(),
    content: z.string().optional(),
    start_index: z.int(),
    end_index: z.int(),
  }),
});

const message = z.object({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  refusal: z.string().nullable(),
  reasoning: z.string().nullable(),
  reasoning_details: z.array(reasoningDetail).optional(),
  tool_calls: z
    .array(
      z.object({
        id: z.string(),
        index: z.int(),
        type: z.literal('function'),
        function: z.object({ name: z.string(), arguments: z.string() }),
      }),
    )
    .optional(),
  images: z.array(image).optional(),
  annotations: z.array(annotation).optional(),
});

/** A whole answer of `POST /chat/completions`. */
export const completionShape = z
  .object({
    id: generationId,
    object: z.literal('chat.completion'),
    created: seconds,
    model: z.string(),
    provider,
    system_fingerprint: z.null(),
    choices: z.array(z.object({ index: z.int(), ...finishFields, logprobs, message })),
    usage: usageShape,
    ...routingShape,
  })
  .meta({ id: 'ChatCompletion' });

const error = z.object({
  code: z.int(),
  message: z.string(),
  metadata: z.object({ error_type: z.string(), provider_code: z.string().optional() }),
});

const chunkFields = {
  id: generationId,
  created: seconds,
  model: z.string(),
  provider: provider.optional(),
  usage: usageShape.optional().describe('In the last chunk.'),
  error: error.optional().describe('Where the stream broke off.'),
  ...routingShape,
};

const delta = z.object({
  role: z.literal('assistant').optional(),
  content: z.string().optional(),
  refusal: z.string().optional(),
  reasoning: z.string().optional(),
  reasoning_details: z.array(reasoningDetail).optional(),
  tool_calls: z
    .array(
      z.object({
        index: z.int(),
        id: z.string().optional(),
        type: z.literal('function'),
        function: z.object({ name: z.string().optional(), arguments: z.string() }),
      }),
    )
    .optional(),
  images: z.array(image).optional(),
  annotations: z.array(annotation).optional(),
});

/** The data of one event of a streamed `POST /chat/completions`. */
export const chunkShape = z
  .object({
    ...chunkFields,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(z.object({ index: z.int(), delta, ...finishFields, logprobs: logprobs.optional() })),
  })
  .meta({ id: 'ChatCompletionChunk', description: 'The data of each event but the last, which is `[DONE]`.' });

const textChoice = z.object({
  index: z.int(),
  text: z.string(),
  reasoning: z.string().optional(),
  logprobs: z.null(),
  ...finishFields,
});

/** A whole answer of `POST /completions`. */
export const textCompletionShape = z
  .object({
    id: generationId,
    object: z.literal('text_completion'),
    created: seconds,
    model: z.string(),
    provider,
    choices: z.array(textChoice),
    usage: usageShape,
    ...routingShape,
  })
  .meta({ id: 'TextCompletion' });

/** The data of one event of a streamed `POST /completions`. */
export const textChunkShape = z
  .object({ ...chunkFields, object: z.literal('text_completion'), choices: z.array(textChoice) })
  .meta({ id: 'TextCompletionChunk', description: 'The data of each event but the last, which is `[DONE]`.' });
