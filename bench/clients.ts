import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Agent } from 'undici';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { graphqlInput, type Manner, openaiBody, streamOperation } from './operations.ts';
import { createEventReader, createProgress, type EventReader, type Progress } from './progress.ts';
import type { BenchServer } from './servers.ts';

/** One stream at a client. */
export interface OpenedStream extends Pick<Progress, 'firstToken' | 'whole'> {
  /** Vanishes: closes the connection without a word. */
  readonly vanish: () => void;
}

/** A way of asking a server for a stream of so many tokens. */
export interface StreamClient {
  readonly open: (manner: Manner, tokens: number) => Promise<OpenedStream>;
  readonly close: () => void;
}

/** Chat completions in OpenAI's form: from the upstream itself, or through the byte passthrough. Only counts bytes. */
export function openaiClient({ url }: BenchServer): StreamClient {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    open: async (manner, tokens) => {
      const progress = createProgress();
      const abort = new AbortController();
      request(agent, `${url}/v1/chat/completions`, openaiBody(manner, tokens, true), 'text/event-stream', abort.signal)
        .then(async (body) => {
          let last = '';
          for await (const piece of body) {
            // The opening chunk says nothing yet.
            if (progress.waiting && String(piece).includes(' token')) progress.began();
            last = (last + piece.subarray(-16)).slice(-16);
          }
          if (!last.endsWith('data: [DONE]\n\n')) throw new Error('the stream broke off');
          progress.ended();
        })
        .catch(progress.failed);
      return { firstToken: progress.firstToken, whole: progress.whole, vanish: () => abort.abort() };
    },
    close: () => void agent.destroy(),
  };
}

/** Subscriptions over server-sent events. */
export function eventStreamClient({ url }: BenchServer): StreamClient {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    open: async (manner, tokens) => {
      const progress = createProgress();
      const reader = createEventReader(tokens, progress);
      const abort = new AbortController();
      const body = JSON.stringify({ query: streamOperation, variables: graphqlInput(manner, tokens) });
      request(agent, `${url}/graphql`, body, 'text/event-stream', abort.signal)
        .then(async (response) => {
          let unread = '';
          response.setEncoding('utf8');
          for await (const piece of response) {
            const lines = (unread + piece).split('\n');
            unread = lines.pop() ?? '';
            for (const line of lines) {
              if (line.startsWith('data: ')) reader.read(line.slice('data: '.length));
              else if (line === 'event: complete') reader.end();
            }
          }
          reader.fail('the stream broke off');
        })
        .catch(progress.failed);
      return { firstToken: progress.firstToken, whole: progress.whole, vanish: () => abort.abort() };
    },
    close: () => void agent.destroy(),
  };
}

/** Subscriptions over WebSockets: all over one, or each over one of its own. */
export async function socketClient({ url }: BenchServer, sockets: 'shared' | 'own'): Promise<StreamClient> {
  const opened: GraphQLSocket[] = [];
  const connect = async () => {
    const socket = await openSocket(`${url.replace('http', 'ws')}/graphql`);
    opened.push(socket);
    return socket;
  };
  const shared = sockets === 'shared' ? await connect() : undefined;
  const idle: GraphQLSocket[] = [];
  return {
    open: async (manner, tokens) => {
      const socket = shared ?? idle.pop() ?? (await connect());
      const stream = socket.subscribe(manner, tokens);
      if (shared === undefined) stream.whole.then(() => idle.push(socket)).catch(() => undefined);
      return stream;
    },
    close: () => {
      for (const socket of opened) socket.close();
    },
  };
}

interface GraphQLSocket {
  readonly subscribe: (manner: Manner, tokens: number) => OpenedStream;
  readonly close: () => void;
}

const message = z.object({ id: z.string().optional(), type: z.string() });

async function openSocket(url: string): Promise<GraphQLSocket> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  const readers = new Map<string, EventReader>();
  let streams = 0;
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  socket.on('message', (data) => {
    const said: unknown = JSON.parse(String(data));
    const { id = '', type } = message.parse(said);
    const reader = readers.get(id);
    if (type === 'next') reader?.readMessage(said);
    else if (type === 'complete') {
      readers.delete(id);
      reader?.end();
    } else if (type === 'error') reader?.fail(String(data));
  });
  socket.once('close', () => {
    for (const reader of readers.values()) reader.fail('the socket closed');
  });
  return {
    subscribe: (manner, tokens) => {
      const progress = createProgress();
      streams += 1;
      readers.set(`${streams}`, createEventReader(tokens, progress));
      const payload = { query: streamOperation, variables: graphqlInput(manner, tokens) };
      socket.send(JSON.stringify({ id: `${streams}`, type: 'subscribe', payload }));
      return { firstToken: progress.firstToken, whole: progress.whole, vanish: () => socket.terminate() };
    },
    close: () => socket.terminate(),
  };
}

/** Posts JSON and reads the answer. Throws if it is a failure. */
export type Post = (body: string) => Promise<string>;

export function createPost(url: string): { readonly post: Post; readonly close: () => void } {
  const agent = new Agent();
  return {
    post: async (body) => {
      const answer = await text(await request(agent, url, body, 'application/json', new AbortController().signal));
      if (answer.includes('"errors"') || answer.includes('"code"')) throw new Error(answer.slice(0, 500));
      return answer;
    },
    close: () => void agent.destroy(),
  };
}

async function request(agent: Agent, url: string, body: string, accept: string, signal: AbortSignal) {
  const { origin, pathname: path } = new URL(url);
  const headers = { 'content-type': 'application/json', accept };
  const response = await agent.request({ origin, path, method: 'POST', headers, body, signal });
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${await response.body.text()}`);
  return response.body;
}
