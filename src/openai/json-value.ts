import { z } from 'zod';
import type { Json } from '../chat.ts';

/** Any JSON value. Under a name of its own in the OpenAPI document, where it refers to itself. */
export const jsonValue: z.ZodType<Json> = z
  .lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(jsonValue), z.record(z.string(), jsonValue)]),
  )
  .meta({ id: 'Json', description: 'Any JSON value.' });
