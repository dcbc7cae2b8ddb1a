import type {
  Annotation,
  Answer,
  FinishReason,
  GeneratedImage,
  JsonObject,
  ReasoningDetail,
  StreamPart,
  Usage,
} from '../chat.ts';
import { ProviderError } from '../errors.ts';

/** Puts the parts of a stream together again. */
export interface AnswerBuilder {
  /** Throws ProviderError `malformed_response` when the answer outgrows what any model writes. */
  readonly add: (part: StreamPart) => void;
  /** What has come so far; the finish reason is `error` until one came. */
  readonly answer: () => Answer;
  /** Whether anything but lifecycle has come. */
  readonly hasContent: () => boolean;
}

/** In UTF-16 units, images included. Bounds what an upstream that never ends can take of our memory. */
const largestAnswer = 64 * 1024 * 1024;

export function createAnswerBuilder(): AnswerBuilder {
  let content = '';
  let reasoning = '';
  let refusal = '';
  let size = 0;
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  const reasoningDetails: ReasoningDetail[] = [];
  const annotations: Annotation[] = [];
  const images: GeneratedImage[] = [];
  const contentLogprobs: JsonObject[] = [];
  const refusalLogprobs: JsonObject[] = [];
  let finish: { reason: FinishReason; nativeReason?: string } = { reason: 'error' };
  let usage: Usage | undefined;

  const grow = (by: number) => {
    size += by;
    if (size > largestAnswer)
      throw new ProviderError('malformed_response', `The answer passed ${largestAnswer} characters.`);
  };

  return {
    add(part) {
      switch (part.type) {
        case 'text':
          content += part.text;
          return grow(part.text.length);
        case 'reasoning':
          reasoning += part.text;
          return grow(part.text.length);
        case 'refusal':
          refusal += part.text;
          return grow(part.text.length);
        case 'toolCall': {
          const call = calls.get(part.index) ?? { id: '', name: '', arguments: '' };
          calls.set(part.index, call);
          call.id ||= part.id ?? '';
          call.name ||= part.name ?? '';
          call.arguments += part.arguments;
          return grow(part.arguments.length);
        }
        case 'reasoningDetails':
          mergeDetails(reasoningDetails, part.details);
          return grow(part.details.reduce((sum, detail) => sum + detailSize(detail), 0));
        case 'annotations':
          annotations.push(...part.annotations);
          return grow(part.annotations.length * 100);
        case 'image':
          images.push(part.image);
          return grow(part.image.url.length);
        case 'logprobs':
          contentLogprobs.push(...(part.logprobs.content ?? []));
          refusalLogprobs.push(...(part.logprobs.refusal ?? []));
          return grow(200);
        case 'finish':
          finish = part;
          return undefined;
        case 'usage':
          usage = part.usage;
          return undefined;
      }
    },
    answer: () => ({
      content,
      ...(reasoning !== '' && { reasoning }),
      ...(reasoningDetails.length > 0 && { reasoningDetails }),
      ...(refusal !== '' && { refusal }),
      toolCalls: [...calls]
        .sort(([a], [b]) => a - b)
        .map(([, call]) => ({ ...call, arguments: call.arguments || '{}' })),
      annotations,
      images,
      ...(contentLogprobs.length + refusalLogprobs.length > 0 && {
        logprobs: {
          content: contentLogprobs,
          ...(refusalLogprobs.length > 0 && { refusal: refusalLogprobs }),
        },
      }),
      finishReason: finish.reason,
      ...(finish.nativeReason !== undefined && { nativeFinishReason: finish.nativeReason }),
      ...(usage !== undefined && { usage }),
    }),
    hasContent: () => size > 0 || calls.size > 0 || reasoningDetails.length > 0,
  };
}

/** Pieces of one block (same index and type) become that block again; its signature may come in a later piece. */
function mergeDetails(all: ReasoningDetail[], pieces: readonly ReasoningDetail[]): void {
  for (const piece of pieces) {
    const at = all.findLastIndex((detail) => detail.index === piece.index && detail.type === piece.type);
    const block = all[at];
    if (block === undefined || block.type === 'reasoning.encrypted') {
      all.push(piece);
      continue;
    }
    all[at] = {
      ...block,
      ...piece,
      ...joined('text', block.text, piece.text),
      ...joined('summary', block.summary, piece.summary),
    };
  }
}

function joined(name: 'text' | 'summary', before: string | undefined, piece: string | undefined) {
  return before === undefined || piece === undefined ? {} : { [name]: before + piece };
}

function detailSize(detail: ReasoningDetail): number {
  return (
    (detail.text?.length ?? 0) +
    (detail.summary?.length ?? 0) +
    (detail.data?.length ?? 0) +
    (detail.signature?.length ?? 0)
  );
}
