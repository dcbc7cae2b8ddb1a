import { z } from 'zod';
import { costDetailsShape } from '../chat/answer-shapes.ts';
import { routingShape } from '../routing-metadata.ts';

const count = z.int().min(0);
const status = z.enum(['in_progress', 'completed', 'incomplete']);
const id = z.string();

const annotation = z.object({
  type: z.literal('url_citation'),
  url: z.string(),
  title: z.string(),
  start_index: z.int(),
  end_index: z.int(),
  content: z.string().optional(),
});
const token = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) };
const part = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(annotation),
    logprobs: z.array(z.object({ ...token, top_logprobs: z.array(z.object(token)) })),
  }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
]);

const item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), id, role: z.literal('assistant'), status, content: z.array(part) }),
  z.object({
    type: z.literal('reasoning'),
    id,
    status,
    summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
    content: z.array(z.object({ type: z.literal('reasoning_text'), text: z.string() })).optional(),
    encrypted_content: z.string().optional().describe('Send it back unchanged with the next turn.'),
  }),
  z.object({
    type: z.literal('function_call'),
    id,
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status,
  }),
  z.object({ type: z.literal('image_generation_call'), id, status, result: z.string().nullable() }),
]);

const { upstream_inference_cost, upstream_inference_prompt_cost, upstream_inference_completions_cost } =
  costDetailsShape.shape;
const usage = z.object({
  input_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }),
  output_tokens: count,
  output_tokens_details: z.object({ reasoning_tokens: count }),
  total_tokens: count,
  cost: z.number().min(0).describe('US dollars.'),
  is_byok: z.boolean(),
  cost_details: z.object({
    upstream_inference_cost,
    upstream_inference_input_cost: upstream_inference_prompt_cost,
    upstream_inference_output_cost: upstream_inference_completions_cost,
  }),
});

/** As the request has it; null where it says nothing. */
const said = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();

/** A whole answer of `POST /responses`. */
export const responseShape = z
  .object({
    id: id.describe('The generation, as `X-Generation-Id` has it.'),
    object: z.literal('response'),
    created_at: z.int().describe('Seconds since the epoch.'),
    completed_at: z.int().nullable(),
    status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    error_type: z.string().optional(),
    incomplete_details: z.object({ reason: z.string() }).nullable(),
    model: z.string(),
    provider: z.string().optional().describe('Who answered.'),
    output: z.array(item),
    usage: usage.nullable(),
    instructions: said(z.string()),
    metadata: said(z.record(z.string(), z.string())),
    max_output_tokens: said(z.int()),
    temperature: said(z.number()),
    top_p: said(z.number()),
    frequency_penalty: said(z.number()),
    presence_penalty: said(z.number()),
    top_logprobs: z.int(),
    parallel_tool_calls: z.boolean(),
    tools: z.array(
      z.object({
        type: z.literal('function'),
        name: z.string(),
        description: said(z.string()),
        parameters: said(z.looseObject({})),
        strict: said(z.boolean()),
      }),
    ),
    tool_choice: z.union([z.string(), z.object({ type: z.literal('function'), name: z.string() })]),
    text: z.object({ format: z.looseObject({ type: z.string() }), verbosity: z.string().optional() }),
    reasoning: z.object({ effort: said(z.string()), summary: said(z.string()) }),
    user: said(z.string()),
    prompt_cache_key: said(z.string()),
    safety_identifier: said(z.string()),
    previous_response_id: z.null(),
    store: z.literal(false),
    background: z.literal(false),
    truncation: z.literal('disabled'),
    ...routingShape,
  })
  .meta({ id: 'Response' });

/** The data of one event of a streamed `POST /responses`. */
export const responseEventShape = z
  .looseObject({ type: z.string(), sequence_number: count })
  .meta({ id: 'ResponseEvent', description: "The data of an event as OpenAI's Responses API has it." });
