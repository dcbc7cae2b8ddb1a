import type { StreamPart } from '../chat.ts';
import type { StreamEvent } from '../completion.ts';
import { ProviderError } from '../errors.ts';
import type { Provider, ProviderCall } from '../providers/provider.ts';
import { type AnswerBuilder, createAnswerBuilder } from './answer-builder.ts';
import type { RunningAttempt } from './attempt.ts';

/** A stream that has brought its first content. */
export interface OpenStream {
  readonly builder: AnswerBuilder;
  readonly firstBatch: readonly StreamPart[];
  readonly batches: AsyncIterator<readonly StreamPart[]>;
}

/** Resolves when the endpoint has said something, or that it has nothing to say: before that, a failure costs the caller nothing. */
export async function openStream(attempt: RunningAttempt, provider: Provider, call: ProviderCall): Promise<OpenStream> {
  const builder = createAnswerBuilder();
  const batches = provider.stream(call, attempt.signal)[Symbol.asyncIterator]();
  for (;;) {
    const result = await batches.next();
    if (result.done === true) throw new ProviderError('truncated', 'The stream ended before it began.');
    receive(attempt, builder, result.value);
    if (result.value.some(({ type }) => type !== 'usage')) return { builder, firstBatch: result.value, batches };
  }
}

/** Takes a batch in: into the answer, and as a sign of life where it holds more than lifecycle. */
export function receive(attempt: RunningAttempt, builder: AnswerBuilder, batch: readonly StreamPart[]): void {
  for (const part of batch) {
    builder.add(part);
    if (part.type === 'usage') attempt.used(part.usage);
  }
  if (batch.length > 0) attempt.content();
}

/** What of a batch the caller sees. */
export function contentOf(batch: readonly StreamPart[], excludeReasoning: boolean): StreamEvent[] {
  const content: StreamEvent[] = [];
  for (const part of batch) {
    if (part.type === 'finish' || part.type === 'usage') continue;
    if (excludeReasoning && (part.type === 'reasoning' || part.type === 'reasoningDetails')) continue;
    content.push(part);
  }
  return content;
}
