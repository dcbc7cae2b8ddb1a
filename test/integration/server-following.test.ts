import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { completeDocument, hello, readStream, streamDocument } from '../support/callers.ts';
import { openAIWire } from '../support/dialect-wires.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { jsonAnswer, type StubAnswer, startStubUpstream } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, until } from '../support/whole-server.ts';

const upstream = await startStubUpstream();
const server = await startWholeServer({
  configuration: oneModel({ acme: { baseUrl: upstream.url } }),
  streams: { graceMs: 300 },
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream.close();
});
afterEach(async () => {
  server.generations.cancelAll();
  await server.generations.idle();
  server.recover();
});

const followDocument = `subscription ($id: ID!, $after: Int) {
  followGeneration(id: $id, after: $after) {
    __typename
    ... on ChatCompletionEventFields { generationId sequence }
    ... on ContentDelta { text }
    ... on CompletionFinished { completion { content finishReason } }
    ... on CompletionFailed { error { __typename ... on UserError { code retryable } } }
  }
}`;

interface Seen {
  readonly __typename: string;
  readonly generationId: string;
  readonly sequence: number;
  readonly text?: string;
}

const written = (words: string) => words.split(' ').map((word) => ({ write: openAIWire.content(`${word} `) }));
const ending = openAIWire.closing.map((write) => ({ write }));
const headers = { 'content-type': openAIWire.contentType };
/** Says something, waits until it is let go, and says the rest. */
function inTwoParts(): { readonly answer: StubAnswer; readonly goOn: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = [...written('one two'), { until: promise }, ...written('three four'), ...ending];
  return { answer: { headers, body }, goOn: resolve };
}

/** A subscription on a socket of its own. */
async function subscribe(query: string, variables: object) {
  const socket = await openSocket(server.ws);
  await socket.init();
  socket.subscribe('1', query, { variables });
  const seen: Seen[] = [];
  const next = async () => {
    const { type, payload } = await socket.receive();
    if (type !== 'next') return false;
    const { data } = payload as { data: Record<string, Seen> };
    seen.push(...Object.values(data));
    return true;
  };
  const until = async (typeName: string) => {
    while (seen.at(-1)?.__typename !== typeName) if (!(await next())) throw new Error(`no ${typeName}`);
    return seen;
  };
  return { socket, seen, next, until, leave: () => socket.socket.terminate() };
}

const asked = (more: object) => ({ input: { ...hello.input, ...more } });

describe('followGeneration', () => {
  it('gives over WebSocket and SSE what the first reader gets, from any event on, while it runs and afterwards', async () => {
    const { answer, goOn } = inTwoParts();
    upstream.respond(answer);
    const owner = await subscribe(streamDocument, hello);
    const [accepted] = await owner.until('ContentDelta');
    const id = accepted?.generationId ?? '';
    const follower = await subscribe(followDocument, { id });
    await follower.until('ContentDelta');
    const late = await subscribe(followDocument, { id, after: 1 });
    goOn();
    const whole = await owner.until('CompletionFinished');
    const comparable = (events: readonly Seen[]) =>
      events.map(({ __typename, generationId, sequence, text }) => ({ __typename, generationId, sequence, text }));
    expect(comparable(await follower.until('CompletionFinished'))).toEqual(comparable(whole));
    expect(comparable(await late.until('CompletionFinished'))).toEqual(comparable(whole.slice(2)));
    for (const { socket, leave } of [owner, follower, late]) {
      expect((await socket.receive()).type).toBe('complete');
      leave();
    }

    const response = await server.post(followDocument, { id, after: 0 }, { accept: 'text/event-stream' });
    const frames = (await response.text()).split('\n\n').filter((frame) => frame.startsWith('event: next'));
    const again = frames.map((frame) => JSON.parse(frame.slice(frame.indexOf('{'))).data.followGeneration);
    expect(comparable(again)).toEqual(comparable(whole.slice(1)));
  });

  it('says of a generation that is not there that it is not there, and nothing else', async () => {
    const stranger = await subscribe(followDocument, { id: 'gen-none', after: 6 });
    await stranger.next();
    expect(stranger.seen).toEqual([
      {
        __typename: 'CompletionFailed',
        generationId: 'gen-none',
        sequence: 7,
        error: { __typename: 'GenerationNotFound', code: 'GENERATION_NOT_FOUND', retryable: false },
      },
    ]);
    expect(await stranger.next()).toBe(false);
    stranger.leave();
  });

  it('refuses a place before the first event', async () => {
    const follower = await subscribe(followDocument, { id: 'gen-none', after: -1 });
    expect((await follower.until('CompletionFailed')).at(-1)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    follower.leave();
  });

  it('reads to the end what its own reader left, where that had asked for FINISH', async () => {
    const { answer, goOn } = inTwoParts();
    upstream.respond(answer);
    const owner = await subscribe(streamDocument, asked({ onDisconnect: 'FINISH' }));
    const [accepted] = await owner.until('ContentDelta');
    owner.leave();
    await owner.socket.closed;
    goOn();
    await server.generations.idle();
    const follower = await subscribe(followDocument, { id: accepted?.generationId });
    expect((await follower.until('CompletionFinished')).at(-1)).toMatchObject({
      completion: { content: 'one two three four ', finishReason: 'STOP' },
    });
    follower.leave();
  });

  it('keeps a generation going whose first reader has left', async () => {
    const { answer, goOn } = inTwoParts();
    upstream.respond(answer);
    const owner = await subscribe(streamDocument, hello);
    const [accepted] = await owner.until('ContentDelta');
    const follower = await subscribe(followDocument, { id: accepted?.generationId });
    await follower.until('ContentDelta');
    owner.leave();
    await owner.socket.closed;
    goOn();
    await follower.until('CompletionFinished');
    follower.leave();
  });
});

describe('an idempotency key', () => {
  it('lets a client that lost its connection come back, and asks the provider once', async () => {
    const before = upstream.requests.length;
    const { answer, goOn } = inTwoParts();
    upstream.respond(answer);
    const lost = await subscribe(streamDocument, asked({ idempotencyKey: 'come back' }));
    const [accepted] = await lost.until('ContentDelta');
    lost.leave();
    await lost.socket.closed;
    const back = await subscribe(streamDocument, asked({ idempotencyKey: 'come back' }));
    expect((await back.until('ContentDelta'))[0]).toEqual(accepted);
    goOn();
    const whole = await back.until('CompletionFinished');
    back.leave();
    expect(await readStream(server, asked({ idempotencyKey: 'come back' }))).toEqual(whole);
    const response = await server.post(completeDocument, asked({ idempotencyKey: 'come back' }));
    const { data } = (await response.json()) as { data: { createChatCompletion: object } };
    expect(data.createChatCompletion).toMatchObject({ content: 'one two three four ' });
    expect(upstream.requests).toHaveLength(before + 1);
  });

  it('stops the work when nobody comes back', async () => {
    upstream.respond({ headers, body: [...written('one'), { stall: true }] });
    const lost = await subscribe(streamDocument, asked({ idempotencyKey: 'nobody' }));
    await lost.until('ContentDelta');
    lost.leave();
    await lost.socket.closed;
    await until(() => upstream.connections() === 0, 'the upstream is closed');
  });

  it('answers mutations that come at the same time with one completion', async () => {
    const before = upstream.requests.length;
    upstream.respond(jsonAnswer(openAIWire.whole('Hello')));
    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await server.post(completeDocument, asked({ idempotencyKey: 'thrice' }))).text()),
    );
    expect(answers[0]).toContain('"content":"Hello"');
    expect(new Set(answers).size).toBe(1);
    expect(upstream.requests).toHaveLength(before + 1);
  });

  it('of another request is a conflict, in a mutation and in a stream', async () => {
    upstream.respond(jsonAnswer(openAIWire.whole('Hello')));
    await server.post(completeDocument, asked({ idempotencyKey: 'mine' }));
    const other = asked({ idempotencyKey: 'mine', temperature: 1 });
    const response = await server.post(completeDocument, other);
    expect(await response.text()).toContain('"code":"IDEMPOTENCY_CONFLICT"');
    const events = await readStream(server, other);
    expect(events.at(-1)).toMatchObject({ error: { __typename: 'IdempotencyConflict' } });
  });

  it.each(['', 'a\nb', 'é', 'x'.repeat(256)])('is refused where it is %j', async (idempotencyKey) => {
    const response = await server.post(completeDocument, asked({ idempotencyKey }));
    expect(await response.text()).toContain('`idempotencyKey` must be 1 to 255 printable ASCII characters.');
  });
});
