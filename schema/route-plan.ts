import type {
  CostEstimate,
  ExpectedCost,
  PlannedCandidate,
  PlannedStage,
  RoutePlan,
  WeightTerm,
} from '../src/completion.ts';
import { builder } from './builder.ts';
import { ChatCompletionInput, toChatRequest } from './chat-input.ts';
import { EndpointRef } from './endpoint.ts';
import { completionErrors, ExcludedEndpointRef, resultOf } from './error.ts';
import { ModelRef } from './model.ts';
import { ModelChoiceRef } from './model-choice.ts';

const ExpectedCostRef = builder.objectRef<ExpectedCost>('ExpectedCost').implement({
  description: 'What a request is expected to cost at one endpoint, and the token counts that this rests on.',
  fields: (t) => ({
    total: t.expose('total', { type: 'Decimal', description: 'US dollars for the whole request.' }),
    prompt: t.expose('prompt', {
      type: 'Decimal',
      description: 'The part of the prompt, with what is charged for images and for a request as such.',
    }),
    completion: t.expose('completion', { type: 'Decimal', description: 'The part of the answer.' }),
    promptTokens: t.exposeInt('promptTokens', {
      description: 'How many tokens the prompt has, estimated from its characters.',
    }),
    cachedTokens: t.exposeInt('cachedTokens', {
      description: "How many of them are expected to come out of the provider's cache, as measured so far.",
    }),
    completionTokens: t.exposeInt('completionTokens', {
      description: 'How many tokens the answer is taken to have: what such answers usually have, `maxTokens` at most.',
    }),
  }),
});

const WeightTermRef = builder.objectRef<WeightTerm>('WeightTerm').implement({
  description: 'One factor of the weight by which the order of endpoints is drawn.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What the factor is about, such as `price` or `latency`.' }),
    factor: t.exposeFloat('factor', { description: 'What it multiplies the weight by.' }),
    meaning: t.exposeString('meaning', { description: 'How the factor comes about, for people to read.' }),
  }),
});

const PlannedCandidateRef = builder.objectRef<PlannedCandidate>('PlannedCandidate').implement({
  description: 'An endpoint that may serve the request, in its place.',
  fields: (t) => ({
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint that would be called.' }),
    model: t.expose('model', { type: ModelRef, description: 'The model that it would answer with.' }),
    place: t.exposeInt('place', {
      description: 'Its place in the order in which endpoints would most likely be tried: 1 for the first.',
    }),
    stage: t.exposeInt('stage', { description: 'Which of `stages` it belongs to, 0 for the first.' }),
    withinAttempts: t.exposeBoolean('withinAttempts', {
      description:
        'Whether the request would still come to it if all before it failed. A request makes three attempts, two on a model while another is left, and one on each where fallbacks are not allowed.',
    }),
    share: t.exposeFloat('share', {
      nullable: true,
      description:
        'The probability, 0 to 1, that it is the first to be tried of its stage. Null where the order is not drawn but given, by `order`, `sort` or the strategy.',
    }),
    expectedCost: t.expose('expectedCost', {
      type: ExpectedCostRef,
      description: 'What the request would cost there.',
    }),
    weight: t.exposeFloat('weight', {
      nullable: true,
      description:
        'What its share is in proportion to: the product of `terms`, unless that is too small to be tried now and then. Null where nothing is drawn.',
    }),
    terms: t.expose('terms', {
      type: [WeightTermRef],
      description: 'What the weight is made of. Empty where the order is not drawn.',
    }),
    holdsCache: t.exposeBoolean('holdsCache', {
      description: 'Whether it served this conversation last, within five minutes, and so may still hold its prompt.',
    }),
    reason: t.exposeString('reason', { description: 'Why it stands in this place, for people to read.' }),
  }),
});

const PlannedStageRef = builder.objectRef<PlannedStage>('PlannedStage').implement({
  description: 'Models whose endpoints are tried before those of the next stage.',
  fields: (t) => ({
    models: t.expose('models', {
      type: [ModelRef],
      description: 'Mostly one. Several where `sort` ranks the endpoints of all models together.',
    }),
    mostAttempts: t.exposeInt('mostAttempts', {
      description:
        'How many attempts the stage gets at most, if all stages before it have used up theirs. The only endpoint of the last one may be called again.',
    }),
  }),
});

const CostEstimateRef = builder.objectRef<CostEstimate>('CostEstimate').implement({
  description:
    'What the request will cost in US dollars, over the candidates that it may come to: where the order is drawn, also over those that are unlikely to come first. An estimate.',
  fields: (t) => ({
    lowest: t.expose('lowest', { type: 'Decimal', description: 'At the cheapest of them.' }),
    expected: t.expose('expected', {
      type: 'Decimal',
      description: 'At the endpoint that is tried first: the mean by shares where that is drawn.',
    }),
    highest: t.expose('highest', { type: 'Decimal', description: 'At the dearest of them.' }),
    prompt: t.expose('prompt', { type: 'Decimal', description: 'The part of `expected` that the prompt costs.' }),
    completion: t.expose('completion', {
      type: 'Decimal',
      description: 'The part of `expected` that the answer costs.',
    }),
    promptTokens: t.exposeInt('promptTokens', {
      description: 'The assumed length of the prompt in tokens, estimated from its characters.',
    }),
    completionTokens: t.exposeInt('completionTokens', {
      description: 'The assumed length of the answer in tokens, at the first candidate.',
    }),
  }),
});

const RoutePlanRef = builder.objectRef<RoutePlan>('RoutePlan').implement({
  description: 'What would become of a request at this moment, and why.',
  fields: (t) => ({
    modelChoices: t.expose('modelChoices', {
      type: [ModelChoiceRef],
      description:
        'How the names in the request became models, one for each model, in the order in which they are tried.',
    }),
    stages: t.expose('stages', {
      type: [PlannedStageRef],
      description: 'The models in the order in which they are fallen back to.',
    }),
    candidates: t.expose('candidates', {
      type: [PlannedCandidateRef],
      description: 'The endpoints that may serve it, in the order in which they would most likely be tried.',
    }),
    excluded: t.expose('exclusions', {
      type: [ExcludedEndpointRef],
      description: 'The endpoints of its models that may not serve it now, and which rule removed each.',
    }),
    estimatedCost: t.expose('estimatedCost', { type: CostEstimateRef, description: 'What it will cost, about.' }),
    remarks: t.exposeStringList('remarks', {
      description: 'What in the preferences means nothing here, such as the name of a provider that is not known.',
    }),
  }),
});

const RoutePlanResult = builder.unionType('RoutePlanResult', {
  description: 'The plan, or the error in which the request would end as things are.',
  types: [RoutePlanRef, ...completionErrors],
  resolveType: (result) => ('failure' in result ? result.failure.name : 'RoutePlan'),
});

builder.queryField('routePlan', (t) =>
  t.field({
    type: RoutePlanResult,
    description:
      'Which endpoints a request would be sent to, in which order and why, and what it would cost. The code that serves requests answers; nothing is sent to anyone, and nothing changes.',
    args: {
      input: t.arg({
        type: ChatCompletionInput,
        required: true,
        description: 'The request, as `createChatCompletion` takes it.',
      }),
    },
    resolve: (_root, { input }, { generations, caller }) =>
      resultOf(async () => generations.plan(toChatRequest(input), caller)),
  }),
);
