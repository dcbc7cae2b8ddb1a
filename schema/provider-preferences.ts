import type { DataCollection, ProviderPreferences, ProviderSort } from '../src/chat.ts';
import { builder, enumOf } from './builder.ts';
import { checkNames, present, refuse } from './check.ts';
import { QuantizationEnum } from './endpoint.ts';

const DataCollectionEnum = enumOf<DataCollection>(
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
  exacto: 'The one that calls tools most reliably first.',
});

const ProviderSortInput = builder.inputType('ProviderSortInput', {
  description: 'In which order endpoints are tried.',
  fields: (t) => ({ by: t.field({ type: ProviderSortEnum, required: true, description: 'What decides the order.' }) }),
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

export const ProviderPreferencesInput = builder.inputType('ProviderPreferencesInput', {
  description:
    'What the caller asks of routing. Providers are named by their slugs (`deepinfra`), or by tags that pin one endpoint (`deepinfra/turbo`).',
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
  }),
});

type PreferenceFields = typeof ProviderPreferencesInput.$inferInput;

/** The preferences in the program's words. Throws InvalidRequest for names and prices that cannot be meant. */
export function toProviderPreferences(input: PreferenceFields): ProviderPreferences {
  const { sort, maxPrice, ...plain } = input;
  checkNames('provider.order', input.order);
  checkNames('provider.only', input.only);
  checkNames('provider.ignore', input.ignore);
  for (const [name, price] of Object.entries(maxPrice ?? {})) {
    if (price?.startsWith('-')) refuse(`provider.maxPrice.${name}`, `is ${price}, but must not be negative.`);
  }
  return present({ ...plain, sort: sort?.by, maxPrice: maxPrice == null ? null : present(maxPrice) });
}
