import { GenerationNotFound } from '../src/errors.ts';
import { builder } from './builder.ts';
import { GenerationNotFoundRef } from './error.ts';

interface CancelledGeneration {
  readonly generationId: string;
}

const CancelledGenerationRef = builder.objectRef<CancelledGeneration>('CancelledGeneration').implement({
  description: 'The generation was told to stop. Its stream, or its mutation, ends with what was written until then.',
  fields: (t) => ({
    generationId: t.exposeID('generationId', { description: 'The generation that was cancelled.' }),
  }),
});

const CancelGenerationResult = builder.unionType('CancelGenerationResult', {
  description: 'The generation that was cancelled, or why none was.',
  types: [CancelledGenerationRef, GenerationNotFoundRef],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'CancelledGeneration'),
});

builder.mutationField('cancelGeneration', (t) =>
  t.field({
    type: CancelGenerationResult,
    description:
      'Stops a running generation of the own account, whoever reads it, and closes the connection to the provider at once.',
    args: {
      id: t.arg.id({ required: true, description: 'The `generationId` that the stream told with its first event.' }),
    },
    resolve: (_root, { id }, { generations, caller }) =>
      generations.cancel(id, caller) ? { generationId: id } : { failure: new GenerationNotFound(id) },
  }),
);
