import type { ModelVariant } from '../src/chat.ts';
import type { ConsideredModel, ModelChoice, ModelChoiceStrategy } from '../src/completion.ts';
import { builder, enumOf } from './builder.ts';
import { ModelRef } from './model.ts';

const ModelVariantEnum = enumOf<ModelVariant>(
  'ModelVariant',
  'What may follow the name of a model after a colon, in lower case. It holds for the model that bears it.',
  {
    nitro: 'The endpoint that writes the most tokens a second first, as with `sort: { by: THROUGHPUT }`.',
    floor: 'The cheapest endpoint first, as with `sort: { by: PRICE }`.',
    exacto: 'The endpoint that calls tools most reliably first, as with `sort: { by: EXACTO }`.',
    free: 'Only endpoints that charge nothing: not for prompts, answers, requests or images.',
  },
);

const ModelChoiceStrategyEnum = enumOf<ModelChoiceStrategy>(
  'ModelChoiceStrategy',
  'How a model came to answer a request.',
  {
    direct: 'The request names it by its slug, or names none and it is the default.',
    variant: 'The request names it by its slug with a variant.',
    alias: 'The request uses another name of it, from the catalog or the configuration.',
    latest: 'The request asks for the newest model of a family, `author/family-latest`.',
    auto: 'The request asks for `pointsman/auto`, which chose it.',
    fallback: 'It was named in `models`, and no model before it answered.',
  },
);

const ConsideredModelRef = builder.objectRef<ConsideredModel>('ConsideredModel').implement({
  description: 'A model that could have answered a request.',
  fields: (t) => ({
    model: t.expose('model', { type: ModelRef, description: 'The model that was in question.' }),
    note: t.exposeString('note', { description: 'What spoke for or against it, for people to read.' }),
  }),
});

export const ModelChoiceRef = builder.objectRef<ModelChoice>('ModelChoice').implement({
  description: 'Why the request was answered by this model, and by which rules.',
  fields: (t) => ({
    requested: t.exposeString('requested', {
      nullable: true,
      description: 'The name in the request that led to the model. Null where the request names none.',
    }),
    strategy: t.expose('strategy', {
      type: ModelChoiceStrategyEnum,
      description: 'The way in which the name led to it.',
    }),
    variant: t.expose('variant', {
      type: ModelVariantEnum,
      nullable: true,
      description: 'The variant that the name ended in. Null where it had none.',
    }),
    reason: t.exposeString('reason', {
      description: 'The rules that decided, in a few sentences for people to read.',
    }),
    considered: t.expose('considered', {
      type: [ConsideredModelRef],
      description:
        'The models that would be tried, in order, and after them those that the auto router passed over; ten at most.',
    }),
  }),
});
