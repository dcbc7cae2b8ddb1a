import { type ChatRequest, mostEmbeddingInputs } from '../src/chat.ts';
import { builder } from './builder.ts';
import { checkCount, checkName, checkNames, checkRange, present, refuse } from './check.ts';
import { ProviderPreferencesInput, toProviderPreferences } from './provider-preferences.ts';

export const EmbeddingInput = builder.inputType('EmbeddingInput', {
  description: 'A request for the vectors of some texts.',
  fields: (t) => ({
    model: t.string({
      required: true,
      description:
        'Which model: `author/name` or an alias, with or without a variant. One whose `outputModalities` are EMBEDDINGS; `models(filter: { outputModalities: [EMBEDDINGS] })` lists them.',
    }),
    models: t.stringList({
      description:
        'Models to try in this order when `model` cannot serve; at most 20. The vectors of two models cannot be compared: look at `model` in the answer before they are put together with others.',
    }),
    texts: t.stringList({
      required: true,
      description: 'What is to become vectors, one each: 1 to 2,048 texts, none of them empty.',
    }),
    dimensions: t.int({
      description:
        'How many numbers each vector is to have, where the model can make shorter ones than it does by itself. An endpoint that makes others has failed. Absent: what the model does.',
    }),
    inputType: t.string({
      description:
        "What the vectors are for, where the model tells that apart: `search_query`, `search_document`, or the provider's own word. Absent, and for other models: nothing in particular.",
    }),
    provider: t.field({
      type: ProviderPreferencesInput,
      description: 'Who may serve the request; absent for no preference.',
    }),
    user: t.string({
      description: "A stable name for the end user, for the provider's abuse detection. Not a real name.",
    }),
    sessionId: t.string({
      description:
        'Any name, at most 256 characters, that the record of the request is to carry. Not sent to providers.',
    }),
    timeoutMs: t.int({
      description: "How many milliseconds the whole request may take. Absent: the server's limit alone.",
    }),
    idempotencyKey: t.string({
      description:
        'Makes it safe to send the request again: with the same key, from the same API key, it is the same generation, and its vectors are given again for some minutes. 1 to 255 printable ASCII characters.',
    }),
  }),
});

const mostModels = 20;

/** The request in the program's words. Throws InvalidRequest, whose path names the field, for one that cannot be. */
export function toEmbeddingRequest(input: typeof EmbeddingInput.$inferInput): ChatRequest {
  const { texts, dimensions, inputType, provider, idempotencyKey: _, ...plain } = input;
  checkName('model', plain.model);
  checkNames('models', plain.models, mostModels);
  checkName('user', plain.user);
  checkName('sessionId', plain.sessionId);
  checkName('inputType', inputType);
  checkRange('timeoutMs', plain.timeoutMs, 1);
  checkRange('dimensions', dimensions, 1);
  if (texts.length === 0) refuse('texts', 'is empty: give at least one text.');
  checkCount('texts', texts, mostEmbeddingInputs, 'texts');
  const empty = texts.indexOf('');
  if (empty !== -1) refuse(`texts[${empty}]`, 'is empty, and so has no vector.');
  return {
    ...present({ ...plain, provider: provider == null ? null : toProviderPreferences(provider) }),
    messages: [],
    embedding: { inputs: texts, ...present({ dimensions, inputType }) },
  };
}
