import { z } from 'zod';
import { atMostEntries, listedText } from '../check.ts';
import { jsonValue } from '../json-value.ts';
import { cacheControlBody, messageBody } from './message-body.ts';
import { preferencesBody } from './preferences.ts';

const range = (least: number, greatest: number) => z.number().min(least).max(greatest).nullish();
const limit = z.int().min(1).nullish();
const name = z.string().trim().min(1, { abort: true }).max(256, { abort: true });
/** What is taken so that no client breaks, and does nothing here. */
export const ignored = z.unknown().describe('Taken, and without effect.').optional();

const efforts = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

const functionTool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string(),
    description: z.string().nullish(),
    parameters: z.record(z.string(), jsonValue).nullish(),
    strict: z.boolean().nullish(),
  }),
  cache_control: cacheControlBody.nullish(),
});
const tool = z.union([
  functionTool,
  z
    .object({
      type: z
        .string()
        .refine((type) => type !== 'function', { message: 'is a function without its `function`.', abort: true }),
    })
    .describe('A tool that a server would run: taken, and without effect.'),
]);
export type FunctionToolBody = z.infer<typeof functionTool>;

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, `_` or `-`.'),
      description: z.string().nullish(),
      schema: z.record(z.string(), jsonValue).nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
  z.object({ type: z.enum(['grammar', 'python']) }).describe('Taken, and without effect.'),
]);
export type ResponseFormatBody = z.infer<typeof responseFormat>;

const reasoning = z.object({
  effort: efforts.nullish(),
  max_tokens: limit,
  exclude: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
  summary: ignored,
});
export type ReasoningBody = z.infer<typeof reasoning>;

/** What a request may say beside its messages or its prompt. */
export const commonFields = {
  model: name
    .nullish()
    .describe("Any name that the catalog knows, with or without a variant; absent for the server's default."),
  models: z.array(name).nullish().describe('Models to try in this order when `model` cannot serve.'),
  provider: preferencesBody.nullish(),
  route: z.enum(['fallback', 'sort']).nullish().describe('Deprecated: `provider.sort.partition`.'),
  stream: z.boolean().nullish(),
  max_tokens: limit,
  max_completion_tokens: limit,
  temperature: range(0, 2),
  top_p: range(0, 1),
  top_k: z.int().min(0).nullish(),
  min_p: range(0, 1),
  top_a: range(0, 1),
  frequency_penalty: range(-2, 2),
  presence_penalty: range(-2, 2),
  repetition_penalty: range(0, 2),
  seed: z.int().nullish(),
  stop: z
    .union([z.string().min(1), z.array(listedText(1)).max(4)])
    .nullish()
    .describe('Up to 4 texts at which the answer ends.'),
  logit_bias: atMostEntries(
    1_000,
    z.record(z.string().regex(/^\d{1,10}$/, 'must be a token id.'), z.number().min(-100).max(100)),
  ).nullish(),
  n: z.int().nullish().describe('1: an answer has one choice.'),
  user: name.nullish(),
  safety_identifier: name.nullish().describe('The same as `user`.'),
  session_id: name.nullish().describe('Names the conversation, so that it finds its prompt cache again.'),
  prompt_cache_key: name.nullish().describe('The same as `session_id`, where that is absent.'),
  metadata: ignored,
  trace: ignored,
  preset: ignored,
  plugins: ignored,
  transforms: ignored,
  stream_options: z.unknown().describe('Taken, and without effect: usage always comes.').optional(),
  usage: z.unknown().describe('Taken, and without effect: usage always comes.').optional(),
  service_tier: ignored,
  debug: ignored,
};

/** The body of `POST /chat/completions`. Fields that it does not name are ignored. */
export const chatBody = z.object({
  messages: z.array(messageBody).min(1, 'is empty: a completion needs at least one message.'),
  ...commonFields,
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
      z.object({ type: z.string().refine((type) => type !== 'function', 'is a function without its `function`.') }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  reasoning: reasoning.nullish(),
  reasoning_effort: efforts.nullish().describe('Short for `reasoning.effort`.'),
  include_reasoning: z.boolean().nullish().describe('Deprecated: the opposite of `reasoning.exclude`.'),
  verbosity: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish().describe('Needs `logprobs`.'),
  prediction: z
    .object({
      type: z.literal('content'),
      content: z.union([z.string(), z.array(z.object({ type: z.literal('text'), text: z.string() }))]),
    })
    .nullish(),
  cache_control: cacheControlBody.nullish().describe('Marks the last block of the prompt for the cache.'),
  prompt_cache_options: ignored,
  structured_outputs: ignored,
  modalities: ignored,
  image_config: ignored,
  audio: ignored,
  web_search_options: ignored,
  stop_server_tools_when: ignored,
  store: ignored,
  prompt: z.unknown().describe('Taken, and without effect: `messages` has the conversation.').optional(),
});
export type ChatBody = z.infer<typeof chatBody>;
export type CommonBody = Omit<ChatBody, 'messages'>;
