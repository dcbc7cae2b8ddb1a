import { z } from 'zod';
import { routingShape } from '../routing-metadata.ts';

const count = z.int().min(0);

const usage = z.object({
  input_tokens: count.describe('Without what was read from the cache or written to it.'),
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  output_tokens: count,
  output_tokens_details: z.object({ thinking_tokens: count }),
  cache_creation: z.null(),
  server_tool_use: z.null(),
  service_tier: z.null(),
  inference_geo: z.null(),
  speed: z.null(),
  cost: z.number().min(0).optional().describe('US dollars.'),
  is_byok: z.boolean().optional(),
});

const citation = z.object({
  type: z.literal('web_search_result_location'),
  url: z.string(),
  title: z.string().nullable(),
  cited_text: z.string(),
  encrypted_index: z.string(),
});

const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string(), citations: z.array(citation).nullable() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.unknown().describe('The arguments as JSON; `invalid_json` has the text of what is none.'),
    caller: z.object({ type: z.literal('direct') }),
  }),
]);

/** A whole answer of `POST /messages`. */
export const messageShape = z
  .object({
    id: z.string().describe('The generation, as `X-Generation-Id` has it.'),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    provider: z.string().describe('Who answered.'),
    content: z.array(block),
    stop_reason: z.string().nullable(),
    stop_sequence: z.null(),
    stop_details: z
      .object({ type: z.literal('refusal'), category: z.null(), explanation: z.string().nullable() })
      .nullable(),
    container: z.null(),
    diagnostics: z.null(),
    usage,
    ...routingShape,
  })
  .meta({ id: 'Message' });

/** The data of one event of a streamed `POST /messages`. */
export const messageEventShape = z
  .looseObject({ type: z.string() })
  .meta({ id: 'MessageEvent', description: "The data of an event as Anthropic's Messages API has it." });

/** The answer of `POST /messages/count_tokens`. */
export const tokenCountShape = z.object({ input_tokens: count, is_estimate: z.boolean() });
