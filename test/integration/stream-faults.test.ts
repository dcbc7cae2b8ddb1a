import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { completeDocument, readStream, type SeenEvent } from '../support/callers.ts';
import { type DialectWire, dialectWires, framesOf } from '../support/dialect-wires.ts';
import { type Fault, faultsAfterContent, faultsBeforeContent } from '../support/faults.ts';
import {
  byteByByte,
  gzipped,
  jsonAnswer,
  type StubAnswer,
  startStubUpstream,
  stoppedAfter,
  streamAnswer,
} from '../support/stub-upstream.ts';
import { startWholeServer, until } from '../support/whole-server.ts';

/** How many offsets inside events are tried for each dialect and each way of breaking off; `CUTS=all` tries every byte. */
const cuts = process.env.CUTS === 'all' ? Number.POSITIVE_INFINITY : Number(process.env.CUTS ?? 16);
/** Long enough for a busy machine to deliver a first piece, short enough to wait for. */
const shortMs = 500;

const healthy = await startStubUpstream();
const faulty = await startStubUpstream();
const server = await startWholeServer({ configuration: configurationOf(dialectWires), random: () => 0 });
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await Promise.all([healthy.close(), faulty.close()]);
});
beforeEach(server.recover);

const partial = ['Grüße, ', '世界 👋 ', 'and so on'];
const wholeText = 'All is well.';

/** For each dialect a model that the faulty upstream serves first and the healthy one next, with usual and with short deadlines. */
function configurationOf(wires: readonly DialectWire[]): object {
  const deadlines = { firstContentMs: shortMs, gapMs: shortMs };
  const providers: Record<string, object> = {};
  const models: Record<string, object> = {};
  for (const { dialect } of wires) {
    providers[`faulty-${dialect}`] = { dialect, baseUrl: faulty.url, apiKey: 'sk-test' };
    providers[`hasty-${dialect}`] = { dialect, baseUrl: faulty.url, apiKey: 'sk-test', deadlines };
    providers[`healthy-${dialect}`] = { dialect, baseUrl: healthy.url, apiKey: 'sk-test' };
    const endpoint = (provider: string, price: string) => ({
      provider: `${provider}-${dialect}`,
      upstreamModel: 'model-1',
      pricing: { prompt: price, completion: price },
    });
    for (const first of ['faulty', 'hasty']) {
      const endpoints = [endpoint(first, '0.000001'), endpoint('healthy', '0.000002')];
      models[`acme/${first}-${dialect}`] = { contextLength: 100_000, endpoints };
    }
  }
  return { builtInCatalog: false, discovery: false, providers, models };
}

function asks(wire: DialectWire, fault: Fault | StubAnswer, text = '-') {
  const first = 'patience' in fault ? 'hasty' : 'faulty';
  return { input: { model: `acme/${first}-${wire.dialect}`, messages: [{ role: 'USER', content: text }] } };
}

/** What holds of every stream, however it went. Gives back the text that was delivered, and its last event. */
function check(events: readonly SeenEvent[], title: string) {
  expect(
    events.map(({ sequence }) => sequence),
    title,
  ).toEqual(events.map((_, index) => index));
  expect(new Set(events.map(({ generationId }) => generationId)).size, title).toBe(1);
  expect(events[0]?.__typename, title).toBe('CompletionAccepted');
  const terminal = events.filter(({ __typename }) => /^Completion(Finished|Failed)$/.test(__typename));
  expect(terminal, title).toEqual([events.at(-1)]);
  const started = events.filter(({ __typename }) => __typename === 'CompletionStarted');
  const firstDelta = events.findIndex(({ __typename }) => __typename === 'ContentDelta');
  if (firstDelta !== -1) expect(events.indexOf(started[0] as SeenEvent), title).toBeLessThan(firstDelta);
  expect(started.length, title).toBeLessThanOrEqual(1);
  const text = events.map((event) => event.text ?? '').join('');
  const last = events.at(-1);
  expect(last?.completion === undefined ? last?.content : (last.completion.content ?? ''), title).toBe(text);
  return { text, last, provider: started[0]?.endpoint?.provider.slug };
}

function expectFailover(events: readonly SeenEvent[], title: string): void {
  const { text, last, provider } = check(events, title);
  expect(provider, title).toMatch(/^healthy-/);
  expect(text, title).toBe(wholeText);
  expect(
    last?.completion?.attempts.map(({ outcome }) => outcome),
    title,
  ).toEqual(['FAILED', 'SUCCEEDED']);
}

describe.each(dialectWires.map((wire) => [wire.dialect, wire] as const))('a stream in the dialect %s', (_, wire) => {
  const respond = (answer: StubAnswer) => {
    server.recover();
    faulty.respond(answer);
    healthy.respond(streamAnswer(framesOf(wire, wholeText), wire.contentType));
  };
  const before = faultsBeforeContent(wire);

  it('goes on at another endpoint, and shows nothing of it, whatever happens before the first content', async () => {
    for (const fault of before.filter(({ patience }) => patience === undefined)) {
      respond(fault.answer);
      expectFailover(await readStream(server, asks(wire, fault)), fault.title);
    }
  });

  it('goes on at another endpoint when nothing comes in time', async () => {
    const slow = before.filter(({ patience }) => patience === 'short');
    respond(slow[0]?.answer ?? { body: [] });
    faulty.respond(({ text }) => slow.find(({ title }) => text.includes(`"${title}"`))?.answer ?? { body: [] });
    await Promise.all(
      slow.map(async (fault) => expectFailover(await readStream(server, asks(wire, fault, fault.title)), fault.title)),
    );
  });

  it('goes on at another endpoint for a whole answer, too', async () => {
    for (const fault of before.filter(({ patience, title }) => patience === undefined && !title.includes('opens'))) {
      respond(fault.answer);
      healthy.respond(jsonAnswer(wire.whole(wholeText)));
      const response = await server.post(completeDocument, asks(wire, fault));
      const { data } = (await response.json()) as { data: { createChatCompletion: object } };
      expect(data.createChatCompletion, fault.title).toMatchObject({
        content: wholeText,
        attempts: [{ outcome: 'FAILED' }, { outcome: 'SUCCEEDED' }],
      });
    }
  });

  it('keeps what was delivered and fails once, whatever happens after the first content', async () => {
    const titles = faultsAfterContent(wire, 'x', Promise.resolve()).map(({ title }) => title);
    for (const [index, title] of titles.entries()) {
      // Breakers open at so many faults; here each is to meet an endpoint that is trusted.
      server.recover();
      const { promise: seen, resolve } = Promise.withResolvers<void>();
      const fault = faultsAfterContent(wire, partial[0] ?? '', seen)[index];
      if (fault === undefined) continue;
      answers.set(title, fault.answer);
      const events = await readStream(server, asks(wire, fault, title), (event) => event.text && resolve());
      const { text, last, provider } = check(events, title);
      expect(provider, title).toMatch(/^(faulty|hasty)-/);
      expect(text, title).toBe(partial[0]);
      expect(
        last?.attempts?.map(({ outcome }) => outcome),
        title,
      ).toEqual(['FAILED']);
    }
  });

  it('is whole when it only comes slowly, in pieces, compressed, or between keep-alives', async () => {
    const frames = framesOf(wire, ...partial);
    const whole = streamAnswer(frames, wire.contentType);
    const kept = streamAnswer(
      frames.flatMap((frame) => [wire.keepAlive, frame]),
      wire.contentType,
    );
    for (const answer of [whole, byteByByte(whole), gzipped(whole), kept]) {
      respond(answer);
      const { text, last, provider } = check(await readStream(server, asks(wire, answer)), wire.dialect);
      expect(provider).toBe(`faulty-${wire.dialect}`);
      expect(text).toBe(partial.join(''));
      expect(last?.completion?.attempts).toEqual([{ outcome: 'SUCCEEDED', failureKind: null }]);
    }
  });

  it('never ends well where it was cut, at any event or inside one, and never shows text of two endpoints', async () => {
    const frames = framesOf(wire, ...partial);
    const answer = streamAnswer(frames, wire.contentType);
    const needed = frames
      .slice(0, frames.length - wire.optionalFrames)
      .join('')
      .trimEnd();
    const seen = { failover: 0, failed: 0, finished: 0 };
    for (const [way, then] of [
      ['cut', [{ drop: true }]],
      ['reset', [{ reset: true }]],
      ['ended', []],
    ] as const) {
      for (const bytes of offsets(frames, cuts)) {
        const title = `${wire.dialect}, ${way} after ${bytes} bytes`;
        respond(stoppedAfter(answer, bytes, ...then));
        const events = await readStream(server, asks(wire, answer));
        const { text, last, provider } = check(events, title);
        if (provider === `healthy-${wire.dialect}`) {
          seen.failover += 1;
          expectFailover(events, title);
        } else if (last?.__typename === 'CompletionFailed') {
          seen.failed += 1;
          expect(text, title).not.toBe('');
          expect(partial.join('').startsWith(text), title).toBe(true);
          expect(last.attempts, title).toMatchObject([{ outcome: 'FAILED', failureKind: 'TRUNCATED' }]);
        } else {
          seen.finished += 1;
          expect(bytes, `${title}: a clean end`).toBeGreaterThanOrEqual(Buffer.byteLength(needed));
          expect(text, title).toBe(partial.join(''));
        }
      }
    }
    expect(seen.failover).toBeGreaterThan(0);
    expect(seen.failed).toBeGreaterThan(0);
  });

  it('is never taken for whole where a whole answer was cut', async () => {
    const answer = jsonAnswer(wire.whole(partial.join('')));
    const text = JSON.stringify(wire.whole(partial.join('')));
    for (const then of [[{ drop: true }], [{ reset: true }], []] as const) {
      for (const bytes of offsets([text], cuts / 2).filter((offset) => offset < Buffer.byteLength(text))) {
        respond(stoppedAfter(answer, bytes, ...then));
        healthy.respond(jsonAnswer(wire.whole(wholeText)));
        const response = await server.post(completeDocument, asks(wire, answer));
        const { data } = (await response.json()) as { data: { createChatCompletion: object } };
        expect(data.createChatCompletion, `after ${bytes} bytes`).toMatchObject({ content: wholeText });
      }
    }
  });

  const answers = new Map<string, StubAnswer>();
  beforeEach(() => {
    answers.clear();
    faulty.respond(({ text }) => [...answers].find(([title]) => text.includes(`"${title}"`))?.[1] ?? { body: [] });
    healthy.respond(streamAnswer(framesOf(wire, wholeText), wire.contentType));
  });
});

describe('after all faults', () => {
  it('no attempt is left unended, and nothing unexpected has happened', async () => {
    expect(server.ended).toHaveLength(server.started.length);
    expect(server.bugs).toEqual([]);
    expect(server.errors).toEqual([]);
    await until(() => server.generations.running() === 0, 'nothing is being generated');
  });
});

/** Every end of an event, and so many places between them, the same ones each time. */
function offsets(frames: readonly string[], most: number): number[] {
  const total = Buffer.byteLength(frames.join(''));
  const ends: number[] = [];
  let end = 0;
  for (const frame of frames) {
    end += Buffer.byteLength(frame);
    ends.push(end);
  }
  const step = Math.max(1, total / most);
  const inside = Array.from({ length: Math.floor(total / step) }, (_, index) => Math.floor(index * step));
  return [...new Set([...ends, ...inside])].toSorted((a, b) => a - b);
}
