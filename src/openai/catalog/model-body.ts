import type { Catalog, Model } from '../../catalog.ts';
import { parameters } from '../../chat.ts';
import { present } from '../check.ts';
import { cheapestOf, pricingBody } from './pricing.ts';

/** A model in OpenRouter's words, with what OpenAI's list of models says of it. */
export function modelBody(model: Model, catalog: Catalog) {
  const { slug, name, author, description, contextLength, maxCompletionTokens, knowledgeCutoff, deprecatedAt } = model;
  const endpoints = catalog.endpointsOfModel(slug);
  const cheapest = cheapestOf(catalog, slug);
  const understood = new Set(endpoints.flatMap((endpoint) => [...endpoint.supportedParameters]));
  return {
    id: slug,
    canonical_slug: slug,
    object: 'model',
    owned_by: author,
    name,
    created: createdOf(model),
    ...present({ description }),
    context_length: contextLength,
    architecture: architectureBody(model),
    pricing: pricingBody(cheapest?.pricing),
    top_provider: {
      context_length: cheapest?.contextLength ?? contextLength,
      max_completion_tokens: cheapest?.maxCompletionTokens ?? maxCompletionTokens ?? null,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: parameters.filter((parameter) => understood.has(parameter)),
    default_parameters: null,
    supported_voices: null,
    knowledge_cutoff: knowledgeCutoff ?? null,
    expiration_date: deprecatedAt ?? null,
    links: { details: `/api/v1/models/${slug}/endpoints` },
  };
}

/** Seconds since the epoch; 0 where its date is not known. */
export function createdOf({ createdAt }: Model): number {
  return createdAt === undefined ? 0 : Math.floor(Date.parse(createdAt) / 1_000);
}

export function architectureBody({ inputModalities, outputModalities }: Model) {
  return {
    modality: `${inputModalities.join('+')}->${outputModalities.join('+')}`,
    input_modalities: inputModalities,
    output_modalities: outputModalities,
    tokenizer: 'Other',
    instruct_type: null,
  };
}
