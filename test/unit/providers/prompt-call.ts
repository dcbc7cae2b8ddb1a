import type { Prompt } from '../../../src/chat.ts';
import type { ProviderCall } from '../../../src/providers/provider.ts';

/** A call of `model` with this prompt; by default one that says hello. */
export function promptCall(
  model: string,
  prompt: Partial<Prompt> = {},
  limits: Partial<ProviderCall> = {},
): ProviderCall {
  return {
    model,
    prompt: { messages: [{ role: 'user', content: 'Hello' }], ...prompt },
    supportedParameters: new Set(),
    connectTimeoutMs: 1000,
    ...limits,
  };
}
