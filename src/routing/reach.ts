import type { Catalog, Endpoint } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { Permits } from '../completion.ts';
import { eligibleOf } from './candidates.ts';
import { modelChoices } from './model-choice.ts';
import { requirementsOf } from './requirements.ts';
import { preferring } from './stages.ts';

/**
 * The endpoints that may come to serve a request, however they are doing at the moment; none where every filter leaves none. Throws
 * the CompletionError of a request whose models nothing has.
 */
export function reachOf(request: ChatRequest, catalog: Catalog, permits: Permits | undefined): readonly Endpoint[] {
  const requirements = requirementsOf(request);
  const selection = { request, requirements, catalog, permits };
  return modelChoices(request, catalog, requirements, permits).flatMap((choice) =>
    eligibleOf(catalog.endpointsOfModel(choice.model.slug), preferring(choice, selection)),
  );
}
