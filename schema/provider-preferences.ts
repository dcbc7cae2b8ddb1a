import type { JsonObject } from '../src/chat.ts';
import type {
  DataCollection,
  PercentileBounds,
  ProviderPreferences,
  ProviderSort,
  SortPartition,
} from '../src/provider-preferences.ts';
import { builder, enumOf } from './builder.ts';
import { checkCount, checkNames, checkRange, present, refuse } from './check.ts';
import { QuantizationEnum } from './endpoint.ts';

export const DataCollectionEnum = enumOf<DataCollection>(
  'DataCollection',
  'Whether providers may keep prompts or train on them.',
  {
    allow: 'Any provider may serve the request.',
    deny: 'Only endpoints that say they neither store prompts nor train on them.',
  },
);

const ProviderSortEnum = enumOf<ProviderSort>('ProviderSort', 'What to order endpoints by.', {
  price: 'The cheapest first.',
  throughput: 'The one that writes the most tokens a second first.',
  latency: 'The one whose first token comes soonest first.',
  exacto:
    'The one with the fewest faulty tool calls first: those known to be good, then those with fewer than ten judged answers, last ' +
    'those clearly worse than the best. Equal ones by price.',
});

const SortPartitionEnum = enumOf<SortPartition>(
  'ProviderSortPartition',
  'Which endpoints are put in order together, where a request names several models.',
  {
    model: 'Those of one model: the second model is tried when the first cannot serve.',
    none: 'Those of all models: the best endpoint serves, whichever of the models it has.',
  },
);

const ProviderSortInput = builder.inputType('ProviderSortInput', {
  description: 'In which order endpoints are tried.',
  fields: (t) => ({
    by: t.field({ type: ProviderSortEnum, required: true, description: 'What decides the order.' }),
    partition: t.field({
      type: SortPartitionEnum,
      description: 'Whether the order goes across the models that are asked for. Absent: MODEL.',
    }),
  }),
});

const MaxPriceInput = builder.inputType('MaxPriceInput', {
  description:
    'The dearest that is accepted, in US dollars. Dearer endpoints are not tried, even if nobody else is left.',
  fields: (t) => ({
    prompt: t.field({ type: 'Decimal', description: 'The most for a token of the prompt; absent for any price.' }),
    completion: t.field({ type: 'Decimal', description: 'The most for a token of the answer; absent for any price.' }),
    request: t.field({ type: 'Decimal', description: 'The most for a request as such; absent for any price.' }),
    image: t.field({ type: 'Decimal', description: 'The most for an image in the prompt; absent for any price.' }),
  }),
});

const PercentileInput = builder.inputType('PercentileInput', {
  description: 'A bound for one or more percentiles of what was measured of late. All that are given must hold.',
  fields: (t) => ({
    p50: t.float({ description: 'What half of the answers must do at least as well as. Absent for no bound.' }),
    p75: t.float({ description: 'What three of four answers must do at least as well as. Absent for no bound.' }),
    p90: t.float({ description: 'What nine of ten answers must do at least as well as. Absent for no bound.' }),
    p99: t.float({
      description: 'What all answers but one in a hundred must do at least as well as. Absent for no bound.',
    }),
  }),
});

export const ProviderPreferencesInput = builder.inputType('ProviderPreferencesInput', {
  description:
    'What the caller asks of routing. Providers are named by their slugs (`deepinfra`), or by tags that pin one endpoint (`deepinfra/turbo`); at most 100 in a list.',
  fields: (t) => ({
    order: t.stringList({
      description: 'Providers to try first, in this order; then the others, unless `allowFallbacks` is false.',
    }),
    only: t.stringList({ description: 'The only providers to try; absent for all of them.' }),
    ignore: t.stringList({ description: 'Providers not to try.' }),
    allowFallbacks: t.boolean({
      description: 'Whether another endpoint may serve when the first choice, or those of `order`, fail. Absent: true.',
    }),
    requireParameters: t.boolean({
      description: 'Whether only endpoints that understand every option of the request may serve. Absent: false.',
    }),
    dataCollection: t.field({
      type: DataCollectionEnum,
      description: 'Whether providers may keep prompts. Absent: ALLOW.',
    }),
    zdr: t.boolean({
      description: 'True: only endpoints that keep nothing at all (zero data retention). Absent: false.',
    }),
    quantizations: t.field({
      type: [QuantizationEnum],
      description: 'The only number formats to accept; absent for any.',
    }),
    sort: t.field({ type: ProviderSortInput, description: 'How to order endpoints; absent for the usual balance.' }),
    maxPrice: t.field({
      type: MaxPriceInput,
      description: 'What the endpoint may cost at most; absent for any price.',
    }),
    preferredMinThroughput: t.field({
      type: PercentileInput,
      description:
        'How fast answers should be written, in completion tokens a second. Endpoints that were slower over the last 5 minutes, or ' +
        '30 where there were too few requests, are tried after the others, never refused. Absent for any speed.',
    }),
    preferredMaxLatency: t.field({
      type: PercentileInput,
      description:
        'How soon the first token should come, in milliseconds. Endpoints that were slower over the last 5 minutes, or 30 where ' +
        'there were too few requests, are tried after the others, never refused. Absent for any time.',
    }),
  }),
});

/** Each endpoint is compared with each name. */
const mostProviders = 100;

type PreferenceFields = typeof ProviderPreferencesInput.$inferInput;

/** The preferences in the program's words. Throws InvalidRequest for names and prices that cannot be meant. */
export function toProviderPreferences(input: PreferenceFields): ProviderPreferences {
  const { sort, maxPrice, preferredMinThroughput, preferredMaxLatency, ...plain } = input;
  checkNames('provider.order', input.order, mostProviders);
  checkNames('provider.only', input.only, mostProviders);
  checkNames('provider.ignore', input.ignore, mostProviders);
  checkCount('provider.quantizations', input.quantizations, mostProviders, 'formats');
  for (const [name, price] of Object.entries(maxPrice ?? {})) {
    if (price?.startsWith('-')) refuse(`provider.maxPrice.${name}`, `is ${price}, but must not be negative.`);
  }
  return present({
    ...plain,
    sort: sort?.by,
    sortPartition: sort?.partition,
    maxPrice: maxPrice == null ? null : present(maxPrice),
    preferredMinThroughput: toBounds('provider.preferredMinThroughput', preferredMinThroughput),
    preferredMaxLatencyMs: toBounds('provider.preferredMaxLatency', preferredMaxLatency),
  });
}

/** The preferences as they would be written into a request. */
export function fromProviderPreferences(preferences: ProviderPreferences): JsonObject {
  const { sort, sortPartition, maxPrice, preferredMinThroughput, preferredMaxLatencyMs, ...plain } = preferences;
  const { dataCollection, quantizations, order, only, ignore, ...flags } = plain;
  return present({
    ...flags,
    order: order && [...order],
    only: only && [...only],
    ignore: ignore && [...ignore],
    dataCollection: dataCollection?.toUpperCase(),
    quantizations: quantizations?.map((quantization) => quantization.toUpperCase()),
    sort: sort && { by: sort.toUpperCase(), ...present({ partition: sortPartition?.toUpperCase() }) },
    maxPrice: maxPrice && { ...maxPrice },
    preferredMinThroughput: preferredMinThroughput && { ...preferredMinThroughput },
    preferredMaxLatency: preferredMaxLatencyMs && { ...preferredMaxLatencyMs },
  });
}

function toBounds(path: string, input: typeof PercentileInput.$inferInput | null | undefined): PercentileBounds | null {
  if (input == null) return null;
  const bounds = present(input);
  if (Object.keys(bounds).length === 0) refuse(path, 'is empty: give at least one percentile.');
  for (const [name, bound] of Object.entries(bounds)) checkRange(`${path}.${name}`, bound, 0);
  return bounds;
}
