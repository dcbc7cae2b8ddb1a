import type { Prompt } from '../../chat.ts';
import { ProviderError } from '../../errors.ts';
import { renderChat } from './chat-template.ts';
import type { Engine } from './engine.ts';

/**
 * The prompt as tokens, with room for at least one token of answer. Throws ProviderError `context_length_exceeded`, which names
 * both numbers, or `unsupported_parameter`.
 */
export function encodePrompt({ llama, tokenizer }: Engine, prompt: Prompt): readonly number[] {
  const segments = renderChat(prompt);
  // A character is at least a byte. Splitting into tokens what can never fit would hold up the other answers.
  const characters = segments.reduce((sum, segment) => sum + ('text' in segment ? segment.text.length : 0), 0);
  const fewestTokens = Math.ceil(characters / tokenizer.longestTokenBytes);
  if (fewestTokens >= llama.contextLength) throw tooLong(`at least ${fewestTokens}`, llama.contextLength);

  const start = tokenizer.start === undefined ? [] : [tokenizer.start];
  const tokens = segments.flatMap((segment) =>
    'text' in segment ? tokenizer.encode(segment.text) : [tokenizer.control(segment.control)],
  );
  const count = start.length + tokens.length;
  if (count >= llama.contextLength) throw tooLong(String(count), llama.contextLength);
  return [...start, ...tokens];
}

function tooLong(count: string, contextLength: number): ProviderError {
  return new ProviderError(
    'context_length_exceeded',
    `The prompt has ${count} tokens; the local model's context is ${contextLength} tokens, prompt and answer together.`,
  );
}
