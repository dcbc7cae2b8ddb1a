import type { EndpointHealth, EndpointState } from '../src/routing/endpoint-health.ts';
import { badInput } from './bad-input.ts';
import { builder, type Context, enumOf } from './builder.ts';
import { EndpointRef } from './endpoint.ts';

const EndpointStateEnum = enumOf<EndpointState>(
  'EndpointState',
  'Whether requests are sent to an endpoint, and why not.',
  {
    available: 'May be chosen for any request.',
    cooling: 'The provider asked to be left alone for a while, mostly for its rate limit.',
    open: 'Failed too often of late: the circuit breaker keeps requests away from it.',
    half_open: 'The circuit breaker lets one trial request through, which decides.',
    not_configured: 'Its provider has no credentials here, so it is never tried.',
  },
);

const EndpointHealthRef = builder.objectRef<EndpointHealth>('EndpointHealth').implement({
  description: 'How an endpoint does at this moment, as this server sees it.',
  fields: (t) => ({
    endpoint: t.expose('endpoint', { type: EndpointRef, description: 'The endpoint whose health this is.' }),
    state: t.expose('state', { type: EndpointStateEnum, description: 'Whether requests are sent to it now.' }),
    coolingUntil: t.expose('coolingUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'When an endpoint that is left alone may be tried again. Null unless it is cooling or open.',
    }),
  }),
});

builder.objectField(EndpointRef, 'health', (t) =>
  t.field({
    type: EndpointHealthRef,
    description: 'Whether requests are sent to it now, and when again if not.',
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
  const slug = model == null ? undefined : catalog.model(model)?.slug;
  if (model != null && slug === undefined) throw badInput('There is no such model.');
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
