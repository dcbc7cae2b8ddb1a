import type { Caller } from '../caller.ts';
import type { ChatRequest } from '../chat.ts';
import type { Permits } from '../completion.ts';
import { Forbidden } from '../errors.ts';
import type { ProviderPreferences } from '../provider-preferences.ts';
import { globMatches } from './globs.ts';

/** Throws Forbidden unless the caller may ask models. */
export function demandInference({ scopes }: Caller): void {
  if (scopes.has('inference') || scopes.has('admin')) return;
  throw new Forbidden('To ask models takes a key with the scope inference.');
}

/** The request with what the caller's account asks for where it says nothing, and what the account asks for in any case. */
export function withDefaults(request: ChatRequest, { defaults }: Caller): ChatRequest {
  const { model, provider, dataCollection, zdr } = defaults;
  const unnamed = model !== undefined && request.model === undefined && (request.models ?? []).length === 0;
  const preferred = provider !== undefined || dataCollection !== undefined || zdr !== undefined;
  if (!unnamed && !preferred) return request;
  const preferences: ProviderPreferences = {
    ...provider,
    ...request.provider,
    ...(dataCollection !== undefined && { dataCollection }),
    ...(zdr !== undefined && { zdr }),
  };
  return { ...request, ...(unnamed && { model }), ...(preferred && { provider: preferences }) };
}

/** What the caller's key, and the key that made it, allow; `undefined` where they allow everything. */
export function permitsOf({ allowedModels = [], allowedProviders = [], parentKeyId }: Caller): Permits | undefined {
  if (allowedModels.length === 0 && allowedProviders.length === 0) return undefined;
  const noun = parentKeyId === undefined ? 'API key' : 'client token';
  const refusing = (
    lists: readonly (readonly string[])[],
    what: string,
    allows: (item: string, slug: string) => boolean,
  ) => {
    return (slug: string) => {
      const list = lists.find((each) => !each.some((item) => allows(item, slug)));
      return (
        list && `This ${noun} may only use the ${what} ${list.length === 0 ? 'of an empty list' : list.join(', ')}.`
      );
    };
  };
  return {
    model: refusing(allowedModels, 'models', globMatches),
    provider: refusing(allowedProviders, 'providers', globMatches),
  };
}
