import type { DataPolicy, ProviderInfo } from '../src/catalog.ts';
import { builder, enumOf } from './builder.ts';
import { paginate } from './connection.ts';
import { searchFor } from './search.ts';

const DataRetentionEnum = enumOf<DataPolicy['retention']>(
  'DataRetention',
  'How long a provider keeps prompts and answers.',
  {
    none: 'Nothing is kept once the answer is written.',
    transient: 'Kept for a limited time, for abuse checks.',
    stored: 'Kept until someone deletes it.',
    unknown: 'The provider does not say. Never satisfies a preference that asks for privacy.',
  },
);

export const DataPolicyRef = builder.objectRef<DataPolicy>('DataPolicy').implement({
  description: 'What a provider says it does with the prompts it gets and the answers it gives.',
  fields: (t) => ({
    trainsOnPrompts: t.exposeBoolean('trainsOnPrompts', {
      nullable: true,
      description: 'Whether models are trained on them. Null where the provider does not say, which counts as yes.',
    }),
    retention: t.expose('retention', {
      type: DataRetentionEnum,
      description: 'Whether they are kept, and for which purpose.',
    }),
    retentionDays: t.exposeInt('retentionDays', {
      nullable: true,
      description: 'How many days they are kept. Null where that is not known or nothing is kept.',
    }),
  }),
});

export const ProviderRef = builder.objectRef<ProviderInfo>('Provider');

builder.node(ProviderRef, {
  description: 'A company, or a server of your own, with an API that this router calls.',
  id: { resolve: (provider) => provider.slug },
  loadOne: (slug, { catalog }) => catalog.provider(slug),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'configured' in value,
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'The name to put into provider preferences, such as `deepinfra`.' }),
    name: t.exposeString('name', { description: 'The name as the provider writes it, for people to read.' }),
    configured: t.exposeBoolean('configured', {
      description:
        'Whether its credentials are known, or it needs none. Until then its endpoints are listed but never tried.',
    }),
    dataPolicy: t.expose('dataPolicy', {
      type: DataPolicyRef,
      description: 'What it does with prompts in general. A single endpoint may be stricter.',
    }),
    statusPageUrl: t.expose('statusPageUrl', {
      type: 'URL',
      nullable: true,
      description: 'Where it tells of its outages. Null where it has no such page.',
    }),
    privacyPolicyUrl: t.expose('privacyPolicyUrl', {
      type: 'URL',
      nullable: true,
      description: 'Where its privacy policy stands. Null where it is not known.',
    }),
    termsOfServiceUrl: t.expose('termsOfServiceUrl', {
      type: 'URL',
      nullable: true,
      description: 'Where its terms of service stand. Null where they are not known.',
    }),
    headquarters: t.exposeString('headquarters', {
      nullable: true,
      description: 'The country it is governed from, as an ISO 3166-1 alpha-2 code. Null where that is not known.',
    }),
  }),
});

const ProviderConnection = builder.connectionObject(
  { type: ProviderRef, name: 'ProviderConnection', description: 'A page of providers, in the order of their slugs.' },
  { name: 'ProviderEdge', description: 'A provider at its place in the list.' },
);

const ProviderFilterInput = builder.inputType('ProviderFilter', {
  description: 'Narrows a list of providers. A provider stays in it if everything that is given holds.',
  fields: (t) => ({
    search: t.string({ description: 'Words that must all occur in the slug or the name, in any case of letters.' }),
    configured: t.boolean({
      description: 'True: only those that can be called. False: only those without credentials.',
    }),
  }),
});

type ProviderFilter = typeof ProviderFilterInput.$inferInput;

builder.queryField('providers', (t) =>
  t.connection(
    {
      type: ProviderRef,
      description: 'Everyone the router knows how to call, configured or not, in the order of their slugs.',
      args: {
        filter: t.arg({ type: ProviderFilterInput, description: 'Which providers to list; absent for all of them.' }),
      },
      resolve: (_root, { filter, ...page }, { catalog }) =>
        paginate(catalog.providers.filter(matches(filter ?? {})), page, { name: 'slug', key: slugOf, id: slugOf }),
    },
    ProviderConnection,
  ),
);

builder.queryField('provider', (t) =>
  t.field({
    type: ProviderRef,
    nullable: true,
    description: 'The provider with this slug, or null where there is none.',
    args: { slug: t.arg.string({ required: true, description: 'The slug in small letters, such as `deepinfra`.' }) },
    resolve: (_root, { slug }, { catalog }) => catalog.provider(slug) ?? null,
  }),
);

function matches({ search, configured }: ProviderFilter): (provider: ProviderInfo) => boolean {
  const found = searchFor(search);
  return (provider) =>
    found(provider.slug, provider.name) && (configured == null || provider.configured === configured);
}

function slugOf(provider: ProviderInfo): string {
  return provider.slug;
}
