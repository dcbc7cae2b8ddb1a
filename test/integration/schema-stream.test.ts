import { describe, expect, it } from 'vitest';
import { ModelNotFound } from '../../src/errors.ts';
import type { EndpointHealth } from '../../src/routing/endpoint-health.ts';
import type { DeliveredEvent } from '../../src/streams/coalesce.ts';
import { EndpointHealthDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { restingHealth } from '../support/resting-health.ts';
import { collect, createContext, execute, open } from '../support/run-operation.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const completion = completionBy(catalog, 'acme/large@quarry');
const asked = { input: { messages: [{ role: 'USER' as const, content: 'Hello' }] } };
const { model, endpoint, attempts } = completion;

const lively: readonly DeliveredEvent[] = [
  { type: 'accepted' },
  { type: 'started', model, endpoint, attempts },
  { type: 'reasoning', text: 'Hm.' },
  { type: 'text', text: 'Hel' },
  { type: 'text', text: 'lo!' },
  { type: 'refusal', text: 'No.' },
  { type: 'toolCall', index: 0, id: 'c1', name: 'look', arguments: '' },
  { type: 'toolCall', index: 0, arguments: '{}' },
  { type: 'reasoningDetails', details: [{ type: 'reasoning.text', format: 'x', index: 0, text: 'Hm.' }] },
  { type: 'annotations', annotations: [{ type: 'url_citation', url: 'https://example.com/' }] },
  { type: 'image', image: { url: 'data:image/png;base64,YQ==' } },
  { type: 'finished', completion },
];

describe('streamChatCompletion', () => {
  it('gives each event as its type, with its generation and its number', async () => {
    const context = createContext({ catalog, generations: createScriptedGenerations({ events: lively }) });
    const events = await collect(StreamDocument, asked, context);
    expect(events.map(({ streamChatCompletion }) => streamChatCompletion)).toEqual([
      { __typename: 'CompletionAccepted', generationId: 'gen-1', sequence: 0 },
      {
        __typename: 'CompletionStarted',
        generationId: 'gen-1',
        sequence: 1,
        model: { slug: 'acme/large' },
        endpoint: { tag: 'quarry' },
      },
      { __typename: 'ReasoningDelta', generationId: 'gen-1', sequence: 2, text: 'Hm.' },
      { __typename: 'ContentDelta', generationId: 'gen-1', sequence: 3, text: 'Hel' },
      { __typename: 'ContentDelta', generationId: 'gen-1', sequence: 4, text: 'lo!' },
      { __typename: 'RefusalDelta', generationId: 'gen-1', sequence: 5, text: 'No.' },
      {
        __typename: 'ToolCallDelta',
        generationId: 'gen-1',
        sequence: 6,
        index: 0,
        callId: 'c1',
        name: 'look',
        arguments: '',
      },
      {
        __typename: 'ToolCallDelta',
        generationId: 'gen-1',
        sequence: 7,
        index: 0,
        callId: null,
        name: null,
        arguments: '{}',
      },
      { __typename: 'ReasoningDetailsDelta', generationId: 'gen-1', sequence: 8 },
      { __typename: 'AnnotationsDelta', generationId: 'gen-1', sequence: 9 },
      { __typename: 'ImageDelta', generationId: 'gen-1', sequence: 10 },
      {
        __typename: 'CompletionFinished',
        generationId: 'gen-1',
        sequence: 11,
        completion: { finishReason: 'STOP', usage: { totalTokens: 7 }, cost: '0.000039' },
      },
    ]);
  });

  it('gives the rarer events whole', async () => {
    const context = createContext({ catalog, generations: createScriptedGenerations({ events: lively.slice(8, 11) }) });
    const document = `subscription ($input: ChatCompletionInput!) {
      streamChatCompletion(input: $input) {
        ... on ReasoningDetailsDelta { details }
        ... on AnnotationsDelta { annotations { url content } }
        ... on ImageDelta { image { url } }
      }
    }`;
    const events = await collect<unknown, unknown>(document, asked, context);
    expect(events).toEqual([
      { streamChatCompletion: { details: [{ type: 'reasoning.text', format: 'x', index: 0, text: 'Hm.' }] } },
      { streamChatCompletion: { annotations: [{ url: 'https://example.com/', content: null }] } },
      { streamChatCompletion: { image: { url: 'data:image/png;base64,YQ==' } } },
    ]);
  });

  it('ends a stream that fails with its error and with what was delivered', async () => {
    const failed: DeliveredEvent = {
      type: 'failed',
      error: new ModelNotFound('acme/larg', ['acme/large']),
      partial: { content: 'Hel', reasoning: 'Hm.', toolCalls: [{ id: 'c1', name: 'look', arguments: '{' }] },
      attempts,
      usage: completion.usage,
      cost: '0.000001000',
    };
    const context = createContext({ catalog, generations: createScriptedGenerations({ events: [failed] }) });
    const document = `subscription ($input: ChatCompletionInput!) {
      streamChatCompletion(input: $input) {
        ... on CompletionFailed {
          content reasoning toolCalls { callId arguments } attempts { endpoint { tag } } usage { totalTokens } cost
          error { __typename ... on UserError { code message } ... on ModelNotFound { suggestions } }
        }
      }
    }`;
    const events = await collect<unknown, unknown>(document, asked, context);
    expect(events).toEqual([
      {
        streamChatCompletion: {
          content: 'Hel',
          reasoning: 'Hm.',
          toolCalls: [{ callId: 'c1', arguments: '{' }],
          attempts: [{ endpoint: { tag: 'quarry' } }],
          usage: { totalTokens: 7 },
          cost: '0.000001',
          error: {
            __typename: 'ModelNotFound',
            code: 'MODEL_NOT_FOUND',
            message: failed.error.message,
            suggestions: ['acme/large'],
          },
        },
      },
    ]);
  });

  it('accepts and then fails a request that contradicts itself, and asks nobody', async () => {
    const generations = createScriptedGenerations();
    const context = createContext({ generations });
    const events = await collect(StreamDocument, { input: { ...asked.input, temperature: 3 } }, context);
    const generationId = expect.stringMatching(/^gen-./);
    expect(events.map(({ streamChatCompletion }) => streamChatCompletion)).toEqual([
      { __typename: 'CompletionAccepted', generationId, sequence: 0 },
      {
        __typename: 'CompletionFailed',
        generationId,
        sequence: 1,
        content: '',
        error: {
          __typename: 'InvalidRequest',
          code: 'INVALID_REQUEST',
          message: '`temperature` is 3, but must be between 0 and 2.',
          retryable: false,
          retryAfterMs: null,
        },
      },
    ]);
    expect(generations.requests).toEqual([]);
  });

  it('hands a hang-up on at once, also while it waits for the next event', async () => {
    const generations = createScriptedGenerations({ events: lively.slice(0, 1), silent: true });
    const events = await open(StreamDocument, asked, createContext({ catalog, generations }));
    if (!(Symbol.asyncIterator in events)) throw new Error('refused');
    await events.next();
    const pending = events.next();
    const hangingUp = events.return(undefined);
    await Promise.resolve();
    expect(generations.hangUps()).toBe(1);
    expect(await hangingUp).toMatchObject({ done: true });
    expect(await pending).toMatchObject({ done: true });
  });
});

describe('endpointHealth', () => {
  const [atAcme, atQuarry] = catalog.endpointsOfModel('acme/large');
  const [reader] = catalog.endpointsOfModel('birch/reader');
  if (!atAcme || !atQuarry || !reader) throw new Error('the catalog has changed');
  const changes: readonly EndpointHealth[] = [
    { endpoint: atQuarry, state: 'cooling', coolingUntil: Date.UTC(2026, 10, 5) },
    { endpoint: reader, state: 'half_open' },
    { endpoint: atAcme, state: 'not_configured' },
  ];

  function contextOf(source: () => AsyncIterableIterator<EndpointHealth>) {
    return createContext({
      catalog,
      health: { ...restingHealth, changes: source },
    });
  }

  async function* all() {
    yield* changes;
  }

  it.each([
    [{}, ['quarry COOLING', 'quarry HALF_OPEN', 'acme-cloud NOT_CONFIGURED']],
    [{ model: 'large' }, ['quarry COOLING', 'acme-cloud NOT_CONFIGURED']],
    [{ provider: 'quarry' }, ['quarry COOLING', 'quarry HALF_OPEN']],
    [{ model: 'acme/large', provider: 'quarry' }, ['quarry COOLING']],
  ])('gives the changes of the endpoints of %j', async (variables, expected) => {
    const events = await collect(EndpointHealthDocument, variables, contextOf(all));
    expect(events.map(({ endpointHealth: { endpoint, state } }) => `${endpoint.tag} ${state}`)).toEqual(expected);
  });

  it('tells until when an endpoint is left alone', async () => {
    const [event] = await collect(EndpointHealthDocument, {}, contextOf(all));
    expect(event?.endpointHealth.coolingUntil).toBe('2026-11-05T00:00:00.000Z');
  });

  it.each([{ model: 'acme/none' }, { provider: 'nobody' }])(
    'refuses %j, which would stay silent',
    async (variables) => {
      const result = await open(EndpointHealthDocument, variables, contextOf(all));
      expect(result).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    },
  );

  it('hands a hang-up on at once, also while it waits and its filter keeps everything away', async () => {
    const { promise, resolve } = Promise.withResolvers<IteratorReturnResult<undefined>>();
    let hangUps = 0;
    const silent: AsyncIterableIterator<EndpointHealth> = {
      [Symbol.asyncIterator]: () => silent,
      next: () => promise,
      return: async () => {
        hangUps += 1;
        resolve({ done: true, value: undefined });
        return { done: true, value: undefined };
      },
    };
    const events = await open(
      EndpointHealthDocument,
      { model: 'large' },
      contextOf(() => silent),
    );
    if (!(Symbol.asyncIterator in events)) throw new Error('refused');
    const pending = events.next();
    const hangingUp = events.return(undefined);
    await Promise.resolve();
    expect(hangUps).toBe(1);
    expect(await hangingUp).toMatchObject({ done: true });
    expect(await pending).toMatchObject({ done: true });
  });

  it('is a field of each endpoint, too', async () => {
    const { data } = await execute('{ model(slug: "birch/reader") { endpoints { health { state coolingUntil } } } }');
    expect(data).toEqual({ model: { endpoints: [{ health: { state: 'AVAILABLE', coolingUntil: null } }] } });
  });
});
