import { z } from 'zod';
import { type ChatRequest, type EmbeddingInput, mostEmbeddingInputs } from '../../chat.ts';
import { preferencesBody, toPreferences } from '../chat/preferences.ts';
import { present, refuse } from '../check.ts';

const name = z.string().trim().min(1).max(256);
const token = z.int().min(0);
const part = z.object({
  type: z.literal('text', 'must be `text`: pictures, sound and files cannot be embedded here.'),
  text: z.string(),
});

/** The body of `POST /embeddings`. Fields that it does not name are ignored. */
export const embeddingsBody = z.object({
  input: z
    .union([
      z.string(),
      z.array(z.string()),
      z.array(token),
      z.array(z.array(token)),
      z.array(z.object({ content: z.array(part).min(1) })),
    ])
    .describe(
      `What is to become vectors: a text, up to ${mostEmbeddingInputs} texts, one list of token numbers or several, or texts in parts. None may be empty.`,
    ),
  model: name.nullish().describe('One of `GET /embeddings/models`; required, unless `models` names one.'),
  models: z
    .array(name)
    .nullish()
    .describe('Models to try in this order when `model` cannot serve. Vectors of two models cannot be compared.'),
  encoding_format: z
    .enum(['float', 'base64'])
    .nullish()
    .describe('base64: 32-bit floats, the lowest byte first. float by default.'),
  dimensions: z.int().min(1).nullish().describe('How many numbers each vector is to have, where the model can.'),
  input_type: name.nullish().describe('What the vectors are for: `search_query`, `search_document` …'),
  provider: preferencesBody.nullish(),
  user: name.nullish(),
  session_id: name.nullish().describe('Stands in the record.'),
  trace: z.unknown().describe('Taken, and without effect.').optional(),
});
export type EmbeddingsBody = z.infer<typeof embeddingsBody>;

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that cannot be. */
export function toEmbeddingRequest(body: EmbeddingsBody): ChatRequest {
  const [model = refuse('model', 'is missing: name one of `GET /embeddings/models`.'), ...models] = [
    ...(body.model == null ? [] : [body.model]),
    ...(body.models ?? []),
  ];
  const { dimensions, input_type: inputType, user, session_id: sessionId, provider } = body;
  return {
    model,
    ...(models.length > 0 && { models }),
    ...present({ user, sessionId, provider: provider == null ? null : toPreferences(provider) }),
    messages: [],
    embedding: { inputs: inputsOf(body.input), ...present({ dimensions, inputType }) },
  };
}

function inputsOf(given: EmbeddingsBody['input']): EmbeddingInput['inputs'] {
  const inputs = asList(given);
  if (inputs.length === 0) refuse('input', 'is empty: give at least one text.');
  if (inputs.length > mostEmbeddingInputs) {
    refuse('input', `has ${inputs.length} texts, but may have ${mostEmbeddingInputs}.`);
  }
  const empty = inputs.findIndex(({ length }) => length === 0);
  if (empty !== -1) refuse(Array.isArray(given) ? `input[${empty}]` : 'input', 'is empty, and so has no vector.');
  return inputs;
}

function asList(given: EmbeddingsBody['input']): EmbeddingInput['inputs'] {
  if (typeof given === 'string') return [given];
  const tokens = given.filter((each) => typeof each === 'number');
  if (tokens.length > 0) return [tokens];
  return given.flatMap((each) => {
    if (typeof each === 'number') return [];
    if (typeof each === 'string' || Array.isArray(each)) return [each];
    return [each.content.map(({ text }) => text).join('\n')];
  });
}
