import type { FinishReason, Prompt, StreamPart } from '../../chat.ts';
import { createAnswer } from './answer.ts';
import type { Engine } from './engine.ts';
import { encodePrompt } from './prompt-tokens.ts';
import { createSeededRandom } from './random.ts';
import { createSampler } from './sampler.ts';

/** What one answer is made from. */
export interface GenerationOptions {
  readonly prompt: Prompt;
  /** The most tokens to write, whatever the prompt asks for. */
  readonly maxTokens?: number | undefined;
  /** Decides what is left to chance where the prompt has no seed. */
  readonly seed: number;
  /** Starts the ids of tool calls; unique to this answer. */
  readonly callIdPrefix: string;
}

/**
 * Writes an answer. Each step runs the model over one token, of the prompt or of the answer, and yields what became ready by
 * it, often nothing. The last step yields `finish` and `usage`. Throws ProviderError `context_length_exceeded` or
 * `unsupported_parameter`, before the first part.
 */
export function* generate(engine: Engine, options: GenerationOptions): Generator<readonly StreamPart[], void> {
  const { llama, tokenizer } = engine;
  const { prompt } = options;
  const promptTokens = encodePrompt(engine, prompt);
  const sampler = createSampler(prompt, createSeededRandom(prompt.seed ?? options.seed));
  const session = llama.createSession();
  for (const token of promptTokens.slice(0, -1)) {
    session.add(token);
    yield [];
  }
  // Control tokens are not penalised for being repeated: an answer must be able to end.
  for (const token of promptTokens) if (!tokenizer.isControl(token)) sampler.read(token);

  const room = llama.contextLength - promptTokens.length;
  const limit = Math.min(prompt.maxTokens ?? room, options.maxTokens ?? room, room);
  const answer = createAnswer(engine, prompt, options.callIdPrefix);
  let last = promptTokens.at(-1) ?? 0;
  let written = 0;
  let native: NativeFinishReason = limit < room ? 'max_tokens' : 'context_full';
  while (written < limit) {
    const scores = session.score(last);
    last = sampler.choose(scores, answer.allowed());
    if (tokenizer.isControl(last)) {
      native = 'end_token';
      break;
    }
    sampler.wrote(last);
    written++;
    const { parts, ended } = answer.push(last, scores);
    yield parts;
    if (ended !== undefined) {
      native = ended;
      break;
    }
  }

  const rest = native === 'stop_sequence' || native === 'single_tool_call' ? [] : answer.end();
  const reason = finishReasons[native];
  yield [
    ...rest,
    {
      type: 'finish',
      reason: reason === 'stop' && answer.callCount() > 0 ? 'tool_calls' : reason,
      nativeReason: native,
    },
    {
      type: 'usage',
      usage: {
        promptTokens: promptTokens.length,
        completionTokens: written,
        totalTokens: promptTokens.length + written,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        source: 'provider',
      },
    },
  ];
}

type NativeFinishReason = 'end_token' | 'stop_sequence' | 'single_tool_call' | 'max_tokens' | 'context_full';

const finishReasons: Readonly<Record<NativeFinishReason, FinishReason>> = {
  end_token: 'stop',
  stop_sequence: 'stop',
  single_tool_call: 'tool_calls',
  max_tokens: 'length',
  context_full: 'length',
};
