import type { Clock } from '../clock.ts';
import { createAnthropic } from './anthropic.ts';
import { createCohere } from './cohere.ts';
import { createGoogle } from './google.ts';
import { createLocal } from './local.ts';
import { createOllama } from './ollama.ts';
import { createOpenAICompatible } from './openai-compatible.ts';
import type { Provider } from './provider.ts';

/** The dialects that an adapter exists for. */
export const dialects = ['openai-compatible', 'anthropic', 'google', 'ollama', 'cohere', 'local'] as const;
export type Dialect = (typeof dialects)[number];

/** What an adapter needs to know of a provider. */
export interface ProviderSettings {
  readonly slug: string;
  readonly dialect: Dialect;
  /** `https://api.example.com/v1`; unused by `local`. */
  readonly baseUrl: string;
  readonly apiKey?: string;
  /** Further headers, for every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which row of the wire-difference table applies; by default the slug's, else none. */
  readonly wire?: string;
  /** Whether loopback and private addresses may be called. */
  readonly allowPrivateNetwork: boolean;
}

/** Makes the adapter of a provider's dialect. Throws a TypeError if its base URL is no http or https URL. */
export function createProvider(settings: ProviderSettings, clock: Clock): Provider {
  switch (settings.dialect) {
    case 'openai-compatible':
      return createOpenAICompatible(settings, clock);
    case 'anthropic':
      return createAnthropic(settings, clock);
    case 'google':
      return createGoogle(settings, clock);
    case 'ollama':
      return createOllama(settings, clock);
    case 'cohere':
      return createCohere(settings, clock);
    case 'local':
      return createLocal({ slug: settings.slug });
  }
}
