import { createClient as createEventClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { Agent } from 'undici';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** How a request is made: a stream over a WebSocket or server-sent events, or a whole answer over HTTP. */
export type Way = 'WebSocket' | 'SSE' | 'HTTP';

export interface Question {
  readonly way: Way;
  /** Names the request, to the upstream as well. */
  readonly user: string;
  readonly idempotencyKey?: string;
  /** Hangs up after so many events. */
  readonly leavesAfter?: number;
}

/** What somebody who asks has seen of his request. */
export interface Seen {
  readonly user: string;
  /** The generation, once he was told. */
  readonly id?: string;
  /** refused: with an error, before anything was asked of an upstream. silenced: the connection broke. left: he hung up. */
  readonly ended: 'finished' | 'failed' | 'refused' | 'silenced' | 'left';
  /** The error's code. */
  readonly code?: string;
  /** What he was told that it cost, US dollars. */
  readonly cost?: string;
}

/** Whoever asks one run of the program with one key. */
export interface Callers {
  /** Rejects where an answer is not of the schema's form, and in no other case. */
  readonly ask: (question: Question) => Promise<Seen>;
  readonly close: () => Promise<void>;
}

const streamOperation = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields { generationId }
    ... on CompletionFinished { completion { cost } }
    ... on CompletionFailed { cost attempts { outcome } error { __typename ... on UserError { code } } }
  }
}`;
const wholeOperation = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { generationId cost }
    ... on UserError { code }
    ... on AllAttemptsFailed { attempts { outcome } }
  }
}`;

const shuttingDown = 503;

const event = z.object({
  __typename: z.string(),
  generationId: z.string(),
  completion: z.object({ cost: z.string() }).optional(),
  cost: z.string().nullish(),
  attempts: z.array(z.unknown()).optional(),
  error: z.object({ code: z.string() }).optional(),
});
const streamResult = z.object({ data: z.object({ streamChatCompletion: event }) });
const wholeResult = z.object({
  data: z.object({
    createChatCompletion: z.object({
      generationId: z.string().optional(),
      cost: z.string().optional(),
      code: z.string().optional(),
      attempts: z.array(z.unknown()).optional(),
    }),
  }),
});

/** Callers of the program at `http://…`, each of whom shows the key and asks the model once. `onTold`: a stream has its id. */
export function createCallers(url: string, secret: string, model: string, onTold: () => void): Callers {
  const graphql = `${url}/graphql`;
  const authorization = `Bearer ${secret}`;
  const socket = createSocketClient({
    url: graphql.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    onNonLazyError: () => {},
  });
  const events = createEventClient({ url: graphql, retryAttempts: 0, headers: { authorization } });
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: 20 });
  const inputOf = ({ user, idempotencyKey }: Question) => ({
    input: {
      model,
      user,
      messages: [{ role: 'USER', content: 'Say something.' }],
      ...(idempotencyKey && { idempotencyKey }),
    },
  });

  const stream = async (question: Question): Promise<Seen> => {
    const { user, leavesAfter = Number.POSITIVE_INFINITY } = question;
    const operation = { query: streamOperation, variables: inputOf(question) };
    const results = question.way === 'SSE' ? events.iterate(operation) : socket.iterate(operation);
    let seen: Seen = { user, ended: 'silenced' };
    let count = 0;
    try {
      for await (const result of results) {
        const said = streamResult.parse(result).data.streamChatCompletion;
        if (seen.id === undefined) onTold();
        seen = { ...seen, id: said.generationId };
        if (said.completion !== undefined) seen = { ...seen, ended: 'finished', cost: said.completion.cost };
        if (said.error !== undefined) {
          const ended = said.attempts?.length === 0 ? 'refused' : 'failed';
          seen = { ...seen, ended, code: said.error.code, ...(said.cost != null && { cost: said.cost }) };
        }
        count += 1;
        if (count > leavesAfter && seen.ended === 'silenced') return { ...seen, ended: 'left' };
      }
    } catch (error) {
      // The program is gone, or the connection was refused; anything else is a bug that must be seen.
      if (error instanceof z.ZodError) throw error;
    }
    return seen;
  };

  const whole = async (question: Question): Promise<Seen> => {
    const { user } = question;
    const headers = { 'content-type': 'application/json', authorization };
    const body = JSON.stringify({ query: wholeOperation, variables: inputOf(question) });
    const answer = await (async () => {
      try {
        const response = await agent.request({ origin: url, path: '/graphql', method: 'POST', headers, body });
        const text = await response.body.text();
        return response.statusCode === shuttingDown ? undefined : text;
      } catch {
        return undefined;
      }
    })();
    if (answer === undefined) return { user, ended: 'silenced' };
    const { generationId, cost, code, attempts } = wholeResult.parse(JSON.parse(answer)).data.createChatCompletion;
    if (generationId !== undefined)
      return { user, id: generationId, ended: 'finished', ...(cost !== undefined && { cost }) };
    return { user, ended: attempts === undefined ? 'refused' : 'failed', ...(code !== undefined && { code }) };
  };

  return {
    ask: (question) => (question.way === 'HTTP' ? whole(question) : stream(question)),
    close: async () => {
      // What was still connecting when the program ended rejects here.
      await Promise.allSettled([socket.dispose(), events.dispose(), agent.destroy()]);
    },
  };
}
