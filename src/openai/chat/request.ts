import type { IncomingHttpHeaders } from 'node:http';
import type { ChatRequest, JsonObject, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from '../../chat.ts';
import type { Treatment } from '../../streams/generations.ts';
import { present, refuse } from '../check.ts';
import { toolName } from '../tools.ts';
import { idAt, toCacheControl, toMessage, withLastMarked } from './messages.ts';
import { toPreferences } from './preferences.ts';
import type { ChatBody, CommonBody, FunctionToolBody, ReasoningBody, ResponseFormatBody } from './request-body.ts';

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that contradicts itself. */
export function toChatRequest(body: ChatBody, headers: IncomingHttpHeaders): ChatRequest {
  const messages = body.messages.map((message, index) => toMessage(message, `messages[${index}]`));
  const mark = toCacheControl(body).cacheControl;
  return {
    ...toCommonRequest(body, headers),
    messages: mark === undefined ? messages : withLastMarked(messages, mark),
  };
}

/** What a request says beside its messages. */
export function toCommonRequest(body: CommonBody, headers: IncomingHttpHeaders): Omit<ChatRequest, 'messages'> {
  if (body.n != null && body.n !== 1) refuse('n', `is ${body.n}, but an answer has one choice here: leave it out.`);
  if (body.top_logprobs != null && body.logprobs !== true) refuse('top_logprobs', 'needs `logprobs: true`.');
  const tools = toTools(body.tools ?? []);
  const partition = body.route == null ? undefined : body.route === 'sort' ? 'none' : 'model';
  const [first, ...rest] = body.models ?? [];
  return present({
    ...(body.model == null
      ? { model: first, models: rest.length > 0 ? rest : null }
      : { model: body.model, models: body.models }),
    provider: body.provider == null && partition === undefined ? null : toPreferences(body.provider ?? {}, partition),
    tools: tools.length === 0 ? null : tools,
    toolChoice: toToolChoice(body.tool_choice, tools),
    parallelToolCalls: body.parallel_tool_calls,
    responseFormat: body.response_format == null ? null : toResponseFormat(body.response_format),
    reasoning: toReasoning(body),
    maxTokens: body.max_completion_tokens ?? body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    topA: body.top_a,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    repetitionPenalty: body.repetition_penalty,
    seed: body.seed,
    stop: typeof body.stop === 'string' ? [body.stop] : body.stop,
    logitBias: body.logit_bias,
    logprobs: body.logprobs,
    topLogprobs: body.top_logprobs,
    verbosity: body.verbosity,
    prediction: toPrediction(body.prediction),
    user: body.user ?? body.safety_identifier,
    sessionId: body.session_id ?? sessionOf(headers) ?? body.prompt_cache_key,
  });
}

/** What the request's headers say about its own handling. Throws InvalidRequest for a key that is none. */
export function toTreatment({ 'idempotency-key': key }: IncomingHttpHeaders): Treatment {
  if (key === undefined) return {};
  if (typeof key !== 'string' || !/^[ -~]{1,255}$/.test(key)) {
    return refuse('Idempotency-Key', 'must be 1 to 255 printable ASCII characters.');
  }
  return { idempotencyKey: key };
}

function sessionOf({ 'x-session-id': id }: IncomingHttpHeaders): string | undefined {
  return typeof id !== 'string' || id.trim() === '' ? undefined : idAt('x-session-id', id);
}

function toTools(tools: NonNullable<CommonBody['tools']>): readonly Tool[] {
  const names = new Set<string>();
  return tools.flatMap((given, index) => {
    if (!isFunction(given)) return [];
    const { description, parameters, strict } = given.function;
    const name = toolName(given.function.name, names, `tools[${index}].function.name`);
    return [{ name, ...present({ description, parameters: objectOf(parameters), strict }), ...toCacheControl(given) }];
  });
}

function isFunction(tool: NonNullable<CommonBody['tools']>[number]): tool is FunctionToolBody {
  return 'function' in tool;
}

function toToolChoice(choice: CommonBody['tool_choice'], tools: readonly Tool[]): ToolChoice | undefined {
  if (choice == null) return undefined;
  if (typeof choice === 'string') {
    if (choice === 'required' && tools.length === 0) refuse('tool_choice', 'is required, but there are no `tools`.');
    return choice;
  }
  // A tool that a server would run is not there to be chosen.
  if (!('function' in choice)) return undefined;
  const { name } = choice.function;
  if (!tools.some((tool) => tool.name === name)) {
    refuse('tool_choice.function.name', `is \`${name}\`, which is none of the \`tools\`.`);
  }
  return { function: name };
}

function toResponseFormat(format: ResponseFormatBody): ResponseFormat | undefined {
  switch (format.type) {
    case 'text':
    case 'json_object':
      return { type: format.type };
    case 'json_schema': {
      const { name, schema, description, strict } = format.json_schema;
      return { type: 'json_schema', name, schema: objectOf(schema) ?? {}, ...present({ description, strict }) };
    }
    default:
      return undefined;
  }
}

interface ReasoningFields {
  readonly reasoning?: ReasoningBody | null | undefined;
  readonly reasoning_effort?: ReasoningOptions['effort'] | null | undefined;
  readonly include_reasoning?: boolean | null | undefined;
}

function toReasoning(body: ReasoningFields): ReasoningOptions | undefined {
  const { effort: given, max_tokens: maxTokens, exclude, enabled } = body.reasoning ?? {};
  const { reasoning_effort: short, include_reasoning: include } = body;
  if (given != null && short != null && given !== short) {
    refuse('reasoning_effort', `is ${short}, but \`reasoning.effort\` is ${given}: give one of the two.`);
  }
  const effort = given ?? short;
  if (effort != null && maxTokens != null) {
    refuse('reasoning.max_tokens', 'is given beside an effort: give one of the two.');
  }
  const options = present({ effort, maxTokens, enabled, exclude: exclude ?? (include === false ? true : null) });
  return body.reasoning == null && Object.keys(options).length === 0 ? undefined : options;
}

function toPrediction(prediction: CommonBody['prediction']): string | undefined {
  if (prediction == null) return undefined;
  const { content } = prediction;
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}

function objectOf(value: Readonly<Record<string, JsonObject[string]>> | null | undefined): JsonObject | undefined {
  return value ?? undefined;
}
