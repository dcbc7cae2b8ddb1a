import { inspect } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Answer, StreamPart } from '../../src/chat.ts';
import { type FailureKind, ProviderError } from '../../src/errors.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';
import { type StubAnswer, type StubUpstream, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';

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

/** An adapter with a fresh upstream for each test, and what the suites ask of it. */
export interface AdapterBench {
  readonly upstream: StubUpstream;
  readonly provider: Provider;
  readonly call: ProviderCall;
  readonly complete: (signal?: AbortSignal) => Promise<Answer>;
  /** All parts of a stream. */
  readonly stream: (signal?: AbortSignal) => Promise<StreamPart[]>;
  /** A stream of these frames. */
  readonly streamed: (frames: readonly string[]) => StubAnswer;
  /** How `work` fails. Throws if it does not, or not with a ProviderError that is fit to be shown. */
  readonly failureOf: (work: Promise<unknown>) => Promise<ProviderError>;
}

/** Makes the bench of a suite; its upstream and adapter are there while a test runs. */
export function createAdapterBench({ createProvider, call: callFields, wire }: AdapterUnderTest): AdapterBench {
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

  const call: ProviderCall = {
    model: 'model-1',
    prompt: { messages: [{ role: 'user', content: 'Hello' }] },
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

  return {
    get upstream() {
      return upstream;
    },
    get provider() {
      return provider;
    },
    call,
    complete,
    stream,
    streamed,
    failureOf,
  };
}
