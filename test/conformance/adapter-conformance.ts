import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Prompt, StreamPart } from '../../src/chat.ts';
import { type FailureKind, ProviderError } from '../../src/errors.ts';
import { answerOf } from '../../src/providers/answer.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';
import {
  byteByByte,
  gzipped,
  jsonAnswer,
  type StubAnswer,
  type StubRequest,
  type StubUpstream,
  startStubUpstream,
  stoppedAfter,
  streamAnswer,
} from '../support/stub-upstream.ts';

/** The key that every adapter under test is given. It may be sent to the upstream, and appear nowhere else. */
export const canaryKey = 'sk-canary-7f3a91c2d4e5';

/** One answer as a dialect's upstream sends it, whole and in frames, and what it says. */
export interface RecordedAnswer {
  /** The JSON of the whole answer. */
  readonly whole: unknown;
  /** The stream: one event or line each, with its line ends. */
  readonly frames: readonly string[];
  /** What both say. */
  readonly answer: Answer;
}

export interface RecordedFailure {
  /** Completes "fails as KIND for …". */
  readonly title: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly kind: FailureKind;
  readonly retryAfterMs?: number;
}

export interface AdapterUnderTest {
  readonly name: string;
  /** Makes the adapter, with `canaryKey`, for an upstream on loopback. */
  readonly createProvider: (baseUrl: string) => Provider;
  /** Further fields of every call. */
  readonly call?: Partial<ProviderCall>;
  readonly wire: {
    /** Of streams; `text/event-stream` by default. */
    readonly contentType?: string;
    /** Two or more frames of text. */
    readonly text: RecordedAnswer;
    /** One call of a tool, its arguments in more than one frame where the dialect can do that. */
    readonly tool: RecordedAnswer;
    /** Two calls. */
    readonly parallelTools: RecordedAnswer;
    readonly reasoning?: RecordedAnswer;
    /** Further answers, by title. */
    readonly others?: Readonly<Record<string, RecordedAnswer>>;
    /** How many of the last frames of `text` may be missing without the answer being incomplete, in a stream that ends cleanly. */
    readonly optionalFrames: number;
    /** A frame of content that may come any number of times; and what opens a stream, if the dialect needs it. */
    readonly contentFrame: string;
    readonly openingFrames?: readonly string[];
    /** What an upstream sends to keep a connection alive, in frames that mean nothing. */
    readonly keepAlives: readonly string[];
    /** Errors by status. */
    readonly failures: readonly RecordedFailure[];
    /** Whole answers with status 200 that are errors, and streams that fail: before content, or after it. */
    readonly errorsInside: readonly { readonly title: string; readonly whole: unknown; readonly kind: FailureKind }[];
    readonly errorFrames: readonly {
      readonly title: string;
      readonly frames: readonly string[];
      readonly kind: FailureKind;
    }[];
    /** What is sent for a conversation of one user message, `Hello`, to model `model-1`. */
    readonly minimalRequest: {
      readonly whole: { readonly url: string; readonly json: unknown };
      readonly stream: { readonly url: string; readonly json: unknown };
      /** Names of headers beyond the usual ones. */
      readonly headers: readonly string[];
    };
  };
}

const usualHeaders = [
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
];

/** Proves that an adapter keeps the contract of `Provider`, against a real upstream on loopback. */
export function describeAdapter({ name, createProvider, call: callFields, wire }: AdapterUnderTest): void {
  describe(`the ${name} adapter`, () => {
    let upstream: StubUpstream;
    let provider: Provider;
    beforeEach(async () => {
      upstream = await startStubUpstream();
      provider = createProvider(upstream.url);
    });
    afterEach(async () => {
      await upstream.close();
      await provider.close();
    });

    const prompt: Prompt = { messages: [{ role: 'user', content: 'Hello' }] };
    const call: ProviderCall = {
      model: 'model-1',
      prompt,
      supportedParameters: new Set(),
      connectTimeoutMs: 5000,
      ...callFields,
    };
    const signal = new AbortController().signal;
    const complete = (abort = signal) => provider.complete(call, abort);
    const stream = async (abort = signal): Promise<StreamPart[]> => {
      const parts: StreamPart[] = [];
      for await (const batch of provider.stream(call, abort)) parts.push(...batch);
      return parts;
    };
    const streamed = (frames: readonly string[]) => streamAnswer(frames, wire.contentType);
    const failureOf = async (work: Promise<unknown>): Promise<ProviderError> => {
      const outcome = await work.then(
        (value) => new Error(`succeeded with ${inspect(value)}`),
        (error: unknown) => error,
      );
      if (!(outcome instanceof ProviderError)) throw outcome;
      expect(inspect(outcome, { depth: 12, showHidden: true })).not.toContain(canaryKey);
      expect(outcome.message.length).toBeLessThanOrEqual(500);
      expect(outcome.message).not.toMatch(/[\r\n]|<[a-z!/]/i);
      return outcome;
    };

    const answers: Readonly<Record<string, RecordedAnswer>> = {
      text: wire.text,
      'a tool call': wire.tool,
      'parallel tool calls': wire.parallelTools,
      ...(wire.reasoning === undefined ? {} : { reasoning: wire.reasoning }),
      ...wire.others,
    };

    for (const [title, recorded] of Object.entries(answers)) {
      it(`reads ${title}, whole`, async () => {
        upstream.respond(jsonAnswer(recorded.whole));
        expect(await complete()).toEqual(recorded.answer);
      });

      it(`reads ${title}, streamed, and it says the same`, async () => {
        upstream.respond(streamed(recorded.frames));
        const parts = await stream();
        expect(answerOf(parts)).toEqual(recorded.answer);
        expect(parts.filter((part) => part.type === 'finish')).toHaveLength(1);
        expect(parts.filter((part) => part.type === 'usage').length).toBeLessThanOrEqual(1);
        const begun = new Set<number>();
        for (const part of parts) {
          if (part.type !== 'toolCall') continue;
          if (!begun.has(part.index)) expect(part).toMatchObject({ id: expect.any(String), name: expect.any(String) });
          begun.add(part.index);
        }
        expect([...begun]).toEqual([...begun.keys()].map((_, index) => index));
      });

      it(`reads ${title} in the same parts when each byte comes by itself`, async () => {
        upstream.respond(streamed(recorded.frames));
        const parts = await stream();
        upstream.respond(byteByByte(streamed(recorded.frames)));
        expect(await stream()).toEqual(parts);
      });
    }

    it('reads answers that are compressed against its wish', async () => {
      upstream.respond(gzipped(jsonAnswer(wire.text.whole)));
      expect(await complete()).toEqual(wire.text.answer);
      upstream.respond(gzipped(streamed(wire.text.frames)));
      expect(answerOf(await stream())).toEqual(wire.text.answer);
    });

    it('yields nothing for keep-alives', async () => {
      upstream.respond(streamed(wire.text.frames.flatMap((frame) => [...wire.keepAlives, frame])));
      expect(answerOf(await stream())).toEqual(wire.text.answer);
      const [first = ''] = wire.text.frames;
      upstream.respond({
        ...streamed([...wire.keepAlives, first]),
        body: [...streamed(wire.keepAlives).body, { drop: true }],
      });
      const batches: (readonly StreamPart[])[] = [];
      const work = async () => {
        for await (const batch of provider.stream(call, signal)) batches.push(batch);
      };
      expect(await failureOf(work())).toMatchObject({ kind: 'truncated' });
      expect(batches.flat()).toEqual([]);
    });

    it('never takes a stream that breaks off for a whole answer', async () => {
      const answer = streamed(wire.text.frames);
      const total = Buffer.byteLength(wire.text.frames.join(''));
      const lastFrame = total - Buffer.byteLength(wire.text.frames.at(-1) ?? '');
      for (const bytes of offsets(wire.text.frames, lastFrame)) {
        upstream.respond(stoppedAfter(answer, bytes, bytes % 2 === 0 ? { drop: true } : { reset: true }));
        expect(await failureOf(stream()), `broken after ${bytes} bytes`).toMatchObject({ kind: 'truncated' });
      }
    });

    it('never takes a stream that ends too early for a whole answer', async () => {
      const answer = streamed(wire.text.frames);
      const needed = wire.text.frames
        .slice(0, wire.text.frames.length - wire.optionalFrames)
        .join('')
        .trimEnd();
      for (const bytes of offsets(wire.text.frames, Buffer.byteLength(needed) - 1)) {
        upstream.respond(stoppedAfter(answer, bytes));
        expect(await failureOf(stream()), `ended after ${bytes} bytes`).toMatchObject({ kind: 'truncated' });
      }
    });

    it('delivers what came before a break', async () => {
      const text = [...(wire.openingFrames ?? []), wire.contentFrame];
      upstream.respond({ ...streamed(text), body: [...streamed(text).body, { waitMs: 20 }, { drop: true }] });
      const parts: StreamPart[] = [];
      const work = async () => {
        for await (const batch of provider.stream(call, signal)) parts.push(...batch);
      };
      expect(await failureOf(work())).toMatchObject({ kind: 'truncated' });
      expect(parts).not.toEqual([]);
    });

    it('fails for an answer that breaks off or is garbage', async () => {
      const whole = jsonAnswer(wire.text.whole);
      const { length } = JSON.stringify(wire.text.whole);
      upstream.respond(stoppedAfter(whole, length - 5, { drop: true }));
      expect(await failureOf(complete())).toMatchObject({ kind: 'truncated' });
      for (const garbage of ['', '{"a":', '<html><body>Welcome</body></html>', '[]', 'null', '42', '{}']) {
        upstream.respond(jsonAnswer(garbage));
        expect(await failureOf(complete()), garbage).toMatchObject({
          kind: expect.stringMatching(/malformed|truncated/),
        });
        upstream.respond(streamed([garbage]));
        expect(await failureOf(stream()), garbage).toMatchObject({
          kind: expect.stringMatching(/malformed|truncated/),
        });
      }
      upstream.respond({ raw: true, body: [{ write: 'this is no HTTP\r\n\r\n' }] });
      expect(await failureOf(complete())).toMatchObject({ kind: 'malformed_response' });
    });

    it('fails for a line without an end before it fills the memory', async () => {
      upstream.respond({ ...streamed([]), body: [{ write: 'data: ' }, { repeat: 'x'.repeat(65_536) }] });
      expect(await failureOf(stream())).toMatchObject({ kind: 'malformed_response' });
      await (await upstream.nextRequest()).closed;
    });

    it('reads no more than the start of an error without an end', async () => {
      upstream.respond({ status: 500, headers: {}, body: [{ repeat: 'x'.repeat(65_536) }] });
      expect(await failureOf(complete())).toMatchObject({ kind: 'server_failed', status: 500 });
      await (await upstream.nextRequest()).closed;
    });

    for (const { title, status, headers, body, kind, retryAfterMs } of wire.failures) {
      it(`fails as ${kind} for ${title}`, async () => {
        upstream.respond(jsonAnswer(body, status, headers));
        for (const work of [complete, stream]) {
          const failure = await failureOf(work());
          expect(failure).toMatchObject({ kind, status, retryAfterMs });
          expect(failure.message).not.toBe('');
        }
      });
    }

    for (const { title, whole, kind } of wire.errorsInside) {
      it(`fails as ${kind} for ${title} inside an answer with status 200`, async () => {
        upstream.respond(jsonAnswer(whole));
        expect(await failureOf(complete())).toMatchObject({ kind });
        // Some upstreams answer the wish for a stream so, too.
        expect(await failureOf(stream())).toMatchObject({ kind });
      });
    }

    for (const { title, frames, kind } of wire.errorFrames) {
      it(`fails as ${kind} for ${title} inside a stream, before and after content`, async () => {
        upstream.respond(streamed(frames));
        expect(await failureOf(stream())).toMatchObject({ kind });
        upstream.respond(streamed([...(wire.openingFrames ?? []), wire.contentFrame, ...frames]));
        expect(await failureOf(stream())).toMatchObject({ kind });
      });
    }

    it('fails for statuses that no dialect defines', async () => {
      const kinds: Readonly<Record<number, FailureKind>> = {
        418: 'invalid_request',
        429: 'rate_limited',
        502: 'server_failed',
        504: 'server_failed',
      };
      for (const [status, kind] of Object.entries(kinds)) {
        upstream.respond({
          status: Number(status),
          headers: { 'content-type': 'text/html' },
          body: [{ write: `<html><head><title>${status} Nothing</title></head><body>x</body></html>` }],
        });
        expect(await failureOf(complete())).toMatchObject({
          kind,
          status: Number(status),
          message: `${status} Nothing`,
        });
        expect(await failureOf(stream())).toMatchObject({ kind, status: Number(status) });
      }
    });

    it('honours Retry-After', async () => {
      upstream.respond({ status: 429, headers: { 'retry-after': '7' }, body: [] });
      expect(await failureOf(complete())).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7000 });
    });

    it('follows no redirect', async () => {
      const elsewhere = await startStubUpstream();
      try {
        upstream.respond({ status: 307, headers: { location: `${elsewhere.url}/steal` }, body: [] });
        expect(await failureOf(complete())).toMatchObject({
          kind: expect.stringMatching(/malformed_response|server_failed/),
          status: 307,
        });
        expect(elsewhere.requests).toEqual([]);
      } finally {
        await elsewhere.close();
      }
    });

    it('never tells its key, even where the upstream repeats it', async () => {
      const said = (request: StubRequest) => `the key ${canaryKey} of ${JSON.stringify(request.headers)} is wrong`;
      for (const status of [200, 400, 401, 403, 404, 429, 500]) {
        upstream.respond((request) =>
          jsonAnswer({ error: { message: said(request) }, message: said(request) }, status),
        );
        await failureOf(complete());
        upstream.respond((request) => jsonAnswer(said(request), status));
        await failureOf(complete());
        await failureOf(stream());
      }
    });

    it('says that an upstream cannot be reached', async () => {
      await upstream.close();
      expect(await failureOf(complete())).toMatchObject({ kind: 'unreachable', status: undefined });
      expect(await failureOf(stream())).toMatchObject({ kind: 'unreachable', status: undefined });
    });

    it('says that an upstream hung up before it answered', async () => {
      upstream.respond({ before: [{ reset: true }], body: [] });
      expect(await failureOf(complete())).toMatchObject({ kind: 'unreachable' });
    });

    describe('closes the upstream connection at once when it is aborted', () => {
      const contentThen = (...then: StubAnswer['body']): StubAnswer => {
        const answer = streamed([...(wire.openingFrames ?? []), wire.contentFrame]);
        return { ...answer, body: [...answer.body, ...then] };
      };
      const phases: Readonly<Record<string, StubAnswer>> = {
        'before the headers': { before: [{ stall: true }], body: [] },
        'before the first event': { ...streamed([]), body: [{ stall: true }] },
        'in the middle of the body': contentThen({ stall: true }),
        'while the upstream writes without end': contentThen({ repeat: wire.contentFrame }),
      };
      for (const [phase, answer] of Object.entries(phases)) {
        for (const [way, work] of Object.entries({ complete, stream })) {
          it(`${phase}, in ${way}`, async () => {
            upstream.respond(answer);
            const abort = new AbortController();
            const reason = new Error('the caller has left');
            const outcome = work(abort.signal).then(
              () => 'succeeded',
              (error: unknown) => error,
            );
            const request = await upstream.nextRequest();
            await new Promise((resolve) => setTimeout(resolve, 20));
            abort.abort(reason);
            expect(await outcome).toBe(reason);
            await request.closed;
          });
        }
      }

      it('before the connection, and then asks nothing', async () => {
        const reason = new Error('the caller has left');
        for (const work of [complete, stream]) {
          await expect(work(AbortSignal.abort(reason))).rejects.toBe(reason);
          const abort = new AbortController();
          const outcome = work(abort.signal).catch((error: unknown) => error);
          abort.abort(reason);
          expect(await outcome).toBe(reason);
        }
        expect(upstream.requests).toEqual([]);
      });
    });

    it('lets a slow reader slow the upstream', async () => {
      const answer = streamed([...(wire.openingFrames ?? [])]);
      upstream.respond({ ...answer, body: [...answer.body, { repeat: wire.contentFrame.repeat(100) }] });
      const abort = new AbortController();
      const reader = provider.stream(call, abort.signal)[Symbol.asyncIterator]();
      await reader.next();
      const request = await upstream.nextRequest();
      const paused = await standstill(request);
      // What the two kernels' socket buffers take, with room to spare.
      expect(paused).toBeLessThan(48 * 1024 * 1024);
      while (request.bytesWritten() === paused) await reader.next();
      abort.abort(new Error('enough'));
      await request.closed;
    });

    it('sends what the caller asked for, and nothing else', async () => {
      const { minimalRequest } = wire;
      upstream.respond(jsonAnswer(wire.text.whole));
      await complete();
      upstream.respond(streamed(wire.text.frames));
      await stream();
      const [whole, streaming] = upstream.requests;
      for (const [request, expected] of [
        [whole, minimalRequest.whole] as const,
        [streaming, minimalRequest.stream] as const,
      ]) {
        expect({ url: request?.url, json: request?.json }).toEqual(expected);
        expect(request?.url).not.toContain(canaryKey);
        expect(Object.keys(request?.headers ?? {}).sort()).toEqual([...usualHeaders, ...minimalRequest.headers].sort());
        expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'accept-encoding': 'identity' });
      }
    });

    it('uses a connection again', async () => {
      upstream.respond(streamed(wire.text.frames));
      for (let times = 0; times < 5; times += 1) {
        await stream();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(upstream.connections()).toBe(1);
    });
  });
}

/** Every event boundary, and every seventh byte, below `end`. */
function offsets(frames: readonly string[], end: number): number[] {
  const found = new Set<number>();
  let boundary = 0;
  for (const frame of frames) {
    found.add(boundary);
    boundary += Buffer.byteLength(frame);
  }
  for (let offset = 0; offset < end; offset += 7) found.add(offset);
  return [...found].filter((offset) => offset <= end).sort((a, b) => a - b);
}

/** How much an upstream has written when it writes no more. */
async function standstill(request: StubRequest): Promise<number> {
  let written = -1;
  for (let calm = 0; calm < 5; calm += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (request.bytesWritten() !== written) calm = 0;
    written = request.bytesWritten();
    if (written > 256 * 1024 * 1024) break;
  }
  return written;
}
