import type { JsonObject, Prompt, StreamPart } from '../../chat.ts';
import type { Engine } from './engine.ts';
import { describeToken } from './logprobs.ts';
import { createStopSequences } from './stop-sequences.ts';
import { createStreamDecoder } from './tokenizer.ts';
import { createToolCallParser, type Piece } from './tool-calls.ts';
import { createToolNameGuide } from './tool-name-guide.ts';

/** An answer as it is written, token by token. */
export interface Answer {
  /** Which tokens may come next; `undefined` for all. */
  readonly allowed: () => ((token: number) => boolean) | undefined;
  /** Adds a token, chosen by these scores. `ended` says why nothing may follow, where that is so. */
  readonly push: (token: number, scores: Float64Array) => AnswerStep;
  /** What was held back, once no more tokens come. */
  readonly end: () => readonly StreamPart[];
  /** How many tool calls it has made. */
  readonly callCount: () => number;
}
export interface AnswerStep {
  readonly parts: readonly StreamPart[];
  readonly ended?: 'stop_sequence' | 'single_tool_call';
}

/** Starts an answer to a prompt. Tool calls are looked for only where tools were offered. */
export function createAnswer({ tokenizer }: Engine, prompt: Prompt, callIdPrefix: string): Answer {
  const { toolChoice } = prompt;
  const tools = toolChoice === 'none' ? [] : (prompt.tools ?? []);
  const parser = tools.length > 0 ? createToolCallParser() : undefined;
  const mustCall = tools.length > 0 && toolChoice !== undefined && toolChoice !== 'auto';
  const guide = createToolNameGuide(
    typeof toolChoice === 'object' ? [toolChoice.function] : tools.map((tool) => tool.name),
    tokenizer,
  );
  // Without tools a call is nothing but markup that nobody asked for.
  const tagStart = tools.length === 0 ? tokenizer.encode('<tool_call>')[0] : undefined;
  const untagged = (token: number) => token !== tagStart;
  const decoder = createStreamDecoder(tokenizer);
  const stops = createStopSequences(prompt.stop ?? []);
  const wantsLogprobs = prompt.logprobs === true || prompt.topLogprobs !== undefined;
  let logprobs: JsonObject[] = [];
  let written = '';
  let callCount = 0;

  const read = (text: string): readonly Piece[] => {
    if (parser !== undefined) return parser.push(text);
    return text === '' ? [] : [{ type: 'text', text }];
  };

  const deliver = (pieces: readonly Piece[]): AnswerStep => {
    const parts: StreamPart[] = [];
    const show = (text: string) => {
      if (text === '') return;
      parts.push({ type: 'text', text });
      if (logprobs.length > 0) parts.push({ type: 'logprobs', logprobs: { content: logprobs } });
      logprobs = [];
    };
    for (const piece of pieces) {
      if (piece.type === 'text') {
        const { text, stopped } = stops.push(piece.text);
        show(text);
        if (stopped) return { parts, ended: 'stop_sequence' };
        continue;
      }
      show(stops.flush());
      const index = callCount++;
      parts.push({
        type: 'toolCall',
        index,
        id: `${callIdPrefix}_${index}`,
        name: piece.name,
        arguments: piece.arguments,
      });
      // As OpenAI does, log probabilities are given for text alone.
      logprobs = [];
      if (prompt.parallelToolCalls === false) return { parts, ended: 'single_tool_call' };
    }
    return { parts };
  };

  return {
    allowed: () =>
      tools.length === 0 ? untagged : guide.allowed(mustCall && callCount === 0 ? written : undefined, parser?.open()),
    push: (token, scores) => {
      const text = decoder.push(token);
      written += text;
      if (wantsLogprobs) logprobs.push(describeToken(token, scores, prompt.topLogprobs ?? 0, tokenizer));
      return deliver(read(text));
    },
    end: () => {
      const { parts, ended } = deliver([...read(decoder.end()), ...(parser?.end() ?? [])]);
      const rest = ended === undefined ? stops.flush() : '';
      const last: StreamPart[] = rest === '' ? [] : [{ type: 'text', text: rest }];
      if (last.length > 0 && logprobs.length > 0) last.push({ type: 'logprobs', logprobs: { content: logprobs } });
      return [...parts, ...last];
    },
    callCount: () => callCount,
  };
}
