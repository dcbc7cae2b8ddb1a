import { z } from 'zod';
import type { Catalog, Endpoint, Model } from '../../catalog.ts';
import { dearer, isPrice, perPiece } from '../../pricing.ts';
import type { EndpointHealthReader } from '../../routing/endpoint-health.ts';
import { createdOf } from './model-body.ts';
import { cheapestOf } from './pricing.ts';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== ''),
);
const count = z.coerce.number().pipe(z.int().min(0));
const number = z.coerce.number();
const perMillion = z.string().refine(isPrice, 'must be US dollars per million tokens.').transform(perPiece);

const share = z.coerce.number().pipe(z.number().min(0).max(1));
/** What OpenRouter knows of models and this server does not. */
const unknown = z.string().describe('Taken, and without effect: it is not known here.').optional();

const orders = [
  'newest',
  'pricing-low-to-high',
  'pricing-high-to-low',
  'context-high-to-low',
  'throughput-high-to-low',
  'latency-low-to-high',
] as const;

/** What `GET /models` may be asked for. */
export const modelQuery = z.object({
  q: z.string().optional().describe('A text that the slug or the name contains.'),
  supported_parameters: list.optional().describe('Parameters that one endpoint understands all of.'),
  input_modalities: list.optional(),
  output_modalities: list.optional().describe('`all` for every model; absent: those that write text.'),
  context: number.optional().describe('The least context length.'),
  min_price: perMillion.optional(),
  max_price: perMillion.optional(),
  min_output_price: perMillion.optional(),
  max_output_price: perMillion.optional(),
  arch: z.string().optional().describe('A word of the name, such as Llama.'),
  model_authors: list.optional(),
  providers: list.optional().describe('Slugs or names of providers.'),
  zdr: z.enum(['true', 'false']).optional().describe('`true`: only models with an endpoint that retains nothing.'),
  min_age_days: number.optional(),
  max_age_days: number.optional(),
  sort: z
    .string()
    .optional()
    .describe(`One of ${orders.join(', ')}; any other leaves the usual order.`),
  offset: count.optional(),
  limit: count.pipe(z.number().min(1).max(1_000)).optional(),
  available: z
    .enum(['all'])
    .optional()
    .describe('`all` lists also the models that nobody could serve now; absent: only those that can be asked.'),
  min_tool_success_rate: share
    .optional()
    .describe('The least share of answers with tool calls, 0 to 1, that had no fault in the last day.'),
  max_tool_success_rate: share.optional().describe('The greatest such share.'),
  ...{ category: unknown, distillable: unknown, region: unknown, use_rss: unknown },
  ...{ min_intelligence_index: unknown, max_intelligence_index: unknown },
  ...{ min_coding_index: unknown, max_coding_index: unknown },
  ...{ min_agentic_index: unknown, max_agentic_index: unknown },
});
export type ModelQuery = z.infer<typeof modelQuery>;

/** The models that a query asks for, all of them and in its order. */
export function selectModels(
  query: ModelQuery,
  catalog: Catalog,
  health: EndpointHealthReader,
  nowMs: number,
): readonly Model[] {
  const tests = testsOf(query, catalog, health, nowMs);
  const found = catalog.models.filter((model) => tests.every((test) => test(model)));
  return sorted(found, query.sort, catalog, health);
}

const dayMs = 86_400_000;

function testsOf(
  query: ModelQuery,
  catalog: Catalog,
  health: EndpointHealthReader,
  nowMs: number,
): readonly ((model: Model) => boolean)[] {
  const tests: ((model: Model) => boolean)[] = [];
  const add = <Value>(value: Value | undefined, test: (value: Value, model: Model) => boolean) => {
    if (value !== undefined) tests.push((model) => test(value, model));
  };
  const ofEndpoints = (model: Model, test: (endpoint: Endpoint) => boolean) =>
    catalog.endpointsOfModel(model.slug).some(test);
  const ageDays = (model: Model) => (nowMs - createdOf(model) * 1_000) / dayMs;
  const price = (model: Model) => cheapestOf(catalog, model.slug)?.pricing;

  if (query.available === undefined) tests.push(({ slug }) => catalog.available(slug));
  const written = query.output_modalities ?? ['text'];
  if (!written.includes('all')) tests.push((model) => written.every((kind) => includes(model.outputModalities, kind)));
  add(query.q?.toLowerCase(), (text, { slug, name }) => `${slug}\n${name}`.toLowerCase().includes(text));
  add(query.arch?.toLowerCase(), (text, { slug, name }) => `${slug}\n${name}`.toLowerCase().includes(text));
  add(query.supported_parameters, (wanted, model) =>
    ofEndpoints(model, ({ supportedParameters }) => wanted.every((one) => includes([...supportedParameters], one))),
  );
  add(query.input_modalities, (wanted, model) => wanted.every((kind) => includes(model.inputModalities, kind)));
  add(query.context, (least, { contextLength }) => contextLength >= least);
  add(query.min_price, (least, model) => !dearer(least, price(model)?.prompt ?? '0'));
  add(query.max_price, (most, model) => !dearer(price(model)?.prompt ?? '0', most));
  add(query.min_output_price, (least, model) => !dearer(least, price(model)?.completion ?? '0'));
  add(query.max_output_price, (most, model) => !dearer(price(model)?.completion ?? '0', most));
  add(query.model_authors, (authors, { author }) => authors.includes(author.toLowerCase()));
  add(query.providers, (wanted, model) =>
    ofEndpoints(model, ({ provider }) => {
      const name = catalog.provider(provider)?.name.toLowerCase();
      return wanted.includes(provider.toLowerCase()) || (name !== undefined && wanted.includes(name));
    }),
  );
  if (query.zdr === 'true') tests.push((model) => ofEndpoints(model, retainsNothing));
  add(query.min_age_days, (least, model) => ageDays(model) >= least);
  add(query.max_age_days, (most, model) => createdOf(model) > 0 && ageDays(model) <= most);
  const success = (model: Model) => toolSuccess(catalog.endpointsOfModel(model.slug), health);
  add(query.min_tool_success_rate, (least, model) => (success(model) ?? -1) >= least);
  add(query.max_tool_success_rate, (most, model) => (success(model) ?? 2) <= most);
  return tests;
}

/** The share of answers with tool calls that had no fault; `undefined` where none was judged. */
function toolSuccess(endpoints: readonly Endpoint[], health: EndpointHealthReader): number | undefined {
  let answers = 0;
  let faultless = 0;
  for (const endpoint of endpoints) {
    const judged = health.measured(endpoint).toolCalls('one_day');
    if (judged === undefined) continue;
    answers += judged.answers;
    faultless += judged.answers * (1 - judged.faulty);
  }
  return answers === 0 ? undefined : faultless / answers;
}

/** Whether an endpoint is known to keep nothing of what it is sent, and not to train on it. */
export function retainsNothing({ dataPolicy }: Endpoint): boolean {
  return dataPolicy.trainsOnPrompts === false && dataPolicy.retention === 'none';
}

function includes(list: readonly string[], item: string): boolean {
  return list.includes(item);
}

function sorted(
  models: readonly Model[],
  order: string | undefined,
  catalog: Catalog,
  health: EndpointHealthReader,
): readonly Model[] {
  /** The best median of a model's endpoints; those without one come last. */
  const byMedian = (measure: 'latency' | 'throughput', better: (...medians: number[]) => number, worst: number) => {
    const median = (endpoint: Endpoint) => health.measured(endpoint)[measure]('thirty_minutes')?.p50 ?? worst;
    const best = new Map(
      models.map(({ slug }) => [slug, better(worst, ...catalog.endpointsOfModel(slug).map(median))]),
    );
    const of = ({ slug }: Model) => best.get(slug) ?? worst;
    return models.toSorted((a, b) => (of(a) === of(b) ? 0 : better(of(a), of(b)) === of(a) ? -1 : 1));
  };
  switch (order) {
    case 'newest':
      return models.toSorted((a, b) => createdOf(b) - createdOf(a));
    case 'context-high-to-low':
      return models.toSorted((a, b) => b.contextLength - a.contextLength);
    case 'latency-low-to-high':
      return byMedian('latency', Math.min, Number.POSITIVE_INFINITY);
    case 'throughput-high-to-low':
      return byMedian('throughput', Math.max, 0);
    case 'pricing-low-to-high':
      return models.toSorted((a, b) => meanPrice(a, catalog) - meanPrice(b, catalog));
    case 'pricing-high-to-low':
      return models.toSorted((a, b) => meanPrice(b, catalog) - meanPrice(a, catalog));
    default:
      return models;
  }
}

/** The mean of both prices, to sort by: which of two nearly equal ones comes first does not matter. */
function meanPrice({ slug }: Model, catalog: Catalog): number {
  const { prompt = '0', completion = '0' } = cheapestOf(catalog, slug)?.pricing ?? {};
  return (Number(prompt) + Number(completion)) / 2;
}
