import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startServer } from '../support/running-server.ts';
import {
  completeDocument,
  createStubGenerations,
  greeting,
  type StubGeneration,
  streamDocument,
} from '../support/stub-generations.ts';

const generations = createStubGenerations();
const clock = createManualClock();
const running = await startServer({ generations, clock });
afterAll(() => running[Symbol.asyncDispose]());

const delta = { type: 'text', text: 'x'.repeat(16_384) } as const;

/** Offers one batch after another for as long as the server asks for them; gives back how many it took. */
async function offer(generation: StubGeneration): Promise<number> {
  let taken = 0;
  let idleTurns = 0;
  generation.push(delta);
  while (idleTurns < 200) {
    await new Promise((resolve) => setImmediate(resolve));
    if (generation.pulls() > taken + 1) {
      taken += 1;
      idleTurns = 0;
      generation.push(delta);
    } else {
      idleTurns += 1;
    }
  }
  return taken;
}

function stalledEventStream() {
  const body = JSON.stringify({ query: streamDocument, variables: greeting });
  const socket = connect(running.port, 'localhost').pause();
  socket.on('error', () => {});
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

describe('a reader that takes nothing', () => {
  it('stops the stream over SSE, and is cut off after 20 seconds', async () => {
    const socket = stalledEventStream();
    const generation = await generations.next();
    const taken = await offer(generation);
    // What the kernel's buffers hold on both sides, and one buffer of ours.
    expect(taken * delta.text.length).toBeLessThan(16 * 1024 * 1024);
    expect(generation.isHungUp()).toBe(false);
    await clock.advance(20_000);
    await generation.hungUp;
    socket.destroy();
  });

  it('stops the stream over WebSocket, and is cut off', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    socket.socket.pause();
    const taken = await offer(generation);
    expect(taken * delta.text.length).toBeLessThan(16 * 1024 * 1024);
    expect(generation.isHungUp()).toBe(false);
    await clock.advance(24_000);
    await generation.hungUp;
  });

  it('goes on where it reads again in time', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    socket.socket.pause();
    const taken = await offer(generation);
    socket.socket.resume();
    generation.end();
    const messages = await socket.receiveUntil('complete');
    expect(messages.length).toBeGreaterThanOrEqual(taken);
  });
});

describe('a silent stream', () => {
  it.each([
    ['a subscription', streamDocument],
    ['a mutation', completeDocument],
  ])('is kept alive over SSE by a comment every 12 seconds: %s', async (_, query) => {
    const abort = new AbortController();
    const response = await fetch(running.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables: greeting }),
      signal: abort.signal,
    });
    const generation = await generations.next();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toEqual({ done: false, value: ':\n\n' });
    await clock.advance(12_000);
    expect(await reader?.read()).toEqual({ done: false, value: ':\n\n' });
    abort.abort();
    await generation.hungUp;
  });

  it('is kept alive over WebSocket by a ping every 12 seconds, and ends when none is answered', async () => {
    await using socket = await openSocket(running.ws, { autoPong: false });
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    const pinged = new Promise((resolve) => socket.socket.once('ping', resolve));
    await clock.advance(12_000);
    await pinged;
    expect(generation.isHungUp()).toBe(false);
    await clock.advance(12_000);
    await generation.hungUp;
    expect(await socket.closed).toMatchObject({ code: 1006 });
  });

  it('goes on as long as pings are answered', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    for (let count = 0; count < 5; count += 1) {
      const pinged = new Promise((resolve) => socket.socket.once('ping', resolve));
      await clock.advance(12_000);
      await pinged;
      // The pong must have arrived before time moves on: a message after it proves that it has.
      socket.send({ type: 'ping' });
      await socket.receive();
    }
    generation.push({ type: 'accepted' });
    expect(await socket.receive()).toMatchObject({ type: 'next' });
    generation.end();
  });
});

describe('a flood of ready events', () => {
  it('lets the event loop turn, so that other callers are answered meanwhile', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('flood', streamDocument, { variables: greeting });
    const generation = await generations.next();
    generation.push(...Array.from({ length: 100_000 }, () => ({ type: 'text', text: 'x' }) as const));
    generation.end();
    socket.subscribe('other', '{ __typename }');
    const order: (string | undefined)[] = [];
    do order.push((await socket.receive()).id);
    while (order.length < 100_003);
    expect(order.indexOf('other')).toBeLessThan(50_000);
    expect(order.filter((id) => id === 'flood')).toHaveLength(100_001);
  });
});
