import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import type { AccountsFace } from '../src/accounts/accounts.ts';
import type { Caller } from '../src/caller.ts';
import type { Catalog } from '../src/catalog.ts';
import type { Json } from '../src/chat.ts';
import type { EndpointHealthReader } from '../src/routing/endpoint-health.ts';
import type { Generations } from '../src/streams/generations.ts';
import { dateTimeScalar, decimalScalar, jsonScalar, urlScalar } from './scalars.ts';

/** What a resolver may use. Made for each request by server.ts. */
export interface Context {
  /** One catalog for the whole request, also while a reload replaces it. */
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly health: EndpointHealthReader;
  readonly accounts: AccountsFace;
  /** Who asks; what is asked for is done and shown in his name. */
  readonly caller: Caller;
  /** Aborts when the caller hangs up or unsubscribes. */
  readonly signal: AbortSignal;
  /** Told the id of a generation that is answered whole, for transports that can tell it beside the answer. */
  readonly onAccepted?: (generationId: string) => void;
}

// A type alias: Pothos asks for an index signature, which an interface has not.
type Scalars = {
  Decimal: { Input: string; Output: string };
  /** Out: milliseconds since the epoch, or ISO 8601. In: milliseconds since the epoch. */
  DateTime: { Input: number; Output: number | string };
  JSON: { Input: Json; Output: unknown };
  URL: { Input: string; Output: string };
};

/** The schema under construction. Types register themselves with it when their file is imported. */
export const builder = new SchemaBuilder<{
  Context: Context;
  Scalars: Scalars;
  /** A list that is not in memory is counted only where that is asked for. */
  Connection: { totalCount: number | (() => Promise<number>) };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    // Loaded objects belong to the catalog, which is shared and immutable: nothing may be written on them.
    brandLoadedObjects: false,
    nodeTypeOptions: {
      description: 'An object that can be fetched again by its id alone, with `node` or `nodes`.',
    },
    idFieldOptions: {
      description: 'Opaque and unique over all types. Stays the same over restarts and reloads of the catalog.',
    },
    pageInfoTypeOptions: {
      description: 'Where a page lies in its list, and whether there is more on either side.',
    },
    hasNextPageFieldOptions: { description: 'Whether anything follows the last edge of this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether anything precedes the first edge of this page.' },
    startCursorFieldOptions: {
      description:
        'The cursor of the first edge, to pass as `before` for the page before this one. Null on an empty page.',
    },
    endCursorFieldOptions: {
      description:
        'The cursor of the last edge, to pass as `after` for the page after this one. Null on an empty page.',
    },
    pageInfoFieldOptions: { description: 'Where this page begins and ends, and whether there are pages beyond it.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The items of this page in the order of the list, each with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item that stands at this place of the list.' },
    cursorFieldOptions: {
      description:
        'Opaque mark of this place, for `after` and `before`. It keeps its meaning when items are added or removed.',
    },
    firstArgOptions: {
      description: 'How many items from the start, 0 to 100; more counts as 100. Without `first` and `last`: 50.',
    },
    lastArgOptions: {
      description: 'How many items from the end, 0 to 100; more counts as 100. Not together with `first`.',
    },
    afterArgOptions: {
      description: 'Only what follows the item with this cursor, which comes from an edge or `endCursor`.',
    },
    beforeArgOptions: {
      description: 'Only what precedes the item with this cursor, which comes from an edge or `startCursor`.',
    },
  },
});

/** What makes the fields of an input, for those that several inputs have. */
export type InputFields = Parameters<Parameters<typeof builder.inputType>[1]['fields']>[0];

builder.scalarType('Decimal', decimalScalar);
builder.scalarType('DateTime', dateTimeScalar);
builder.scalarType('JSON', jsonScalar);
builder.scalarType('URL', urlScalar);

builder.queryType({
  description:
    'What the server knows: its models, who serves them, and at which price; and what accounts, keys and books say, as far as the ' +
    'key that asks may see it. Asking costs nothing.',
});
builder.mutationType({
  description: 'What makes something happen once. Calls of models spend money where a provider charges for them.',
});
builder.subscriptionType({
  description:
    'What comes piece by piece. Unsubscribing stops the work behind it at once, unless something else was asked for.',
});

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'How many items the whole list has under this filter, on all pages together.',
    resolve: ({ totalCount }) => (typeof totalCount === 'function' ? totalCount() : totalCount),
  }),
);

/** An enum whose names on the wire stand in capitals; the table gives each internal value its description. */
export function enumOf<const Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
  wireNames: Partial<Readonly<Record<Value, string>>> = {},
) {
  return builder.enumType(name, { description, values: enumValues(values, wireNames) });
}

/** Milliseconds as GraphQL's Int can carry them: whole, and at most 2³¹ - 1, some 24 days. Absent becomes null. */
export function wholeMs(durationMs: number | undefined): number | null {
  return durationMs === undefined ? null : Math.min(Math.round(durationMs), 2 ** 31 - 1);
}

function enumValues<Value extends string>(
  values: Readonly<Record<Value, string>>,
  wireNames: Partial<Readonly<Record<Value, string>>>,
) {
  const config: Record<string, { value: Value; description: string }> = {};
  for (const value in values) {
    config[wireNames[value] ?? value.toUpperCase()] = { value, description: values[value] };
  }
  return config;
}
