import { afterAll, describe, expect, it } from 'vitest';
import { type GraphqlSocket, openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';
import { createStubGenerations, greeting, streamDocument } from '../support/stub-generations.ts';

const generations = createStubGenerations();
const running = await startServer({ generations, settings: { bodyLimitBytes: 100_000 } });
const impatient = await startServer({ settings: { sockets: { initMs: 50 } } });
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await impatient[Symbol.asyncDispose]();
});

async function ready(): Promise<GraphqlSocket> {
  const socket = await openSocket(running.ws);
  await socket.init();
  return socket;
}

describe('graphql-transport-ws', () => {
  it('selects the subprotocol', async () => {
    await using socket = await openSocket(running.ws);
    expect(socket.socket.protocol).toBe('graphql-transport-ws');
  });

  it('closes with 4406 where no subprotocol that it speaks is offered', async () => {
    await using socket = await openSocket(running.ws, { protocol: '' });
    expect(await socket.closed).toMatchObject({ code: 4406 });
  });

  it('acknowledges connection_init', async () => {
    await using socket = await openSocket(running.ws);
    socket.send({ type: 'connection_init' });
    expect(await socket.receive()).toEqual({ type: 'connection_ack' });
  });

  it('closes with 4408 where connection_init does not come in time', async () => {
    await using socket = await openSocket(impatient.ws);
    expect(await socket.closed).toMatchObject({ code: 4408 });
  });

  it('closes with 4429 at a second connection_init', async () => {
    await using socket = await ready();
    socket.send({ type: 'connection_init' });
    expect(await socket.closed).toMatchObject({ code: 4429 });
  });

  it('closes with 4401 at a subscribe before connection_init', async () => {
    await using socket = await openSocket(running.ws);
    socket.subscribe('1', '{ __typename }');
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  it('closes with 4409 at an id that is in use', async () => {
    await using socket = await ready();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    socket.subscribe('1', '{ __typename }');
    expect(await socket.closed).toMatchObject({ code: 4409 });
    await generation.hungUp;
  });

  it.each([
    ['text that is not JSON', 'not JSON'],
    ['JSON that is no object', '[]'],
    ['an unknown type', { type: 'start' }],
    ['a message without a type', {}],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: '{ __typename }' } }],
    ['a subscribe without a query', { id: '1', type: 'subscribe', payload: {} }],
  ])('closes with 4400 at %s', async (_, message) => {
    await using socket = await ready();
    socket.send(message);
    expect(await socket.closed).toMatchObject({ code: 4400 });
  });

  it('answers ping with pong, before and after connection_init, and gives the payload back', async () => {
    await using socket = await openSocket(running.ws);
    socket.send({ type: 'ping' });
    expect(await socket.receive()).toEqual({ type: 'pong' });
    await socket.init();
    socket.send({ type: 'ping', payload: { beat: 1 } });
    expect(await socket.receive()).toEqual({ type: 'pong', payload: { beat: 1 } });
  });

  it('takes a pong that nobody asked for', async () => {
    await using socket = await ready();
    socket.send({ type: 'pong' });
    socket.subscribe('1', '{ __typename }');
    expect(await socket.receive()).toEqual({ id: '1', type: 'next', payload: { data: { __typename: 'Query' } } });
  });

  it('answers a query with next and complete', async () => {
    await using socket = await ready();
    socket.subscribe('q', 'query Two { __typename } query One { model(slug: "none/such") { slug } }', {
      operationName: 'One',
    });
    expect(await socket.receiveUntil('complete')).toEqual([
      { id: 'q', type: 'next', payload: { data: { model: null } } },
      { id: 'q', type: 'complete' },
    ]);
  });

  it('streams next messages and completes when the stream ends', async () => {
    await using socket = await ready();
    socket.subscribe('s', streamDocument, { variables: greeting });
    const generation = await generations.next();
    generation.push({ type: 'accepted' }, { type: 'text', text: 'Hel' });
    generation.push({ type: 'text', text: 'lo "you"' });
    generation.end();
    const next = (fields: object) => ({ id: 's', type: 'next', payload: { data: { streamChatCompletion: fields } } });
    expect(await socket.receiveUntil('complete')).toEqual([
      next({ __typename: 'CompletionAccepted' }),
      next({ __typename: 'ContentDelta', text: 'Hel' }),
      next({ __typename: 'ContentDelta', text: 'lo "you"' }),
      { id: 's', type: 'complete' },
    ]);
  });

  it('escapes whatever id the client has chosen', async () => {
    await using socket = await ready();
    const id = 'a"b\\c\u2028 ü';
    socket.subscribe(id, streamDocument, { variables: greeting });
    const generation = await generations.next();
    generation.push({ type: 'accepted' });
    expect(await socket.receive()).toMatchObject({ id, type: 'next' });
    generation.end();
  });

  it('sends nothing more, and frees the id, once the client completes an operation', async () => {
    await using socket = await ready();
    socket.subscribe('s', streamDocument, { variables: greeting });
    const generation = await generations.next();
    generation.push({ type: 'accepted' });
    await socket.receive();
    socket.send({ id: 's', type: 'complete' });
    await generation.hungUp;
    generation.push({ type: 'text', text: 'too late' });
    socket.subscribe('s', '{ __typename }');
    expect(await socket.receiveUntil('complete')).toEqual([
      { id: 's', type: 'next', payload: { data: { __typename: 'Query' } } },
      { id: 's', type: 'complete' },
    ]);
  });

  it('ignores a complete for an id that it does not know', async () => {
    await using socket = await ready();
    socket.send({ id: 'nobody', type: 'complete' });
    socket.subscribe('1', '{ __typename }');
    expect(await socket.receive()).toMatchObject({ id: '1', type: 'next' });
  });

  it.each([
    ['a syntax error', '{ models(', 'GRAPHQL_PARSE_FAILED'],
    ['a validation error', '{ nothingOfThatName }', 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown operation', 'query A { __typename } query B { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('answers %s with an error message, and the other operations go on', async (_, query, code) => {
    await using socket = await ready();
    socket.subscribe('stream', streamDocument, { variables: greeting });
    const generation = await generations.next();
    socket.subscribe('bad', query);
    const error = await socket.receive();
    expect(error).toMatchObject({ id: 'bad', type: 'error', payload: [{ extensions: { code } }] });
    generation.push({ type: 'accepted' });
    expect(await socket.receive()).toMatchObject({ id: 'stream', type: 'next' });
    generation.end();
    expect(await socket.receive()).toEqual({ id: 'stream', type: 'complete' });
  });

  it('answers variables that do not fit with errors, and does not start the operation', async () => {
    await using socket = await ready();
    const before = generations.started.length;
    socket.subscribe('1', streamDocument, { variables: { input: { messages: 'Hello!' } } });
    const [message] = await socket.receiveUntil('complete');
    expect(message).toMatchObject({ type: 'next', payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } });
    expect(generations.started).toHaveLength(before);
  });

  it('closes with 1009 at a message that is too large', async () => {
    await using socket = await ready();
    socket.send({ type: 'ping', payload: { filler: 'x'.repeat(100_001) } });
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  it('does not compress', async () => {
    await using socket = await openSocket(running.ws, { perMessageDeflate: true });
    expect(socket.socket.extensions).toBe('');
  });
});
