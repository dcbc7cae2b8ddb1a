import type { ListedModel } from '../providers/provider.ts';

/** A model server found on this machine. */
export interface DiscoveredServer {
  /** The provider's slug: `ollama`, `lm-studio`, `llama-cpp`, `vllm`. */
  readonly slug: string;
  readonly name: string;
  readonly dialect: 'ollama' | 'openai-compatible';
  readonly baseUrl: string;
  readonly models: readonly ListedModel[];
}
