import { z } from 'zod';
import type { Pricing } from '../src/catalog.ts';
import type { Json } from '../src/chat.ts';
import { failureKinds } from '../src/errors.ts';
import { quantizations } from '../src/provider-preferences.ts';
import { AttemptOutcomeEnum, attemptFields } from './attempt.ts';
import { builder, wholeMs } from './builder.ts';
import { present } from './check.ts';
import { EndpointRef, QuantizationEnum } from './endpoint.ts';
import { PricingRef } from './pricing.ts';

const decimal = z.string();
const pricingShape = z.object({
  prompt: decimal,
  completion: decimal,
  request: decimal,
  image: decimal.optional(),
  cacheRead: decimal.optional(),
  cacheWrite: decimal.optional(),
  reasoning: decimal.optional(),
  validFrom: z.string().optional(),
  provenance: z.enum(['built_in', 'configuration', 'discovered']).optional(),
  overrides: z
    .array(
      z.object({
        minPromptTokens: z.number(),
        prompt: decimal.optional(),
        completion: decimal.optional(),
        cacheRead: decimal.optional(),
        cacheWrite: decimal.optional(),
      }),
    )
    .default([]),
});
const endpointShape = z.object({
  id: z.string(),
  upstreamModel: z.string().optional(),
  quantization: z.enum(quantizations).optional(),
  pricing: pricingShape.optional(),
});
const attemptShape = z.object({
  endpoint: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'cancelled']).optional(),
  failureKind: z.enum(failureKinds).optional(),
  status: z.number().optional(),
  startedAt: z.number().optional(),
  firstContentMs: z.number().optional(),
  durationMs: z.number().optional(),
  cost: decimal.optional(),
});

type RecordedEndpoint = z.infer<typeof endpointShape>;
type RecordedAttempt = z.infer<typeof attemptShape>;

/** The endpoint in a record; null where nothing served it. */
export function recordedEndpoint(stored: Json | undefined): RecordedEndpoint | null {
  return endpointShape.safeParse(stored).data ?? null;
}

/** The attempts in a record, without what is none. */
export function recordedAttempts(stored: readonly Json[]): readonly RecordedAttempt[] {
  return stored.flatMap((attempt) => attemptShape.safeParse(attempt).data ?? []);
}

export const RecordedEndpointRef = builder.objectRef<RecordedEndpoint>('RecordedEndpoint').implement({
  description: 'An endpoint as it was when it served a generation. The catalog may have changed since.',
  fields: (t) => ({
    name: t.exposeString('id', { description: "Which endpoint: the model's slug, `@`, and the endpoint's tag." }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: "The provider's own name for the model. Null where it is not on record.",
    }),
    quantization: t.expose('quantization', {
      type: QuantizationEnum,
      nullable: true,
      description: 'The number format in which it kept the weights. Null where it is not on record.',
    }),
    pricing: t.field({
      type: PricingRef,
      nullable: true,
      description: 'The price list by which the generation was billed. Null where it is not on record.',
      resolve: ({ pricing }): Pricing | null => (pricing === undefined ? null : toPricing(pricing)),
    }),
    endpoint: t.field({
      type: EndpointRef,
      nullable: true,
      description: 'The endpoint as it is now. Null where the catalog no longer has it.',
      resolve: ({ id }, _args, { catalog }) => catalog.endpoint(id) ?? null,
    }),
  }),
});

export const RecordedAttemptRef = builder.objectRef<RecordedAttempt>('RecordedAttempt').implement({
  description: "One call of one endpoint for a generation, as it stands in the books, without the provider's sentence.",
  fields: (t) => ({
    name: t.exposeString('endpoint', { description: "Which endpoint: the model's slug, `@`, and the endpoint's tag." }),
    endpoint: t.field({
      type: EndpointRef,
      nullable: true,
      description: 'The endpoint as it is now. Null where the catalog no longer has it.',
      resolve: ({ endpoint }, _args, { catalog }) => catalog.endpoint(endpoint) ?? null,
    }),
    outcome: t.expose('outcome', {
      type: AttemptOutcomeEnum,
      nullable: true,
      description: 'How the call ended. Null where that is not on record.',
    }),
    failureKind: t.expose('failureKind', attemptFields.failureKind),
    status: t.exposeInt('status', attemptFields.status),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the call began. Null where that is not on record.',
    }),
    firstContentMs: t.int(attemptFields.firstContentMs),
    durationMs: t.int({
      nullable: true,
      description: 'Milliseconds from the start to the end of the call. Null where that is not on record.',
      resolve: ({ durationMs }) => wholeMs(durationMs),
    }),
    operatorCost: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'What the call cost the operator, in US dollars. Null where it cost nothing that is known, and without the scope `ADMIN`.',
      resolve: ({ cost }, _args, { caller }) => (caller.scopes.has('admin') ? (cost ?? null) : null),
    }),
  }),
});

/** Without the fields that zod leaves as undefined. */
function toPricing({ prompt, completion, request, overrides, ...others }: z.infer<typeof pricingShape>): Pricing {
  const kept = overrides.map(({ minPromptTokens, ...prices }) => ({ minPromptTokens, ...present(prices) }));
  return { prompt, completion, request, ...present(others), overrides: kept };
}
