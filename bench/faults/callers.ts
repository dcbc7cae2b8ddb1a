import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { Agent, fetch, type RequestInit } from 'undici';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** How a request is made: a stream over a WebSocket or server-sent events, or a whole answer over HTTP. */
export const ways = ['WebSocket', 'SSE', 'HTTP'] as const;
export type Way = (typeof ways)[number];

/** A call of an endpoint, as the caller is told of it. */
export interface ToldAttempt {
  /** The endpoint's. */
  readonly tag: string;
  readonly outcome: string | null;
  readonly failureKind: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** What became of a request. */
export interface Outcome {
  readonly way: Way;
  /** Milliseconds since the epoch. */
  readonly askedAtMs: number;
  /**
   * answered: whole. failed: with a typed error and nothing delivered. broken: with a typed error after its first content. lost: in
   * any other way, which must not be.
   */
  readonly ended: 'answered' | 'failed' | 'broken' | 'lost';
  /** The error's code, or for a lost one what went wrong. */
  readonly why?: string;
  /** From the request to the first text of a stream. */
  readonly firstContentMs?: number;
  readonly tookMs: number;
  readonly attempts: readonly ToldAttempt[];
}

/** Whoever asks the program. */
export interface Callers {
  /** Never rejects. */
  readonly ask: (way: Way) => Promise<Outcome>;
  readonly close: () => Promise<void>;
}

const toldAttempts = `attempts { endpoint { tag } outcome failureKind startedAt durationMs }`;
const streamOperation = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ContentDelta { text }
    ... on CompletionFinished { completion { ${toldAttempts} } }
    ... on CompletionFailed { ${toldAttempts} error { __typename ... on UserError { code } } }
  }
}`;
const wholeOperation = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { ${toldAttempts} }
    ... on UserError { code }
    ... on AllAttemptsFailed { ${toldAttempts} }
    ... on Overloaded { ${toldAttempts} }
    ... on RateLimited { ${toldAttempts} }
    ... on TimedOut { ${toldAttempts} }
  }
}`;

const attempts = z
  .array(
    z.object({
      endpoint: z.object({ tag: z.string() }),
      outcome: z.string().nullable(),
      failureKind: z.string().nullable(),
      startedAt: z.string(),
      durationMs: z.number().nullable(),
    }),
  )
  .transform((all) =>
    all.map(({ endpoint: { tag }, startedAt, durationMs, ...rest }): ToldAttempt => {
      return { tag, startedAtMs: Date.parse(startedAt), durationMs: durationMs ?? 0, ...rest };
    }),
  );
const event = z.object({
  __typename: z.string(),
  text: z.string().optional(),
  completion: z.object({ attempts }).optional(),
  attempts: attempts.optional(),
  error: z.object({ code: z.string() }).optional(),
});
const streamResult = z.object({ data: z.object({ streamChatCompletion: event }) });
const wholeResult = z.object({
  data: z.object({
    createChatCompletion: z.object({
      __typename: z.string(),
      code: z.string().optional(),
      attempts: attempts.default([]),
    }),
  }),
});

type Ending = Pick<Outcome, 'ended' | 'why' | 'attempts' | 'firstContentMs'>;

/** Callers of a program at `http://…/graphql` that ask for answers of `model`, and try once. */
export function createCallers(graphql: string, model: string): Callers {
  const variables = { input: { model, messages: [{ role: 'USER', content: 'Say something.' }] } };
  const socket = createSocketClient({
    url: graphql.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
  });
  // The program's deadlines are what counts here, and a machine that has much else to do may be late.
  const agent = new Agent({ connectTimeout: 0, headersTimeout: 0, bodyTimeout: 0 });
  const events = createEventClient({
    url: graphql,
    retryAttempts: 0,
    fetchFn: (url: string, init: RequestInit) => fetch(url, { ...init, dispatcher: agent }),
  });

  const whole = async (): Promise<Ending> => {
    const { origin, pathname: path } = new URL(graphql);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: wholeOperation, variables });
    const response = await agent.request({ origin, path, method: 'POST', headers, body });
    const { createChatCompletion: result } = wholeResult.parse(await response.body.json()).data;
    if (result.__typename === 'ChatCompletion') return { ended: 'answered', attempts: result.attempts };
    return { ended: 'failed', why: result.code ?? result.__typename, attempts: result.attempts };
  };
  const asking: Readonly<Record<Way, () => Promise<Ending>>> = {
    WebSocket: () => readStream(socket.iterate({ query: streamOperation, variables })),
    SSE: () => readStream(events.iterate({ query: streamOperation, variables })),
    HTTP: whole,
  };

  return {
    ask: async (way) => {
      const askedAtMs = Date.now();
      const startedMs = performance.now();
      const ending = await asking[way]().catch((error: unknown): Ending => {
        return { ended: 'lost', why: error instanceof Error ? error.message : 'the connection closed', attempts: [] };
      });
      return { way, askedAtMs, tookMs: performance.now() - startedMs, ...ending };
    },
    close: async () => {
      await Promise.all([socket.dispose(), events.dispose(), agent.destroy()]);
    },
  };
}

/** Reads a stream to its end, and holds it for lost unless its last event, and no other, is one that ends it. */
async function readStream(results: AsyncIterable<unknown>): Promise<Ending> {
  const startedMs = performance.now();
  let firstContentMs: number | undefined;
  let ending: Ending | undefined;
  for await (const result of results) {
    const said = streamResult.parse(result).data.streamChatCompletion;
    if (ending !== undefined) return { ...ending, ended: 'lost', why: `${said.__typename} after the end` };
    if (said.text !== undefined) firstContentMs ??= performance.now() - startedMs;
    const first = firstContentMs === undefined ? {} : { firstContentMs };
    if (said.completion !== undefined) ending = { ended: 'answered', attempts: said.completion.attempts, ...first };
    if (said.error !== undefined) {
      const ended = firstContentMs === undefined ? 'failed' : 'broken';
      ending = { ended, why: said.error.code, attempts: said.attempts ?? [], ...first };
    }
  }
  return ending ?? { ended: 'lost', why: 'it ended without a last event', attempts: [] };
}
