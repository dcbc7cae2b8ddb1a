import type { Scope } from '../caller.ts';
import { globMatches } from './globs.ts';

/** What a key may be used for, besides what it may spend. Absent lists allow everything. */
export interface Rights {
  readonly scopes: readonly Scope[];
  readonly allowedModels?: readonly string[];
  readonly allowedProviders?: readonly string[];
  readonly operations?: readonly string[];
  readonly origin?: string;
}

/** In which way `rights` go beyond `bounds`, as a sentence; `undefined` where they do not. */
export function excessOf(rights: Rights, bounds: Rights): string | undefined {
  const scope = rights.scopes.find((candidate) => !bounds.scopes.includes(candidate));
  if (scope !== undefined) return `It would have the scope ${scope}.`;
  const model = beyond(rights.allowedModels, bounds.allowedModels);
  if (model !== undefined) return `It might use ${model === '*' ? 'every model' : `the models ${model}`}.`;
  const provider = beyond(rights.allowedProviders, bounds.allowedProviders);
  if (provider !== undefined)
    return `It might use ${provider === '*' ? 'every provider' : `the provider ${provider}`}.`;
  const operation = beyond(rights.operations, bounds.operations);
  if (operation !== undefined) return `It might run ${operation === '*' ? 'every operation' : operation}.`;
  if (bounds.origin !== undefined && rights.origin !== bounds.origin) return 'It might be used from other origins.';
  return undefined;
}

/** The first of `list` that nothing in `bounds` covers. An absent list is everything. */
function beyond(list: readonly string[] | undefined, bounds: readonly string[] | undefined): string | undefined {
  if (bounds === undefined) return undefined;
  return (list ?? ['*']).find((item) => !bounds.some((bound) => globMatches(bound, item)));
}
