import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Catalog } from '../catalog.ts';
import type { ChatRequest } from '../chat.ts';
import type { Attempt, Completion, ModelChoice, ModelChoiceStrategy } from '../completion.ts';
import { CompletionError } from '../errors.ts';
import { failureOf } from './failure.ts';

/** What an answer says of its routing beside what was asked for: nothing, where the request did not ask for that. */
export interface RoutingMetadata {
  /** The names of the models that were asked for. */
  readonly requested: readonly string[];
  readonly ofCompletion: (completion: Completion) => Told;
  /** Nothing where the failure is a bug. */
  readonly ofFailure: (error: unknown) => Told;
}
type Told = { readonly openrouter_metadata?: object };

/** The same, for the OpenAPI document: fields of whatever ends an answer. */
export const routingShape = {
  openrouter_metadata: z
    .object({
      requested: z.string(),
      strategy: z.string(),
      region: z.null(),
      summary: z.string(),
      attempt: z.int(),
      is_byok: z.boolean(),
      generation_time: z.int().optional().describe('Milliseconds.'),
      endpoints: z.object({
        total: z.int(),
        available: z.array(z.object({ provider: z.string(), model: z.string(), selected: z.boolean() })),
      }),
      attempts: z.array(z.object({ provider: z.string(), model: z.string(), status: z.int() })),
      pipeline: z.array(z.unknown()),
    })
    .meta({ id: 'RoutingMetadata', description: 'How the request was routed, where a header asked for it.' })
    .optional(),
};

/** For a request that did not ask. */
export const noRoutingMetadata: RoutingMetadata = {
  requested: [],
  ofCompletion: () => ({}),
  ofFailure: () => ({}),
};

/** Asked for by the header `X-OpenRouter-Metadata: enabled`, and told in OpenRouter's words. */
export function routingMetadataFor(
  request: ChatRequest,
  headers: IncomingHttpHeaders,
  catalog: Catalog,
): RoutingMetadata {
  const requested = request.model ?? catalog.defaultModel;
  const names = [requested, ...(request.models ?? [])];
  const asked = headers['x-openrouter-metadata'] ?? headers['x-openrouter-experimental-metadata'];
  if (asked !== 'enabled') return { ...noRoutingMetadata, requested: names };

  function told({ model, choice, endpointId, attempts, summary }: Routed): Told {
    const endpoints = catalog
      .endpointsOfModel(model)
      .filter(({ provider }) => catalog.provider(provider)?.configured === true);
    const last = attempts.at(-1)?.durationMs;
    return {
      openrouter_metadata: {
        requested,
        strategy: strategyOf(choice?.strategy ?? 'direct'),
        region: null,
        summary,
        attempt: attempts.length,
        is_byok: false,
        ...(last !== undefined && { generation_time: Math.round(last) }),
        endpoints: {
          total: endpoints.length,
          available: endpoints.map(({ id, provider }) => ({
            provider: nameOf(provider),
            model,
            selected: id === endpointId,
          })),
        },
        attempts: attempts.map((attempt) => ({
          provider: nameOf(attempt.endpoint.provider),
          model: attempt.endpoint.model,
          status: statusOf(attempt),
        })),
        pipeline: [],
      },
    };
  }
  const nameOf = (provider: string) => catalog.provider(provider)?.name ?? provider;

  return {
    requested: names,
    ofCompletion: ({ model, modelChoice, endpoint, attempts, provider }) =>
      told({
        model: model.slug,
        choice: modelChoice,
        endpointId: endpoint.id,
        attempts,
        summary: `${provider.name} answered as ${model.slug}. ${modelChoice?.reason ?? ''}`.trim(),
      }),
    ofFailure(error) {
      if (!(error instanceof CompletionError) || failureOf(error)?.status === 500) return {};
      const { attempts, message } = error;
      const model = attempts.at(-1)?.endpoint.model ?? catalog.model(requested)?.slug ?? requested;
      return told({ model, choice: undefined, endpointId: undefined, attempts, summary: message });
    },
  };
}

interface Routed {
  /** Its slug. */
  readonly model: string;
  readonly choice: ModelChoice | undefined;
  /** The endpoint that answered. */
  readonly endpointId: string | undefined;
  readonly attempts: readonly Attempt[];
  readonly summary: string;
}

/** OpenRouter takes a variant for a part of the name. */
function strategyOf(strategy: ModelChoiceStrategy): Exclude<ModelChoiceStrategy, 'variant'> {
  return strategy === 'variant' ? 'direct' : strategy;
}

/** What had no status gets that of a gateway, or, where we left, of a client that closed its request. */
function statusOf({ status, outcome }: Attempt): number {
  return status ?? (outcome === 'succeeded' ? 200 : outcome === 'cancelled' ? 499 : 502);
}
