import { type ClientOptions, WebSocket } from 'ws';

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket that speaks whatever the test says, right or wrong. */
export interface GraphqlSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  readonly send: (message: unknown) => void;
  /** The next message that has not been taken yet. Rejects when the socket closes first. */
  readonly receive: () => Promise<Message>;
  /** Everything up to and including the first message of that type. */
  readonly receiveUntil: (type: string) => Promise<Message[]>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly init: (payload?: object) => Promise<void>;
  readonly subscribe: (id: string, query: string, rest?: object) => void;
}

/** Opens a socket. Rejects with the HTTP status where the server refuses the upgrade. */
export async function openSocket(
  url: string,
  options: ClientOptions & { readonly protocol?: string } = {},
): Promise<GraphqlSocket> {
  const { protocol = 'graphql-transport-ws', ...rest } = options;
  const socket = new WebSocket(url, protocol === '' ? [] : [protocol], rest);
  const arrived: Message[] = [];
  const waiting: { resolve: (message: Message) => void; reject: (error: Error) => void }[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(message);
    else waiter.resolve(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      for (const { reject } of waiting) reject(new Error(`the socket closed: ${code} ${reason}`));
      resolve({ code, reason: String(reason) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, response) => {
      socket.terminate();
      reject(new Error(`refused with ${response.statusCode}`));
    });
    socket.once('error', reject);
  });
  socket.on('error', () => {});

  const send = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const receive = () => {
    const message = arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise<Message>((resolve, reject) => waiting.push({ resolve, reject }));
  };
  return {
    socket,
    send,
    receive,
    closed,
    receiveUntil: async (type) => {
      const messages: Message[] = [];
      do messages.push(await receive());
      while (messages.at(-1)?.type !== type);
      return messages;
    },
    init: async (payload) => {
      send({ type: 'connection_init', ...(payload && { payload }) });
      const { type } = await receive();
      if (type !== 'connection_ack') throw new Error(`expected connection_ack, got ${type}`);
    },
    subscribe: (id, query, rest = {}) => send({ id, type: 'subscribe', payload: { query, ...rest } }),
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      await closed;
    },
  };
}
