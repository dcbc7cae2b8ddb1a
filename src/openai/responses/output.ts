import type { Annotation, JsonObject } from '../../chat.ts';
import type { AnswerBlock, ReasoningBlock } from '../answer-blocks.ts';
import { ownFormat, type ReasoningForm, reasoningFields } from './reasoning.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An item of an answer as the dialect has it. */
export type OutputItem = ReturnType<ReturnType<typeof createItems>>;

/** Makes what gives each block of an answer its item; ids are unique in the answer. `begunAs` is the id that it was begun with. */
export function createItems(generationId: string, form: ReasoningForm) {
  const used = new Set<string>();
  /** OpenAI wants its own ids back; those of others are of no use, and no two items may share one. */
  const reasoningId = ({ details }: ReasoningBlock): string | undefined => {
    const id = details.find(({ format }) => format === ownFormat)?.id;
    if (id === undefined || id === '' || used.has(id)) return undefined;
    used.add(id);
    return id;
  };
  return (block: AnswerBlock, place: number, status: ItemStatus, begunAs?: string) => {
    const idOf = (kind: string) => `${kind}_${generationId}_${place}`;
    switch (block.type) {
      case 'reasoning': {
        const id = begunAs ?? reasoningId(block) ?? idOf('rs');
        // What its deltas will say must not stand there before them.
        const said: ReasoningBlock = status === 'in_progress' ? { ...block, text: '', details: [] } : block;
        return { type: 'reasoning', status, ...reasoningFields(said, form, id) } as const;
      }
      case 'text':
      case 'refusal': {
        // A part that has only begun is told of by an event of its own.
        const content = status === 'in_progress' ? [] : [partOf(block)];
        return { type: 'message', id: idOf('msg'), role: 'assistant', status, content } as const;
      }
      case 'toolCall': {
        const { id, name, arguments: text } = block.call;
        const whole = text === '' && status !== 'in_progress' ? '{}' : text;
        return { type: 'function_call', id: idOf('fc'), call_id: id, name, arguments: whole, status } as const;
      }
      case 'image': {
        const result = status === 'in_progress' ? null : block.image.url.replace(/^data:[^,]*,/, '');
        const state = status === 'incomplete' ? 'completed' : status;
        return { type: 'image_generation_call', id: idOf('ig'), status: state, result } as const;
      }
    }
  };
}

/** The part of a message that a stretch of text, or of a refusal, becomes. */
export function partOf(block: Extract<AnswerBlock, { readonly type: 'text' | 'refusal' }>) {
  if (block.type === 'refusal') return { type: 'refusal', refusal: block.text } as const;
  const annotations = block.annotations.map(annotationOf);
  return { type: 'output_text', text: block.text, annotations, logprobs: [] as readonly Logprob[] } as const;
}

export function annotationOf({ type, url, title, content, startIndex, endIndex }: Annotation) {
  const quoted = content === undefined ? {} : { content };
  return { type, url, title: title ?? '', start_index: startIndex ?? 0, end_index: endIndex ?? 0, ...quoted };
}

interface Logprob extends TokenLogprob {
  readonly top_logprobs: readonly TokenLogprob[];
}

interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
}

/** The items with the log probabilities of the tokens at the first text; they are known when the answer is whole. */
export function withLogprobs(items: readonly OutputItem[], logprobs: readonly JsonObject[]): readonly OutputItem[] {
  const at = items.findIndex((item) => item.type === 'message' && item.content[0]?.type === 'output_text');
  const read = logprobs.map(logprobOf);
  return items.map((item, index) => {
    if (index !== at || item.type !== 'message') return item;
    return {
      ...item,
      content: item.content.map((part) => (part.type === 'output_text' ? { ...part, logprobs: read } : part)),
    };
  });
}

function logprobOf(entry: JsonObject): Logprob {
  const { top_logprobs: top } = entry;
  const list: readonly unknown[] = Array.isArray(top) ? top : [];
  return { ...tokenOf(entry), top_logprobs: list.map(tokenOf) };
}

function tokenOf(entry: unknown): TokenLogprob {
  const { token, logprob, bytes } = { token: undefined, logprob: undefined, bytes: undefined, ...Object(entry) };
  return {
    token: String(token ?? ''),
    logprob: Number(logprob ?? 0),
    bytes: Array.isArray(bytes) ? bytes.map(Number) : [],
  };
}
