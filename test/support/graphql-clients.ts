import { readFileSync } from 'node:fs';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core';
import { buildSchema, type FormattedExecutionResult, isAbstractType, parse } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import type { Sink } from 'graphql-ws';
import { socketClient } from './socket-client.ts';
import type { TypedDocument } from './typed-document.ts';

type Variables = Record<string, unknown>;

/** What the tests ask of a GraphQL client, whatever it calls it. */
export interface GraphqlClient {
  /** The data of a query. Rejects where the result has errors. */
  readonly query: <Result, V extends Variables>(document: TypedDocument<Result, V>, variables: V) => Promise<Result>;
  /** The same for a mutation. */
  readonly mutate: <Result, V extends Variables>(document: TypedDocument<Result, V>, variables: V) => Promise<Result>;
  /** Starts a subscription. The returned function unsubscribes. */
  readonly subscribe: <Result, V extends Variables>(
    document: TypedDocument<Result, V>,
    variables: V,
    sink: DataSink<Result>,
  ) => () => void;
  readonly close: () => void;
}

/** What becomes of a subscription: any number of results, then one of the other two. */
export interface DataSink<Result> {
  readonly next: (data: Result) => void;
  readonly failed: (error: unknown) => void;
  readonly completed: () => void;
}

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));
const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** Clients that people use, set up as their documentation says, for `/graphql` at a URL for HTTP and one for WebSockets. */
export const graphqlClients: Readonly<Record<string, (url: string, ws: string) => GraphqlClient>> = {
  'graphql-ws': (_url, ws) => {
    const client = socketClient(ws);
    return operationsThrough(client.subscribe, () => client.dispose());
  },

  'graphql-sse': (url) => {
    const client = createSseClient({ url, retryAttempts: 0 });
    return operationsThrough(client.subscribe, () => client.dispose());
  },

  urql: (url, ws) => {
    const socket = socketClient(ws);
    const client = new UrqlClient({
      url,
      // The server takes queries by GET only with a header that no web page can send unasked.
      preferGetMethod: false,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: socket.subscribe(
                { query, variables: { ...variables } },
                sink as Sink<FormattedExecutionResult>,
              ),
            }),
          }),
        }),
      ],
    });
    return {
      query: async (document, variables) => dataOf(await client.query(document.toString(), variables).toPromise()),
      mutate: async (document, variables) => dataOf(await client.mutation(document.toString(), variables).toPromise()),
      subscribe: (document, variables, sink) =>
        client.subscription(document.toString(), variables).subscribe(({ data, error, hasNext }) => {
          // urql says the last result once more when the subscription has ended.
          if (error !== undefined) sink.failed(error);
          else if (!hasNext) sink.completed();
          else sink.next(data);
        }).unsubscribe,
      close: () => void socket.dispose(),
    };
  },

  'Apollo Client': (url, ws) => {
    const socket = socketClient(ws);
    const client = new ApolloClient({
      // Without these, Apollo's cache drops what stands in fragments on interfaces.
      cache: new InMemoryCache({ possibleTypes }),
      link: ApolloLink.split(
        ({ operationType }) => operationType === 'subscription',
        new GraphQLWsLink(socket),
        new HttpLink({ uri: url }),
      ),
    });
    return {
      query: async (document, variables) => dataOf(await client.query({ query: parsed(document), variables })),
      mutate: async (document, variables) => dataOf(await client.mutate({ mutation: parsed(document), variables })),
      subscribe: (document, variables, sink) => {
        const subscription = client
          .subscribe({ query: parsed(document), variables, fetchPolicy: 'no-cache' })
          .subscribe({
            next: ({ data, error }) => {
              if (error !== undefined) sink.failed(error);
              else sink.next(data as never);
            },
            error: sink.failed,
            complete: sink.completed,
          });
        return () => subscription.unsubscribe();
      },
      close: () => {
        client.stop();
        void socket.dispose();
      },
    };
  },
};

interface Result {
  readonly data?: unknown;
  readonly error?: Error | undefined;
  readonly errors?: unknown;
}

type Subscribe = (
  payload: { query: string; variables: Variables },
  sink: { next: (result: Result) => void; error: (error: unknown) => void; complete: () => void },
) => () => void;

/** A client that knows nothing but subscribing runs queries and mutations the same way. */
function operationsThrough(start: Subscribe, close: () => void): GraphqlClient {
  const subscribe: GraphqlClient['subscribe'] = (document, variables, sink) =>
    start(
      { query: document.toString(), variables },
      {
        next: (result) => {
          if (result.errors === undefined) sink.next(result.data as never);
          else sink.failed(new Error(JSON.stringify(result.errors)));
        },
        error: (error) => sink.failed(error instanceof Error ? error : new Error(JSON.stringify(error))),
        complete: sink.completed,
      },
    );
  const once: GraphqlClient['query'] = (document, variables) =>
    new Promise((resolve, reject) => {
      const completed = () => reject(new Error('it completed without a result'));
      subscribe(document, variables, { next: resolve, failed: reject, completed });
    });
  return { query: once, mutate: once, subscribe, close };
}

function dataOf({ data, error }: Result): never {
  if (error !== undefined) throw error;
  return data as never;
}

function parsed(document: { readonly toString: () => string }) {
  return parse(document.toString());
}
