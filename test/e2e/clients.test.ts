import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CancelDocument,
  CompleteDocument,
  FailureDocument,
  ListModelsDocument,
  StreamDocument,
  type StreamSubscription,
} from '../operations/generated/graphql.ts';
import { configurationFor, model, saying, stalledStream } from '../support/chat-upstream.ts';
import { type GraphqlClient, graphqlClients } from '../support/graphql-clients.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';
import type { TypedDocument } from '../support/typed-document.ts';

type Event = StreamSubscription['streamChatCompletion'];

const upstream = await startStubUpstream();
let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram({ configuration: configurationFor({ acme: upstream }) });
});
afterAll(() => upstream.close());

const input = { model, messages: [{ role: 'USER' as const, content: 'Hello' }] };

for (const [name, open] of Object.entries(graphqlClients)) {
  describe(`${name} as a client`, () => {
    let client: GraphqlClient;
    beforeEach(() => {
      upstream.respond(saying('Good ', 'day.'));
      client = open(program.graphql, program.ws);
      return () => client.close();
    });

    /** Starts a stream and collects what it says. */
    function follow(variables = { input }) {
      const events: Event[] = [];
      let stop = () => {};
      const ended = new Promise<void>((resolve, reject) => {
        stop = client.subscribe(StreamDocument, variables, {
          next: ({ streamChatCompletion: event }) => events.push(event),
          failed: reject,
          completed: resolve,
        });
      });
      return { events, ended, stop };
    }

    it('lists models', async () => {
      const { models } = await client.query(ListModelsDocument, { first: 3, filter: { available: true } });
      expect(models.totalCount).toBe(3);
      expect(models.edges.map(({ node }) => node.slug).toSorted()).toEqual([
        model,
        'pointsman/tiny-1m',
        'pointsman/tiny-1m-embedding',
      ]);
    });

    it('gets a whole answer', async () => {
      const { createChatCompletion: result } = await client.mutate(CompleteDocument, { input });
      expect(result).toMatchObject({
        __typename: 'ChatCompletion',
        content: 'Good day.',
        finishReason: 'STOP',
        usage: { totalTokens: 16, source: 'PROVIDER' },
        cost: '0.000016',
        attempts: [{ endpoint: { tag: 'acme' }, outcome: 'SUCCEEDED' }],
      });
    });

    it('gets an answer as it is written', async () => {
      const { events, ended } = follow();
      await ended;
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index));
      expect(events[0]).toMatchObject({ __typename: 'CompletionAccepted' });
      expect(events[1]).toMatchObject({ __typename: 'CompletionStarted', endpoint: { tag: 'acme' } });
      const texts = events.flatMap((event) => (event.__typename === 'ContentDelta' ? [event.text] : []));
      expect(texts.join('')).toBe('Good day.');
      expect(events.at(-1)).toMatchObject({
        __typename: 'CompletionFinished',
        completion: { finishReason: 'STOP', usage: { totalTokens: 16 }, cost: '0.000016' },
      });
    });

    it('gets a failure as data with a type of its own', async () => {
      const { createChatCompletion: failure } = await client.mutate(FailureDocument, { model: 'acme/wirter' });
      expect(failure).toMatchObject({ code: 'MODEL_NOT_FOUND', suggestions: [model] });
      const { events, ended } = follow({ input: { ...input, model: 'acme/wirter' } });
      await ended;
      expect(events).toMatchObject([
        { __typename: 'CompletionAccepted' },
        { __typename: 'CompletionFailed', error: { code: 'MODEL_NOT_FOUND' } },
      ]);
    });

    it('gets an error for an operation that the schema does not have', async () => {
      const wrong: TypedDocument<object, Record<string, never>> = '{ modles { totalCount } }';
      await expect(client.query(wrong, {})).rejects.toThrow(/modles/);
      const wrongStream: TypedDocument<object, Record<string, never>> = 'subscription { streamPoem { line } }';
      const refused = new Promise((_resolve, reject) =>
        client.subscribe(wrongStream, {}, { next: () => {}, failed: reject, completed: () => {} }),
      );
      await expect(refused).rejects.toThrow(/streamPoem/);
    });

    it('closes the upstream when it unsubscribes', async () => {
      upstream.respond(stalledStream('One '));
      const { events, stop } = follow();
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ __typename: 'ContentDelta', text: 'One ' }), 10_000);
      const request = upstream.requests.at(-1);
      expect(request?.isClosed()).toBe(false);
      stop();
      await request?.closed;
    });

    it('stops an answer by its id', async () => {
      upstream.respond(stalledStream('One '));
      const { events, ended } = follow();
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ text: 'One ' }), 10_000);
      const { cancelGeneration } = await client.mutate(CancelDocument, { id: events[0]?.generationId ?? '' });
      expect(cancelGeneration).toMatchObject({ __typename: 'CancelledGeneration' });
      await ended;
      expect(events.at(-1)).toMatchObject({ completion: { finishReason: 'CANCELLED' } });
    });
  });
}
