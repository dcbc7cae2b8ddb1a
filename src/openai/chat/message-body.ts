import { z } from 'zod';

/** A mark that the prompt up to and including a block may be cached. */
export const cacheControlBody = z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).nullish() });

/** What marks a block for the cache in OpenAI's words; it means the same as `cache_control`. */
const breakpoint = z.unknown().describe('Marks the block as `cache_control` does.');

const cacheMarks = { cache_control: cacheControlBody.nullish(), prompt_cache_breakpoint: breakpoint.optional() };

const textPart = z.object({ type: z.literal('text'), text: z.string(), ...cacheMarks });
const contentParts = z.discriminatedUnion('type', [
  textPart,
  z.object({
    type: z.literal('image_url'),
    image_url: z.object({
      url: z.string().describe('An https address, or a data URL in base64.'),
      detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
    }),
    ...cacheMarks,
  }),
  z.object({
    type: z.literal('input_audio'),
    input_audio: z.object({ data: z.string().describe('Base64, without a prefix.'), format: z.string() }),
  }),
  z.object({
    type: z.literal('file'),
    file: z.object({
      file_data: z.string().nullish().describe('An https address, or a data URL in base64.'),
      filename: z.string().nullish(),
      file_id: z.string().nullish().describe('Refused: no files are kept here.'),
    }),
    ...cacheMarks,
  }),
  z.object({ type: z.enum(['video_url', 'input_video']) }).describe('Refused: video cannot be handed on.'),
]);
export type PartBody = z.infer<typeof contentParts>;

const content = z.union([z.string(), z.array(contentParts)]);
const textContent = z.union([z.string(), z.array(textPart)]);
const name = z.string().nullish().describe('The participant, where several share a role.');

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function').nullish(),
  function: z.object({ name: z.string(), arguments: z.string().nullish() }),
});

const reasoningDetail = z.object({
  type: z.string(),
  id: z.string().nullish(),
  format: z.string().nullish(),
  index: z.int().nullish(),
  text: z.string().nullish(),
  signature: z.string().nullish(),
  summary: z.string().nullish(),
  data: z.string().nullish(),
});
export type ReasoningDetailBody = z.infer<typeof reasoningDetail>;

const assistantParts = z.discriminatedUnion('type', [
  textPart,
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
]);

/** One message as OpenAI and OpenRouter have it. */
export const messageBody = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: textContent, name }),
  z.object({ role: z.literal('user'), content, name }),
  z.object({
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(assistantParts)]).nullish(),
    name,
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
    reasoning: z.string().nullish(),
    reasoning_content: z.string().nullish().describe('The same as `reasoning`.'),
    reasoning_details: z
      .array(reasoningDetail)
      .nullish()
      .describe('The `reasoning_details` of an earlier answer, unchanged and in order.'),
  }),
  z.object({ role: z.literal('tool'), content, tool_call_id: z.string(), name }),
]);
export type MessageBody = z.infer<typeof messageBody>;
