import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { Permits } from '../completion.ts';
import { eligibleOf } from './candidates.ts';
import { rememberedChoices } from './model-choice.ts';
import { rememberedRequirements } from './requirements.ts';
import { preferring } from './stages.ts';

/**
 * The endpoints that may come to serve a request, however they are doing at the moment; none where every filter leaves none. Throws
 * the CompletionError of a request whose models nothing has. What is worked out for it here serves the run that follows.
 */
export function reachOf(
  request: ChatRequest,
  catalog: Catalog,
  account: string | undefined,
  permits: Permits | undefined,
): readonly Endpoint[] {
  const requirements = rememberedRequirements(request, account);
  const selection = { request, requirements, catalog, permits };
  return rememberedChoices(request, catalog, requirements, permits).flatMap((choice) =>
    eligibleOf(catalog.endpointsOfModel(choice.model.slug), preferring(choice, selection)),
  );
}
