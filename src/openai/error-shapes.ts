import { z } from 'zod';
import { type ErrorSkin, openRouterError } from './failure.ts';
import { messagesError } from './messages/errors.ts';
import { responsesError } from './responses/errors.ts';
import { routingShape } from './routing-metadata.ts';

const errorType = z.string().describe('What went wrong, for programs; the same in all dialects.');
const metadata = z.record(z.string(), z.unknown());

const availability = z
  .object({
    code: z.string(),
    retryable: z.boolean(),
    retry_after: z.int().optional().describe('Seconds.'),
    requested_models: z.array(z.string()),
    affected_providers: z.array(z.string()).optional(),
    excluded_by: z.array(z.string()).optional(),
    fallback_models: z.array(z.string()).optional(),
    constraint: z.object({ field: z.string(), detail: z.string() }).optional(),
    docs_url: z.string(),
  })
  .meta({ id: 'Availability', description: 'Why nobody could serve the request.' });

const openRouterFields = {
  error: z.object({
    code: z.int().describe('The HTTP status.'),
    message: z.string(),
    metadata: z.looseObject({ error_type: errorType }),
    availability: availability.optional(),
  }),
  ...routingShape,
};

const openRouterShape = z.object(openRouterFields).meta({ id: 'Error', description: "OpenRouter's envelope." });
const responsesShape = z
  .object({ ...openRouterFields, error_type: errorType })
  .meta({ id: 'ResponsesError', description: "OpenRouter's envelope, with the kind of error beside it." });
const messagesShape = z
  .object({
    type: z.literal('error'),
    error: z.object({
      type: z.string(),
      message: z.string(),
      error_type: errorType,
      metadata: metadata.optional(),
      availability: availability.optional(),
    }),
    ...routingShape,
  })
  .meta({ id: 'MessagesError', description: "Anthropic's envelope." });

/** What a dialect's failures look like, for the OpenAPI document. */
export const errorShapes: ReadonlyMap<ErrorSkin, z.ZodType> = new Map<ErrorSkin, z.ZodType>([
  [openRouterError, openRouterShape],
  [responsesError, responsesShape],
  [messagesError, messagesShape],
]);
