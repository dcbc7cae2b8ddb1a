import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';
import { completeDocument, createStubGenerations, greeting, streamDocument } from '../support/stub-generations.ts';

const generations = createStubGenerations();
const running = await startServer({ generations });
afterAll(() => running[Symbol.asyncDispose]());

/** Sends a request and gives back its socket, to be destroyed like a caller's that dies. */
function request(query: string, accept: string) {
  const body = JSON.stringify({ query, variables: greeting });
  const socket = connect(running.port, 'localhost');
  socket.on('error', () => {});
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return socket;
}

const overHttp = [
  ['a mutation over HTTP', completeDocument, 'application/json'],
  ['a mutation over SSE', completeDocument, 'text/event-stream'],
  ['a subscription over SSE', streamDocument, 'text/event-stream'],
] as const;

describe('a caller that hangs up', () => {
  it.each(overHttp)('ends %s that has said nothing yet', async (_, query, accept) => {
    const socket = request(query, accept);
    const generation = await generations.next();
    expect(generation.isHungUp()).toBe(false);
    socket.destroy();
    await generation.hungUp;
  });

  it('ends a subscription over SSE in the middle of its stream', async () => {
    const socket = request(streamDocument, 'text/event-stream');
    const generation = await generations.next();
    generation.push({ type: 'accepted' }, { type: 'text', text: 'one' });
    let text = '';
    for await (const chunk of socket.iterator({ destroyOnReturn: true })) {
      text += chunk;
      if (text.includes('"one"')) break;
    }
    await generation.hungUp;
  });

  it.each([
    ['mutation', completeDocument],
    ['subscription', streamDocument],
  ])('ends a %s over WebSocket by completing it', async (_, query) => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', query, { variables: greeting });
    const generation = await generations.next();
    socket.send({ id: '1', type: 'complete' });
    await generation.hungUp;
    socket.subscribe('2', '{ __typename }');
    expect(await socket.receive()).toMatchObject({ id: '2', type: 'next' });
  });

  it('ends a subscription over WebSocket in the middle of its stream', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    generation.push({ type: 'accepted' });
    await socket.receive();
    socket.send({ id: '1', type: 'complete' });
    await generation.hungUp;
  });

  it.each([
    ['by closing it', false],
    ['by dying', true],
  ])('ends everything on its WebSocket %s', async (_, dying) => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', completeDocument, { variables: greeting });
    socket.subscribe('2', streamDocument, { variables: greeting });
    const [first, second] = [await generations.next(), await generations.next()];
    if (dying) socket.socket.terminate();
    else socket.socket.close();
    await Promise.all([first.hungUp, second.hungUp]);
  });

  it('never starts an operation that was completed in the same breath', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    const before = generations.started.length;
    socket.subscribe('1', completeDocument, { variables: greeting });
    socket.send({ id: '1', type: 'complete' });
    socket.subscribe('2', '{ __typename }');
    await socket.receiveUntil('complete');
    expect(generations.started.slice(before).every((generation) => generation.isHungUp())).toBe(true);
  });

  it('leaves no stream, socket or running generation behind', async () => {
    // The gauges go down when the closing is complete, a moment after the generation hears of it.
    await expect
      .poll(async () => (await running.metrics.print()).match(/^pointsman_open_(streams\{.*|sockets) (?!0$).*$/gm))
      .toBeNull();
    expect(generations.running()).toBe(0);
  });

  it('is no error worth logging', () => {
    expect(running.logged).toEqual([]);
  });
});
