import type { Endpoint } from '../../catalog.ts';
import type { Usage } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import { blocksOf } from '../answer-blocks.ts';
import { finishOf } from '../chat/answer.ts';
import { usageBody } from '../chat/usage.ts';
import type { Failure } from '../failure.ts';
import { createItems, type ItemStatus, type OutputItem, withLogprobs } from './output.ts';
import type { ReasoningForm } from './reasoning.ts';
import type { ResponsesBody } from './request-body.ts';

/** What is known of a response while it is made. */
interface ResponseState {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

/** How a client wants reasoning told. */
export function formOf({ reasoning }: ResponsesBody): ReasoningForm {
  return reasoning?.summary == null ? 'text' : 'summary';
}

/** A response that has just begun: what the request asked for, said again, and nothing of the answer. */
export function openResponse({ id, model, createdAt }: ResponseState, body: ResponsesBody) {
  return {
    id,
    object: 'response',
    created_at: createdAt,
    completed_at: null as number | null,
    status: 'in_progress' as string,
    error: null as { readonly code: string; readonly message: string } | null,
    incomplete_details: null as { readonly reason: string } | null,
    model,
    output: [] as readonly OutputItem[],
    usage: null as ReturnType<typeof usageOf> | null,
    instructions: body.instructions ?? null,
    metadata: body.metadata ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    temperature: body.temperature ?? null,
    top_p: body.top_p ?? null,
    frequency_penalty: body.frequency_penalty ?? null,
    presence_penalty: body.presence_penalty ?? null,
    top_logprobs: body.top_logprobs ?? 0,
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    tools: (body.tools ?? []).flatMap(toolOf),
    tool_choice: typeof body.tool_choice === 'string' ? body.tool_choice : namedChoice(body.tool_choice),
    text: {
      format: formatOf(body.text?.format),
      ...(body.text?.verbosity != null && { verbosity: body.text.verbosity }),
    },
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    user: body.user ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    safety_identifier: body.safety_identifier ?? null,
    previous_response_id: null,
    store: false,
    background: false,
    truncation: 'disabled',
  };
}
type OpenResponse = ReturnType<typeof openResponse>;

/** A whole answer of `POST /responses`; `completedAt` in seconds since the epoch. */
export function responseOf(completion: Completion, body: ResponsesBody, completedAt: number) {
  const { generationId: id, model, createdAt } = completion;
  const state = { id, model: model.slug, createdAt: Math.floor(createdAt / 1_000) };
  const item = createItems(id, formOf(body));
  const blocks = blocksOf(completion);
  const { itemStatus } = outcomeOf(completion);
  const output = blocks.map((block, place) =>
    item(block, place, place === blocks.length - 1 ? itemStatus : 'completed'),
  );
  return finishedResponse(openResponse(state, body), completion, output, completedAt);
}

/** The response when all of it is known. */
export function finishedResponse(
  open: OpenResponse,
  completion: Completion,
  output: readonly OutputItem[],
  completedAt: number,
) {
  const { usage, cost, endpoint, provider, logprobs } = completion;
  const { itemStatus: _status, ...outcome } = outcomeOf(completion);
  return {
    ...open,
    ...outcome,
    completed_at: outcome.status === 'completed' ? completedAt : null,
    provider: provider.name,
    output: logprobs?.content === undefined ? output : withLogprobs(output, logprobs.content),
    usage: usageOf(usage, cost, endpoint),
  };
}

/** The response of an answer that broke off. */
export function failedResponse(
  open: OpenResponse,
  { status, type, message }: Failure,
  output: readonly OutputItem[],
  usage: ReturnType<typeof usageOf> | null,
) {
  return {
    ...open,
    status: 'failed',
    error: { code: codes[status] ?? 'server_error', message },
    error_type: type,
    output,
    usage,
  };
}

/** By the status that the failure would have had before the answer began. */
const codes: Readonly<Record<number, string>> = {
  400: 'invalid_prompt',
  403: 'invalid_prompt',
  413: 'invalid_prompt',
  429: 'rate_limit_exceeded',
};

interface Outcome extends Pick<OpenResponse, 'status' | 'error' | 'incomplete_details'> {
  /** Of the item that the answer ended in. */
  readonly itemStatus: ItemStatus;
}

/** How an answer ended, in the words of the dialect. */
export function outcomeOf(completion: Completion): Outcome {
  const none = { error: null, incomplete_details: null };
  switch (finishOf(completion).finish_reason) {
    case 'length':
      return {
        ...none,
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        itemStatus: 'incomplete',
      };
    case 'content_filter':
      return {
        ...none,
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter' },
        itemStatus: 'incomplete',
      };
    case 'error': {
      const error = { code: 'server_error', message: 'The provider ended the answer with an error.' };
      return { ...none, status: 'failed', error, itemStatus: 'incomplete' };
    }
    default:
      return { ...none, status: 'completed', itemStatus: 'completed' };
  }
}

/** Token counts and cost under the dialect's names. */
export function usageOf(usage: Usage, cost: string, endpoint: Endpoint) {
  const chat = usageBody(usage, cost, endpoint);
  const { upstream_inference_cost, upstream_inference_prompt_cost, upstream_inference_completions_cost } =
    chat.cost_details;
  const { cached_tokens, cache_write_tokens } = chat.prompt_tokens_details;
  return {
    input_tokens: chat.prompt_tokens,
    input_tokens_details: { cached_tokens, cache_write_tokens },
    output_tokens: chat.completion_tokens,
    output_tokens_details: { reasoning_tokens: chat.completion_tokens_details.reasoning_tokens },
    total_tokens: chat.total_tokens,
    cost: chat.cost,
    is_byok: chat.is_byok,
    cost_details: {
      upstream_inference_cost,
      upstream_inference_input_cost: upstream_inference_prompt_cost,
      upstream_inference_output_cost: upstream_inference_completions_cost,
    },
  };
}

function toolOf(tool: NonNullable<ResponsesBody['tools']>[number]) {
  if (!('name' in tool)) return [];
  const { type, name, description = null, parameters = null, strict = null } = tool;
  return [{ type, name, description, parameters, strict }];
}

function namedChoice(choice: Exclude<ResponsesBody['tool_choice'], string>) {
  if (choice == null) return 'auto';
  if ('mode' in choice) return choice.mode;
  return 'name' in choice ? { type: 'function', name: choice.name } : 'auto';
}

function formatOf(format: NonNullable<ResponsesBody['text']>['format']) {
  if (format?.type !== 'json_schema') return { type: format?.type ?? 'text' };
  const { type, name, schema, strict = null, description } = format;
  return { type, name, schema, strict, ...(description != null && { description }) };
}
