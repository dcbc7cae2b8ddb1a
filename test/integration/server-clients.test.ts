import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { schema } from '../../schema/index.ts';
import { ModelNotFound } from '../../src/errors.ts';
import type { DeliveredEvent } from '../../src/streams/coalesce.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const completion = completionBy(catalog, 'birch/reader@quarry');
const { model, endpoint, attempts } = completion;
const all: readonly DeliveredEvent[] = [
  { type: 'accepted' },
  { type: 'started', model, endpoint, attempts },
  { type: 'reasoning', text: 'Hm.\n' },
  { type: 'text', text: 'A "quoted" \u2028 text ü 🚂 \ud800' },
  { type: 'toolCall', index: 0, id: 'call-1', name: 'getWeather', arguments: '{"ci' },
  { type: 'toolCall', index: 0, arguments: 'ty":"Lisbon"}' },
  { type: 'reasoningDetails', details: [{ type: 'reasoning.text', format: 'x', index: 0, text: 'Hm.' }] },
  { type: 'text', text: '' },
  { type: 'finished', completion },
];
const failing: readonly DeliveredEvent[] = [
  { type: 'accepted' },
  {
    type: 'failed',
    error: new ModelNotFound('acme/larg', ['acme/large']),
    partial: { content: '', toolCalls: [] },
    attempts: [],
  },
];
const variables = { input: { messages: [{ role: 'USER', content: 'Hello!' }] }, yes: true };

const documents = {
  'every plain field': `subscription ($input: ChatCompletionInput!) { streamChatCompletion(input: $input) {
    __typename ... on ChatCompletionEventFields { generationId place: sequence }
    ... on ContentDelta { text } ... on ReasoningDelta { text } ... on ToolCallDelta { index callId name arguments }
    ... on ReasoningDetailsDelta { details } } }`,
  'fragments, aliases and directives': `subscription ($input: ChatCompletionInput!, $yes: Boolean!) {
    answer: streamChatCompletion(input: $input) { ...Delta kind: __typename ...Tool @include(if: $yes) } }
    fragment Delta on ChatCompletionEvent { ... on ContentDelta @skip(if: $yes) { text } ... on ContentDelta { t: text } }
    fragment Tool on ToolCallDelta { args: arguments ... on ToolCallDelta { index args: arguments } }`,
  'objects among the fields': `subscription ($input: ChatCompletionInput!) { streamChatCompletion(input: $input) {
    ... on CompletionStarted { model { slug } endpoint { tag provider { name } } attempts { outcome } }
    ... on ContentDelta { text }
    ... on CompletionFinished { completion { content cost usage { totalTokens } } }
    ... on CompletionFailed { error { __typename ... on UserError { code message } } content } } }`,
};

/** The same schema behind graphql-ws and Yoga as they come. */
async function startOrdinaryServer(events: readonly DeliveredEvent[]) {
  const context = () => ({
    catalog,
    generations: createScriptedGenerations({ events }),
    health: { read: () => undefined },
    signal: new AbortController().signal,
  });
  const http = createServer(createYoga({ schema, context, logging: false }));
  const sockets = new WebSocketServer({ server: http, path: '/graphql' });
  useServer({ schema, context }, sockets);
  await new Promise<void>((resolve) => http.listen(0, 'localhost', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    http: `http://localhost:${port}/graphql`,
    ws: `ws://localhost:${port}/graphql`,
    [Symbol.asyncDispose]: async () => {
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function framesOverWs(url: string, query: string): Promise<string[]> {
  await using socket = await openSocket(url);
  await socket.init();
  const frames: string[] = [];
  const complete = new Promise<void>((resolve) => {
    socket.socket.on('message', (data) => {
      frames.push(String(data));
      if (String(data).includes('"type":"complete"')) resolve();
    });
  });
  socket.subscribe('1', query, { variables });
  await complete;
  return frames;
}

async function framesOverSse(url: string, query: string): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return response.text();
}

describe.each([
  ['an answer', all],
  ['a failure', failing],
])('the stream of %s', (_, events) => {
  it.each(Object.entries(documents))(
    'has the same bytes as from graphql-ws and Yoga, with %s',
    async (_name, query) => {
      await using ordinary = await startOrdinaryServer(events);
      await using running = await startServer({
        catalog: () => catalog,
        generations: createScriptedGenerations({ events }),
      });
      expect(await framesOverWs(running.ws, query)).toEqual(await framesOverWs(ordinary.ws, query));
      expect(await framesOverSse(running.graphql, query)).toEqual(await framesOverSse(ordinary.http, query));
    },
  );
});

describe('the usual clients', async () => {
  const generations = createScriptedGenerations({ events: all, complete: async () => completion });
  const running = await startServer({ catalog: () => catalog, generations });
  afterAll(() => running[Symbol.asyncDispose]());
  const query = documents['objects among the fields'];
  const lastEvent = { data: { streamChatCompletion: { completion: { content: 'Hello!' } } } };
  const mutation = `mutation ($input: ChatCompletionInput!) {
    createChatCompletion(input: $input) { ... on ChatCompletion { content } } }`;

  it('graphql-sse reads a subscription, a mutation and an error in distinct connections mode', async () => {
    const client = createSseClient({ url: running.graphql, retryAttempts: 0 });
    const results = await Array.fromAsync(client.iterate({ query, variables }));
    expect(results).toHaveLength(all.length);
    expect(results.at(-1)).toMatchObject(lastEvent);
    expect(await Array.fromAsync(client.iterate({ query: mutation, variables }))).toEqual([
      { data: { createChatCompletion: { content: 'Hello!' } } },
    ]);
    expect(await Array.fromAsync(client.iterate({ query: '{ nothing }' }))).toMatchObject([
      { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
    ]);
    client.dispose();
  });

  it('graphql-ws reads a subscription, a mutation and an error', async () => {
    const client = createWsClient({ url: running.ws, webSocketImpl: WebSocket, retryAttempts: 0 });
    const results = await Array.fromAsync(client.iterate({ query, variables }));
    expect(results).toHaveLength(all.length);
    expect(results.at(-1)).toMatchObject(lastEvent);
    expect(await Array.fromAsync(client.iterate({ query: mutation, variables }))).toEqual([
      { data: { createChatCompletion: { content: 'Hello!' } } },
    ]);
    await expect(Array.fromAsync(client.iterate({ query: '{ nothing }' }))).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    await client.dispose();
  });

  it('a caller that accepts JSON first gets JSON, also where it would take events', async () => {
    const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
    const response = await running.post({ query: mutation, variables }, { accept });
    expect(response.headers.get('content-type')).toContain('application/graphql-response+json');
    const stream = await running.post({ query, variables }, { accept });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    await stream.text();
  });

  it('a caller that accepts no events gets no stream', async () => {
    const before = generations.hangUps();
    const response = await running.post({ query, variables }, { accept: 'application/json' });
    expect(response.status).toBe(406);
    expect(generations.hangUps()).toBe(before + 1);
  });

  it('proxies are told to let events through as they come', async () => {
    const response = await running.post({ query, variables }, { accept: 'text/event-stream' });
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    await response.text();
  });
});
