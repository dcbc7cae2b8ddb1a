import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';
import { completeDocument, createStubGenerations, greeting, streamDocument } from '../support/stub-generations.ts';

const accept = { accept: 'text/event-stream' };

describe('a server that shuts down', () => {
  it('takes no new work, and lets what is in flight finish', async () => {
    const generations = createStubGenerations();
    const running = await startServer({ generations });
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const overSocket = await generations.next();
    const events = await running.post({ query: streamDocument, variables: greeting }, accept);
    const overSse = await generations.next();
    const answer = running.post({ query: completeDocument, variables: greeting });
    const mutation = await generations.next();

    const drained = running.server.drain(60_000);
    const refused = await running.post({ query: '{ __typename }' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.headers.get('connection')).toBe('close');
    expect((await fetch(`${running.url}/ready`)).status).toBe(503);
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
    await expect(openSocket(running.ws)).rejects.toThrow('refused with 503');
    socket.subscribe('2', '{ __typename }');
    expect(await socket.receive()).toMatchObject({
      id: '2',
      type: 'error',
      payload: [{ extensions: { code: 'SHUTTING_DOWN' } }],
    });

    overSse.push({ type: 'accepted' });
    overSse.end();
    expect(await events.text()).toContain('event: complete');
    mutation.complete(completionBy(createSmallCatalog(), 'birch/reader@quarry'));
    expect(await (await answer).json()).toMatchObject({ data: { createChatCompletion: { content: 'Hello!' } } });
    overSocket.push({ type: 'accepted' });
    overSocket.end();
    expect(await socket.receiveUntil('complete')).toHaveLength(2);
    expect(await socket.closed).toMatchObject({ code: 1001 });
    await drained;
    running.metrics.close();
    await expect(fetch(`${running.url}/health`)).rejects.toThrow();
  });

  it('closes sockets without an operation at once', async () => {
    const generations = createStubGenerations();
    const running = await startServer({ generations });
    await using idle = await openSocket(running.ws);
    await idle.init();
    await using busy = await openSocket(running.ws);
    await busy.init();
    busy.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    const drained = running.server.drain(60_000);
    expect(await idle.closed).toMatchObject({ code: 1001 });
    expect(busy.socket.readyState).toBe(busy.socket.OPEN);
    generation.end();
    await drained;
    running.metrics.close();
  });

  it('ends what is still in flight when the time is up, and leaves nothing behind', async () => {
    const generations = createStubGenerations();
    const running = await startServer({ generations });
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    socket.subscribe('2', completeDocument, { variables: greeting });
    const inFlight = [await generations.next(), await generations.next()];
    const events = await running.post({ query: streamDocument, variables: greeting }, accept);
    inFlight.push(await generations.next());

    await running.server.drain(20);
    await Promise.all(inFlight.map(({ hungUp }) => hungUp));
    expect(await socket.closed).toMatchObject({ code: 1001 });
    expect(await events.text()).not.toContain('event: complete');
    expect(await running.metrics.print()).toContain('pointsman_open_sockets 0');
    running.metrics.close();
  });

  it('does not wait for a socket that never says goodbye, nor for a connection that says nothing', async () => {
    const running = await startServer();
    const mute = connect(running.port, 'localhost');
    await new Promise((resolve) => mute.once('connect', resolve));
    mute.on('error', () => {}).pause();
    await using socket = await openSocket(running.ws);
    socket.socket.pause();
    await running.server.drain(0);
    running.metrics.close();
    mute.destroy();
  });

  it('may be told twice', async () => {
    const running = await startServer();
    await Promise.all([running.server.drain(10), running.server.drain(10), running.server.close()]);
    running.metrics.close();
  });
});

describe('a server whose port is taken', () => {
  it('says so with an error of the operating system', async () => {
    await using first = await startServer();
    await expect(startServer({ settings: { port: first.port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
