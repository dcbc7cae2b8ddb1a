import type { Annotation, Usage } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import { type AnswerBlock, blocksOf } from '../answer-blocks.ts';
import { finishOf } from '../chat/answer.ts';
import { jsonNumber } from '../chat/usage.ts';
import { type ThinkingBlock, thinkingBlock } from './thinking.ts';

interface Citation {
  readonly type: 'web_search_result_location';
  readonly url: string;
  readonly title: string | null;
  readonly cited_text: string;
  readonly encrypted_index: string;
}

/** A block of an answer as the dialect has it. */
type ContentBlock =
  | ThinkingBlock
  | { readonly type: 'text'; readonly text: string; readonly citations: readonly Citation[] | null }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly caller: { readonly type: 'direct' };
    };

/** The block of the dialect that a block of the answer becomes. */
export function contentBlock(block: AnswerBlock): ContentBlock {
  switch (block.type) {
    case 'reasoning':
      return thinkingBlock(block);
    case 'text': {
      const citations = block.annotations.length === 0 ? null : block.annotations.map(citation);
      return { type: 'text', text: block.text, citations };
    }
    case 'refusal':
      return { type: 'text', text: block.text, citations: null };
    case 'toolCall': {
      const { id, name } = block.call;
      return { type: 'tool_use', id, name, input: inputOf(block.call.arguments), caller: { type: 'direct' } };
    }
    case 'image':
      // The dialect has no block for it, and its clients show Markdown.
      return { type: 'text', text: `![](${block.image.url})`, citations: null };
  }
}

export function citation({ url, title, content }: Annotation): Citation {
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    cited_text: content ?? '',
    encrypted_index: '',
  };
}

/** A whole answer of `POST /messages`. */
export function messageOf(completion: Completion) {
  const { generationId: id, model, provider, usage, cost } = completion;
  return {
    ...emptyMessage(id, model.slug),
    provider: provider.name,
    content: blocksOf(completion).map(contentBlock),
    ...stopOf(completion),
    usage: usageOf(usage, cost),
  };
}

/** What is known of a message when it begins. */
export function emptyMessage(id: string, model: string) {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [] as readonly ContentBlock[],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: usageOf(undefined, undefined),
  };
}

/** Why the answer ended. */
export function stopOf(completion: Completion) {
  const { nativeFinishReason, refusal } = completion;
  const { finish_reason: finish } = finishOf(completion);
  const refused = refusal !== undefined || finish === 'content_filter';
  const reason = refused ? 'refusal' : stopReasons[finish];
  const native = nativeFinishReason ?? '';
  return {
    stop_reason: ownReasons[native] === reason ? native : reason,
    stop_sequence: null,
    stop_details: refused ? { type: 'refusal', category: null, explanation: refusal ?? null } : null,
  };
}

/** The dialect has no word for an answer that its provider ended with an error. */
const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
  error: 'end_turn',
} as const satisfies Record<ReturnType<typeof finishOf>['finish_reason'], string>;

/** The finer reasons that Anthropic gives, and the one that each is a case of. */
const ownReasons: Readonly<Record<string, string>> = {
  stop_sequence: 'end_turn',
  pause_turn: 'end_turn',
  model_context_window_exceeded: 'max_tokens',
};

/** The API counts what was read from and written to the cache beside the input. */
export function usageOf(usage: Usage | undefined, cost: string | undefined) {
  const {
    promptTokens = 0,
    cachedTokens = 0,
    cacheWriteTokens = 0,
    completionTokens = 0,
    reasoningTokens = 0,
  } = usage ?? {};
  return {
    input_tokens: Math.max(0, promptTokens - cachedTokens - cacheWriteTokens),
    cache_read_input_tokens: cachedTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    output_tokens: completionTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
    cache_creation: null,
    server_tool_use: null,
    service_tier: null,
    inference_geo: null,
    speed: null,
    ...(cost !== undefined && { cost: jsonNumber(cost), is_byok: false }),
  };
}

/** The arguments as the object that they are; a model may have written something else. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return { invalid_json: text };
  }
}
