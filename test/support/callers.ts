import { connect, type Socket } from 'node:net';
import type { WholeServer } from './whole-server.ts';

/** A subscription that shows everything about a stream that the properties of streams speak of. */
export const streamDocument = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields { generationId sequence }
    ... on ContentDelta { text }
    ... on CompletionStarted { endpoint { provider { slug } } }
    ... on CompletionFinished { completion { content finishReason attempts { outcome failureKind } } }
    ... on CompletionFailed {
      content
      error { __typename ... on UserError { message retryAfterMs } }
      attempts { outcome failureKind }
    }
  }
}`;

/** A mutation that waits for a whole answer. */
export const completeDocument = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { content provider { slug } attempts { outcome failureKind } }
    ... on UserError { code message retryable retryAfterMs }
    ... on AllAttemptsFailed { attempts { failureKind status message } }
  }
}`;

export const hello = { input: { messages: [{ role: 'USER', content: 'Hello!' }] } };

/** A request over a bare socket, which the test can pause and destroy like a caller that is slow or dies. */
export interface BareCaller {
  readonly socket: Socket;
  /** What has arrived. */
  readonly text: () => string;
}

export function callBare(
  server: Pick<WholeServer, 'port'>,
  query: string,
  accept: 'application/json' | 'text/event-stream',
  variables: object = hello,
): BareCaller {
  return postBare(server, '/graphql', { query, variables }, accept);
}

/** The same for any path that takes JSON. */
export function postBare(server: Pick<WholeServer, 'port'>, path: string, value: object, accept = '*/*'): BareCaller {
  const body = JSON.stringify(value);
  const socket = connect(server.port, 'localhost');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return { socket, text: () => text };
}

/** An event of `streamDocument`. */
export interface SeenEvent {
  readonly __typename: string;
  readonly sequence: number;
  readonly generationId: string;
  readonly text?: string;
  readonly content?: string;
  readonly endpoint?: { readonly provider: { readonly slug: string } };
  readonly completion?: {
    readonly content: string | null;
    readonly finishReason: string;
    readonly attempts: readonly { readonly outcome: string; readonly failureKind: string | null }[];
  };
  readonly error?: { readonly __typename: string; readonly message: string; readonly retryAfterMs: number | null };
  readonly attempts?: readonly { readonly outcome: string; readonly failureKind: string | null }[];
}

/**
 * All events of a subscription over SSE, each told of as it comes. Throws where the stream says anything else than events, or
 * does not complete.
 */
export async function readStream(
  server: Pick<WholeServer, 'post'>,
  variables: object = hello,
  onEvent: (event: SeenEvent) => void = () => {},
): Promise<SeenEvent[]> {
  const response = await server.post(streamDocument, variables, { accept: 'text/event-stream' });
  const events: SeenEvent[] = [];
  let completed = false;
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      if (frame === ':') continue;
      if (completed) throw new Error(`after its end the stream said ${frame}`);
      completed = frame === 'event: complete\ndata:';
      if (completed) continue;
      const { data, errors } = JSON.parse(frame.replace('event: next\ndata: ', ''));
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      events.push(data.streamChatCompletion);
      onEvent(data.streamChatCompletion);
    }
  }
  if (!completed || rest !== '') throw new Error(`the stream did not complete: ${rest}`);
  return events;
}
