import type { Answer } from '../chat.ts';
import { ProviderError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { RunningAttempt } from './attempt.ts';
import { embeddingCallOf, type Run } from './run.ts';

/** Asks a provider for the vectors that the request wants, and gives them as an answer without words. */
export async function askForVectors(run: Run, attempt: RunningAttempt, provider: Provider): Promise<Answer> {
  const { embedding } = run.request;
  if (embedding === undefined) throw new Error('vectors were asked for by a request that wants none');
  // Only an operator's own catalog can say that such an endpoint makes them.
  if (provider.embed === undefined) throw new ProviderError('unsupported_parameter', 'Its API makes no embeddings.');
  const answer = await provider.embed(embeddingCallOf(run, attempt, embedding), attempt.signal);
  return { content: '', toolCalls: [], annotations: [], images: [], finishReason: 'stop', ...answer };
}
