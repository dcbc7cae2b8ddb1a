import type { Annotation, FinishReason, GeneratedImage, Logprobs, ToolCall } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import { usageBody } from './usage.ts';

type WireFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error';

/** A budget that ran out ends an answer as its length does. What was cancelled has nobody to tell. */
const finishReasons = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
  budget: 'length',
  cancelled: 'error',
} as const satisfies Record<FinishReason, WireFinishReason>;

interface Finish {
  readonly finishReason: FinishReason;
  readonly nativeFinishReason?: string;
}

/** Why an answer ended, in the wire's words and in the provider's. */
export function finishOf({ finishReason, nativeFinishReason }: Finish) {
  const wire = finishReasons[finishReason];
  return {
    finish_reason: wire,
    native_finish_reason: wire === finishReason ? (nativeFinishReason ?? null) : finishReason,
  };
}

/** A whole answer as `chat.completion`. */
export function completionBody(completion: Completion) {
  const { generationId, createdAt, model, provider, usage, cost, endpoint, logprobs } = completion;
  return {
    id: generationId,
    object: 'chat.completion',
    created: Math.floor(createdAt / 1_000),
    model: model.slug,
    provider: provider.name,
    system_fingerprint: null,
    choices: [{ index: 0, ...finishOf(completion), logprobs: logprobsBody(logprobs), message: messageOf(completion) }],
    usage: usageBody(usage, cost, endpoint),
  };
}

function messageOf(completion: Completion) {
  const { content, refusal, reasoning, reasoningDetails, toolCalls, images, annotations } = completion;
  return {
    role: 'assistant',
    content: content === '' && (toolCalls.length > 0 || refusal !== undefined) ? null : content,
    refusal: refusal ?? null,
    reasoning: reasoning ?? null,
    ...(reasoningDetails !== undefined && { reasoning_details: reasoningDetails }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toolCallBody) }),
    ...(images.length > 0 && { images: images.map(imageBody) }),
    ...(annotations.length > 0 && { annotations: annotations.map(annotationBody) }),
  };
}

function toolCallBody({ id, name, arguments: text }: ToolCall, index: number) {
  return { id, index, type: 'function', function: { name, arguments: text } };
}

export function imageBody({ url }: GeneratedImage) {
  return { type: 'image_url', image_url: { url } };
}

export function annotationBody({ type, url, title, content, startIndex, endIndex }: Annotation) {
  return {
    type,
    url_citation: { url, title: title ?? '', content, start_index: startIndex ?? 0, end_index: endIndex ?? 0 },
  };
}

export function logprobsBody(logprobs: Logprobs | undefined) {
  return logprobs === undefined ? null : { content: logprobs.content ?? null, refusal: logprobs.refusal ?? null };
}
