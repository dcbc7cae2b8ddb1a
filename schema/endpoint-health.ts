import type { EndpointHealth, EndpointState } from '../src/routing/endpoint-health.ts';
import type { Distribution, HealthWindow, ToolCallQuality } from '../src/routing/health-windows.ts';
import { badInput } from './bad-input.ts';
import { builder, type Context, enumOf } from './builder.ts';
import { EndpointRef } from './endpoint.ts';

const EndpointStateEnum = enumOf<EndpointState>(
  'EndpointState',
  'Whether requests are sent to an endpoint, and why not.',
  {
    available: 'May be chosen for any request.',
    cooling: 'The provider asked to be left alone for a while, mostly for its rate limit.',
    open: 'Failed too often of late: the circuit breaker keeps requests away from it until `coolingUntil`. Once that has passed, the next request may try it.',
    half_open: 'The circuit breaker lets one trial request through, which decides.',
    not_configured: 'Its provider has no credentials here, so it is never tried.',
  },
);

const WindowEnum = enumOf<HealthWindow>(
  'Window',
  'A span of time that ends now, over which an endpoint was measured.',
  {
    five_minutes: 'The last 5 minutes, to within half a minute: how it does now.',
    thirty_minutes: 'The last 30 minutes, to within 5 minutes: how it does usually.',
    one_day: 'The last 24 hours, to within 2 hours. Nothing is remembered longer, or over a restart.',
  },
);

const PercentilesRef = builder.objectRef<Distribution>('Percentiles').implement({
  description:
    'How measured values are spread, to within 2.5 %. Higher percentiles are always the worse values: the slower tenth of the ' +
    'answers lies beyond `p90`, above it for a latency and below it for a throughput.',
  fields: (t) => ({
    p50: t.exposeFloat('p50', { description: 'The median: half of the answers did at least this well.' }),
    p75: t.exposeFloat('p75', { description: 'Three of four answers did at least this well.' }),
    p90: t.exposeFloat('p90', { description: 'Nine of ten answers did at least this well.' }),
    p99: t.exposeFloat('p99', { description: 'All answers but one in a hundred did at least this well.' }),
    samples: t.exposeInt('samples', {
      description: 'How many values were measured; with few, high percentiles say little.',
    }),
  }),
});

const ToolCallQualityRef = builder.objectRef<ToolCallQuality>('ToolCallQuality').implement({
  description:
    'How well an endpoint calls tools: shares, 0 to 1, of its answers with tool calls that could be judged by the tools of their requests.',
  fields: (t) => ({
    answers: t.exposeInt('answers', { description: 'How many answers were judged, each as a whole.' }),
    faulty: t.exposeFloat('faulty', { description: 'The share in which at least one call has a fault of any kind.' }),
    invalidJson: t.float({
      description: 'The share in which the arguments of some call are not JSON.',
      resolve: ({ faults }) => faults.invalid_json,
    }),
    unknownName: t.float({
      description: 'The share in which some call names a tool that the request did not have.',
      resolve: ({ faults }) => faults.unknown_name,
    }),
    schemaMismatch: t.float({
      description: 'The share in which the arguments of some call do not fit the JSON Schema of the tool.',
      resolve: ({ faults }) => faults.schema_mismatch,
    }),
  }),
});

const overWindow = {
  type: WindowEnum,
  required: true,
  defaultValue: 'thirty_minutes',
  description: 'Over which time. Absent: the last 30 minutes.',
} as const;

const EndpointHealthRef = builder.objectRef<EndpointHealth>('EndpointHealth').implement({
  description: 'How an endpoint does at this moment, and did of late, as this server sees it.',
  fields: (t) => ({
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint whose health this is.' }),
    state: t.expose('state', { type: EndpointStateEnum, description: 'Whether requests are sent to it now.' }),
    coolingUntil: t.expose('coolingUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'When an endpoint that is left alone may be tried again, or now where it may be already. Null unless it is cooling or open.',
    }),
    uptime: t.float({
      nullable: true,
      args: { window: t.arg(overWindow) },
      description:
        'The share of attempts that succeeded, 0 to 1. Missing credentials, credit and models count as failures, as do answers that ' +
        'broke off; rate limits, requests that were refused or cancelled, and filtered content are left out. Null without an attempt ' +
        'that counts.',
      resolve: ({ endpoint }, { window }, { health }) => health.measured(endpoint).uptime(window),
    }),
    latency: t.field({
      type: PercentilesRef,
      nullable: true,
      args: { window: t.arg(overWindow) },
      description: 'Milliseconds from the call to the first token, of streams. Null where none was measured.',
      resolve: ({ endpoint }, { window }, { health }) => health.measured(endpoint).latency(window),
    }),
    throughput: t.field({
      type: PercentilesRef,
      nullable: true,
      args: { window: t.arg(overWindow) },
      description:
        'Completion tokens a second, from the first token to the end, of streams with at least 20 tokens. Null where none ' +
        'was measured.',
      resolve: ({ endpoint }, { window }, { health }) => health.measured(endpoint).throughput(window),
    }),
    toolCalls: t.field({
      type: ToolCallQualityRef,
      nullable: true,
      args: { window: t.arg(overWindow) },
      description: 'How well it calls tools. Null where no answer with tool calls was judged.',
      resolve: ({ endpoint }, { window }, { health }) => health.measured(endpoint).toolCalls(window),
    }),
  }),
});

builder.objectField(EndpointRef, 'health', (t) =>
  t.field({
    type: EndpointHealthRef,
    description: 'Whether requests are sent to it now, and how it has done of late.',
    resolve: (endpoint, _args, { health }) => health.read(endpoint),
  }),
);

builder.subscriptionField('endpointHealth', (t) =>
  t.field({
    type: EndpointHealthRef,
    description:
      'The health of each endpoint whose state changes, from now on. A slow reader gets the newest state only.',
    args: {
      model: t.arg.string({
        description: 'Only endpoints of the model with this slug or alias; absent for those of all models.',
      }),
      provider: t.arg.string({
        description: 'Only endpoints of the provider with this slug; absent for those of all providers.',
      }),
    },
    subscribe: (_root, { model, provider }, context) =>
      where(context.health.changes(), isAbout(model, provider, context)),
    resolve: (health) => health,
  }),
);

/** A test for the health of endpoints of that model and provider. Throws where either does not exist, and would be silent. */
function isAbout(
  model: string | null | undefined,
  provider: string | null | undefined,
  { catalog }: Context,
): (health: EndpointHealth) => boolean {
  const named = model == null ? undefined : catalog.named(model);
  if (model != null && named === undefined) throw badInput('There is no such model.');
  if (named?.by === 'auto') throw badInput('The auto router has no endpoints of its own; ask for those of a model.');
  const slug = named?.model.slug;
  if (provider != null && catalog.provider(provider) === undefined) throw badInput('There is no such provider.');
  return ({ endpoint }) =>
    (slug === undefined || endpoint.model === slug) && (provider == null || endpoint.provider === provider);
}

/** The items that pass the test. Hand-written, because the `return()` of an async generator queues behind its `next()`. */
function where<Item>(source: AsyncIterableIterator<Item>, test: (item: Item) => boolean): AsyncIterableIterator<Item> {
  const iterator: AsyncIterableIterator<Item> = {
    [Symbol.asyncIterator]: () => iterator,
    async next() {
      for (;;) {
        const result = await source.next();
        if (result.done === true || test(result.value)) return result;
      }
    },
    return: async () => (await source.return?.()) ?? { done: true, value: undefined },
  };
  return iterator;
}
