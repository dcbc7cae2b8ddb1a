import type {
  Annotation,
  Answer,
  GeneratedImage,
  JsonObject,
  Logprobs,
  ReasoningDetail,
  StreamPart,
  ToolCall,
  Usage,
} from '../chat.ts';
import { ProviderError } from '../errors.ts';
import { joinDetails } from './reasoning.ts';

/** The whole answer that the parts of a stream amount to. Throws `truncated` if they have no `finish`. */
export function answerOf(parts: readonly StreamPart[]): Answer {
  let content = '';
  let reasoning = '';
  let refusal = '';
  const details: ReasoningDetail[] = [];
  const toolCalls: ToolCall[] = [];
  const annotations: Annotation[] = [];
  const images: GeneratedImage[] = [];
  const logprobs: JsonObject[] = [];
  const refusalLogprobs: JsonObject[] = [];
  let finish: (StreamPart & { readonly type: 'finish' }) | undefined;
  let usage: Usage | undefined;

  for (const part of parts) {
    switch (part.type) {
      case 'text':
        content += part.text;
        break;
      case 'reasoning':
        reasoning += part.text;
        break;
      case 'refusal':
        refusal += part.text;
        break;
      case 'reasoningDetails':
        details.push(...part.details);
        break;
      case 'toolCall': {
        const call = toolCalls[part.index] ?? { id: part.id ?? '', name: part.name ?? '', arguments: '' };
        toolCalls[part.index] = { ...call, arguments: call.arguments + part.arguments };
        break;
      }
      case 'annotations':
        annotations.push(...part.annotations);
        break;
      case 'image':
        images.push(part.image);
        break;
      case 'logprobs':
        logprobs.push(...(part.logprobs.content ?? []));
        refusalLogprobs.push(...(part.logprobs.refusal ?? []));
        break;
      case 'finish':
        finish = part;
        break;
      case 'usage':
        usage = part.usage;
        break;
    }
  }
  if (finish === undefined) throw new ProviderError('truncated', 'the answer does not say why it ended');
  return {
    content,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(details.length === 0 ? {} : { reasoningDetails: joinDetails(details) }),
    ...(refusal === '' ? {} : { refusal }),
    toolCalls,
    annotations,
    images,
    ...(logprobs.length + refusalLogprobs.length === 0 ? {} : { logprobs: joinedLogprobs(logprobs, refusalLogprobs) }),
    finishReason: finish.reason,
    ...(finish.nativeReason === undefined ? {} : { nativeFinishReason: finish.nativeReason }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function joinedLogprobs(content: readonly JsonObject[], refusal: readonly JsonObject[]): Logprobs {
  return { ...(content.length === 0 ? {} : { content }), ...(refusal.length === 0 ? {} : { refusal }) };
}
