import { z } from 'zod';
import { commonFields, ignored } from '../chat/request-body.ts';
import { atMostEntries } from '../check.ts';
import { jsonValue } from '../json-value.ts';

const refused = z.unknown().describe('Refused: nothing is kept between requests.').optional();
const breakpoint = z.unknown().describe('Marks the block for the cache.').optional();

const inputText = z.object({ type: z.literal('input_text'), text: z.string(), prompt_cache_breakpoint: breakpoint });
const inputParts = [
  inputText,
  z.object({
    type: z.literal('input_image'),
    image_url: z.string().nullish().describe('An https address, or a data URL in base64.'),
    file_id: z.string().nullish().describe('Refused: no files are kept here.'),
    detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
    prompt_cache_breakpoint: breakpoint,
  }),
  z.object({
    type: z.literal('input_file'),
    file_data: z.string().nullish().describe('A data URL in base64.'),
    file_url: z.string().nullish().describe('An https address.'),
    file_id: z.string().nullish().describe('Refused: no files are kept here.'),
    filename: z.string().nullish(),
    prompt_cache_breakpoint: breakpoint,
  }),
  z.object({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string(), format: z.string() }) }),
] as const;
const outputParts = [
  z.object({ type: z.literal('output_text'), text: z.string() }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
] as const;
const part = z.discriminatedUnion('type', [...inputParts, ...outputParts]);
export type PartBody = z.infer<typeof part>;

const messageFields = {
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(part)]),
};
const messageItem = z.object({ type: z.literal('message'), ...messageFields });
const untypedMessage = z.object({ type: z.null().optional(), ...messageFields });
const callItem = z.object({
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
});
const outputItem = z.object({
  type: z.literal('function_call_output'),
  call_id: z.string(),
  output: z.union([z.string(), z.array(z.discriminatedUnion('type', [...inputParts]))]),
});
const reasoningItem = z.object({
  type: z.literal('reasoning'),
  id: z.string().nullish(),
  summary: z.array(z.object({ type: z.string().optional(), text: z.string() })).nullish(),
  content: z.array(z.object({ type: z.string().optional(), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
  format: z.string().nullish().describe('Whose dialect the opaque parts belong to.'),
  signature: z.string().nullish(),
});
export type ReasoningItemBody = z.infer<typeof reasoningItem>;
const known: ReadonlySet<string> = new Set(['message', 'function_call', 'function_call_output', 'reasoning']);
const otherItem = z
  .object({ type: z.string() })
  .refine(({ type }) => !known.has(type), { message: 'does not fit its fields.', abort: true })
  .describe(
    'What tools of another server left behind: taken, and without effect. A reference to a kept item is refused.',
  );
const item = z.union([
  z.discriminatedUnion('type', [messageItem, callItem, outputItem, reasoningItem]),
  untypedMessage,
  otherItem,
]);
export type ItemBody = z.infer<typeof item>;

const functionTool = z.object({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.record(z.string(), jsonValue).nullish(),
  strict: z.boolean().nullish(),
});
const tool = z.union([
  functionTool,
  z
    .object({ type: z.string() })
    .refine(({ type }) => type !== 'function', { message: 'is a function that lacks something.', abort: true })
    .describe('A tool that a server would run: taken, and without effect.'),
]);
export type ToolBody = z.infer<typeof tool>;

const namedTool = z.object({ type: z.literal('function'), name: z.string() });
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  namedTool,
  z.object({
    type: z.literal('allowed_tools'),
    mode: z.enum(['auto', 'required']),
    tools: z.array(z.object({ type: z.string(), name: z.string().optional() })),
  }),
  z.object({ type: z.string() }).refine(({ type }) => type !== 'function' && type !== 'allowed_tools', {
    message: 'lacks something.',
    abort: true,
  }),
]);

const textFormat = z.union([
  z.object({
    type: z.literal('json_schema'),
    name: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, `_` or `-`.'),
    description: z.string().nullish(),
    schema: z.record(z.string(), jsonValue),
    strict: z.boolean().nullish(),
  }),
  z.object({ type: z.enum(['text', 'json_object']) }),
]);
export type TextFormatBody = z.infer<typeof textFormat>;

/** The body of `POST /responses`: OpenAI's Responses API with OpenRouter's additions. Fields that it does not name are ignored. */
export const responsesBody = z.object({
  ...commonFields,
  input: z.union([z.string(), z.array(item)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .object({ format: textFormat.nullish(), verbosity: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish() })
    .nullish(),
  reasoning: z
    .object({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      summary: z.string().nullish().describe('Any value has the reasoning told as a summary, which more clients show.'),
      max_tokens: z.int().min(1).nullish(),
      enabled: z.boolean().nullish(),
      exclude: z.boolean().nullish(),
    })
    .nullish(),
  include: z.array(z.string()).nullish().describe('`message.output_text.logprobs` is heeded.'),
  top_logprobs: z.int().min(0).max(20).nullish(),
  metadata: atMostEntries(1_000, z.record(z.string(), z.string())).nullish().describe('Given back with the answer.'),
  previous_response_id: refused,
  conversation: refused,
  prompt: refused,
  store: z.unknown().describe('Taken, and without effect: nothing is kept.').optional(),
  background: ignored,
  truncation: ignored,
  max_tool_calls: ignored,
});
export type ResponsesBody = z.infer<typeof responsesBody>;
