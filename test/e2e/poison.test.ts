import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { completeDocument, readStream } from '../support/callers.ts';
import { dialectWires, framesOf, openAIWire } from '../support/dialect-wires.ts';
import { faultsBeforeContent } from '../support/faults.ts';
import { createManualClock } from '../support/manual-clock.ts';
import {
  jsonAnswer,
  type StubAnswer,
  type StubRequest,
  startStubUpstream,
  streamAnswer,
} from '../support/stub-upstream.ts';
import { oneModel, startWholeServer, type WholeServer } from '../support/whole-server.ts';

const upstream = await startStubUpstream();
afterAll(upstream.close);
beforeEach(upstream.forget);

/** The endpoints of these servers are told apart by the first step of the path. */
function endpointsAt(...names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { baseUrl: `${upstream.url}/${name}/v1` }]));
}

const callsOf = (name: string) => upstream.requests.filter(({ url }) => url.startsWith(`/${name}/`)).length;
const healthOf = ({ catalog, health }: WholeServer, name: string) => {
  const endpoint = catalog.endpoint(`acme/one@${name}`);
  return endpoint && health.read(endpoint).state;
};
const saying = (text: string) => (request: StubRequest) =>
  request.text.includes('"stream":true')
    ? streamAnswer(framesOf(openAIWire, text))
    : jsonAnswer(openAIWire.whole(text));

async function complete(server: WholeServer, content: string) {
  const response = await server.post(completeDocument, { input: { messages: [{ role: 'USER', content }] } });
  const { data } = (await response.json()) as { data: { createChatCompletion: Completed } };
  return data.createChatCompletion;
}

interface Completed {
  readonly __typename: string;
  readonly content?: string;
  readonly provider?: { readonly slug: string };
  readonly retryAfterMs?: number | null;
}

describe('poison', () => {
  const refusals: readonly StubAnswer[] = [
    jsonAnswer(openAIWire.error('messages must alternate'), 400),
    jsonAnswer({ error: { message: 'too many tokens', code: 'context_length_exceeded' } }, 400),
    jsonAnswer({ error: { message: 'flagged', code: 'content_filter' } }, 400),
    jsonAnswer(openAIWire.error('Request Entity Too Large'), 413),
    jsonAnswer(openAIWire.error('Unprocessable'), 422),
    jsonAnswer({ error: { message: 'top_k is not supported', code: 'unsupported_parameter' } }, 400),
    jsonAnswer(openAIWire.error('refused for legal reasons'), 451),
  ];

  it('of 1,000 requests takes no endpoint out of service', async () => {
    await using server = await startWholeServer({
      configuration: oneModel(endpointsAt('first', 'second')),
      random: () => 0,
    });
    upstream.respond((request) =>
      request.text.includes('good')
        ? saying('fine')(request)
        : (refusals[upstream.requests.length % refusals.length] ?? { body: [] }),
    );
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          expect((await complete(server, 'poison')).__typename).toMatch(/InvalidRequest|ContextLength|ContentFiltered/);
          const events = await readStream(server, { input: { messages: [{ role: 'USER', content: 'poison' }] } });
          expect(events.at(-1)?.__typename).toBe('CompletionFailed');
        }),
      );
    }
    expect(upstream.requests.length).toBeGreaterThanOrEqual(1_000);
    expect(healthOf(server, 'first')).toBe('available');
    expect(healthOf(server, 'second')).toBe('available');
    expect(await complete(server, 'good')).toMatchObject({ content: 'fine', provider: { slug: 'first' } });
  }, 60_000);
});

describe('whatever goes wrong', () => {
  const endpoints = ['a', 'b', 'c', 'd', 'e'];

  it.each(dialectWires.map((wire) => [wire.dialect, wire] as const))(
    'an upstream that speaks %s is called three times for a request at most, by whoever retries',
    async (dialect, wire) => {
      const provider = { dialect, baseUrl: upstream.url, apiKey: 'sk-test' };
      const many = oneModel(Object.fromEntries(endpoints.map((name) => [name, provider])));
      for (const configuration of [many, oneModel({ alone: provider })]) {
        await using server = await startWholeServer({ configuration, random: () => 0 });
        for (const { title, answer } of faultsBeforeContent(wire).filter(({ patience }) => patience === undefined)) {
          server.recover();
          upstream.forget();
          upstream.respond(answer);
          const before = server.started.length;
          const events = await readStream(server);
          expect(events.at(-1)?.__typename, title).toBe('CompletionFailed');
          expect(upstream.requests.length, title).toBeGreaterThan(0);
          expect(upstream.requests.length, title).toBeLessThanOrEqual(3);
          expect(server.started.length - before, title).toBe(upstream.requests.length);
        }
      }
    },
    60_000,
  );

  it('an endpoint that has failed twice in a row, with little traffic, is not picked again while another is there', async () => {
    const clock = createManualClock();
    await using server = await startWholeServer({ configuration: oneModel(endpointsAt('first', 'second')), clock });
    upstream.respond((request) =>
      request.url.startsWith('/first/') ? jsonAnswer(openAIWire.error('broken'), 500) : saying('fine')(request),
    );
    for (let count = 0; count < 20; count += 1) {
      expect(await complete(server, 'Hello')).toMatchObject({ content: 'fine', provider: { slug: 'second' } });
    }
    expect(callsOf('first')).toBe(2);
    expect(healthOf(server, 'first')).toBe('open');
  });
});

describe('an upstream that asks to be left alone', () => {
  const refusals: readonly (readonly [
    title: string,
    status: number,
    headers: (untilMs: number) => Record<string, string>,
  ])[] = [
    ['429 and seconds', 429, () => ({ 'retry-after': '30' })],
    ['429 and milliseconds', 429, () => ({ 'retry-after-ms': '30000' })],
    ['429 and a date', 429, (until) => ({ 'retry-after': new Date(until).toUTCString() })],
    ['503 and seconds', 503, () => ({ 'retry-after': '30' })],
    ['500 and seconds', 500, () => ({ 'retry-after': '30' })],
    ['402 and seconds', 402, () => ({ 'retry-after': '30' })],
  ];

  it.each(refusals)('by %s gets no request before that time has passed', async (_, status, headers) => {
    const clock = createManualClock();
    await using server = await startWholeServer({ configuration: oneModel(endpointsAt('first', 'second')), clock });
    upstream.respond((request) =>
      request.url.startsWith('/first/')
        ? jsonAnswer(openAIWire.error('not now'), status, headers(clock.now() + 30_000))
        : saying('fine')(request),
    );
    expect(await complete(server, 'Hello')).toMatchObject({ provider: { slug: 'second' } });
    for (const waitMs of [0, 10_000, 19_990]) {
      await clock.advance(waitMs);
      expect(await complete(server, 'Hello')).toMatchObject({ provider: { slug: 'second' } });
    }
    expect(callsOf('first')).toBe(1);
    upstream.respond(saying('again'));
    // Up to a tenth is added, so that not all return at once.
    await clock.advance(3_020);
    expect(await complete(server, 'Hello')).toMatchObject({ content: 'again', provider: { slug: 'first' } });
  });

  it('is left alone until the latest of the times that it named, in whatever order it named them', async () => {
    const clock = createManualClock();
    await using server = await startWholeServer({ configuration: oneModel(endpointsAt('first', 'second')), clock });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 4 }), async (seconds) => {
        server.recover();
        upstream.forget();
        const held = Promise.withResolvers<void>();
        upstream.respond((request) => {
          if (!request.url.startsWith('/first/')) return saying('fine')(request);
          const [, index] = /number (\d)/.exec(request.text) ?? [];
          const after = { 'retry-after': String(seconds[Number(index)]) };
          return { ...jsonAnswer(openAIWire.error('not now'), 429, after), before: [{ until: held.promise }] };
        });
        const asked = seconds.map((_, index) => complete(server, `number ${index}`));
        await expect.poll(() => callsOf('first'), { interval: 1 }).toBe(seconds.length);
        held.resolve();
        await Promise.all(asked);

        const latestMs = Math.max(...seconds) * 1_000;
        await clock.advance(latestMs - 1);
        expect(await complete(server, 'Hello')).toMatchObject({ provider: { slug: 'second' } });
        expect(callsOf('first')).toBe(seconds.length);
        await clock.advance(0.1 * latestMs + 2);
        upstream.respond(saying('again'));
        expect(await complete(server, 'Hello')).toMatchObject({ provider: { slug: 'first' } });
      }),
      { numRuns: 15 },
    );
  });

  it('as all others do, makes the error say when the first of them may be asked again', async () => {
    const clock = createManualClock();
    await using server = await startWholeServer({ configuration: oneModel(endpointsAt('first', 'second')), clock });
    upstream.respond(({ url }) => {
      const after = { 'retry-after': url.startsWith('/first/') ? '40' : '15' };
      return jsonAnswer(openAIWire.error('not now'), 429, after);
    });
    expect(await complete(server, 'Hello')).toMatchObject({ __typename: 'RateLimited', retryAfterMs: 15_000 });
    await clock.advance(5_000);
    const refused = await complete(server, 'Hello');
    expect(refused).toMatchObject({ __typename: 'NoEndpointAvailable', retryAfterMs: expect.any(Number) });
    expect(refused?.retryAfterMs).toBeGreaterThanOrEqual(10_000);
    expect(refused?.retryAfterMs).toBeLessThanOrEqual(11_500);
    expect(upstream.requests).toHaveLength(2);
  });
});
