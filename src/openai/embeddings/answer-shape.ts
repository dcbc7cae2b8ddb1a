import { z } from 'zod';
import { costDetailsShape } from '../chat/answer-shapes.ts';
import { routingShape } from '../routing-metadata.ts';

/** A whole answer of `POST /embeddings`. */
export const embeddingsShape = z
  .object({
    object: z.literal('list'),
    id: z.string().describe('The generation, as `X-Generation-Id` has it.'),
    data: z.array(
      z.object({
        object: z.literal('embedding'),
        index: z.int().min(0).describe('The place of its text in `input`.'),
        embedding: z.union([z.array(z.number()), z.string()]).describe('As `encoding_format` asks for it.'),
      }),
    ),
    model: z.string(),
    provider: z.string().describe('Who made them.'),
    usage: z.object({
      prompt_tokens: z.int().min(0),
      total_tokens: z.int().min(0),
      cost: z.number().min(0).describe('US dollars.'),
      is_byok: z.boolean(),
      cost_details: costDetailsShape,
    }),
    ...routingShape,
  })
  .meta({ id: 'Embeddings' });
