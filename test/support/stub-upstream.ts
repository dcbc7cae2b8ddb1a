import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** One thing that an upstream does on the wire. */
export type Action =
  | { readonly write: string | Uint8Array }
  | { readonly waitMs: number }
  /** Goes on when the test says so, or when the client leaves. */
  | { readonly until: Promise<unknown> }
  /** Says nothing more until the client leaves. */
  | { readonly stall: true }
  /** Ends the connection with a TCP reset. */
  | { readonly reset: true }
  /** Ends the connection in good form, but not the answer. */
  | { readonly drop: true }
  /** Writes this for ever, as fast as the client reads. */
  | { readonly repeat: string | Uint8Array };

export interface StubAnswer {
  /** 200 by default. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is done before the status line. */
  readonly before?: readonly Action[];
  /** What is done after the headers; then the answer ends in good form. */
  readonly body: readonly Action[];
  /** Writes `body` to the socket as it is, without a status line, headers or chunks. */
  readonly raw?: boolean;
}

export interface StubRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, parsed. */
  readonly json: unknown;
  /** Resolves when the client's connection has closed. */
  readonly closed: Promise<void>;
  /** Whether it has. */
  readonly isClosed: () => boolean;
  /** How much of the answer's body was handed to the socket. */
  readonly bytesWritten: () => number;
}

/** A provider on loopback that does whatever a real one may. */
export interface StubUpstream {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** How every request is answered from now on. */
  readonly respond: (answer: StubAnswer | ((request: StubRequest) => StubAnswer)) => void;
  /** All requests, in order. */
  readonly requests: readonly StubRequest[];
  /** The next request that comes, or the first that nobody has waited for. */
  readonly nextRequest: () => Promise<StubRequest>;
  /** Drops the requests so far, for tests that make very many. */
  readonly forget: () => void;
  /** How many connections are open. */
  readonly connections: () => number;
  /** Ends everything at once. */
  readonly close: () => Promise<void>;
}

/** Starts a stub upstream on a free port. It answers 500 until it is told what to do. */
export async function startStubUpstream(): Promise<StubUpstream> {
  let answer: StubAnswer | ((request: StubRequest) => StubAnswer) = { status: 500, body: [] };
  const requests: StubRequest[] = [];
  const waiting: ((request: StubRequest) => void)[] = [];
  const unseen: StubRequest[] = [];
  const sockets = new Map<Socket, Promise<void>>();

  const server = createServer((incoming, response) => {
    void receive(incoming, sockets.get(incoming.socket) ?? Promise.resolve()).then(({ request, count }) => {
      requests.push(request);
      const waiter = waiting.shift();
      if (waiter === undefined) unseen.push(request);
      else waiter(request);
      return play(typeof answer === 'function' ? answer(request) : answer, request, response, count);
    });
  });
  server.on('connection', (socket) => {
    sockets.set(
      socket,
      new Promise((resolve) => {
        socket.on('close', () => {
          sockets.delete(socket);
          resolve();
        });
      }),
    );
    socket.setNoDelay(true);
    socket.on('error', () => {});
  });
  server.on('clientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    respond: (next) => {
      answer = next;
    },
    requests,
    nextRequest: () => {
      const request = unseen.shift();
      return request === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(request);
    },
    forget: () => {
      requests.length = 0;
      unseen.length = 0;
    },
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
}

/** An answer in JSON. */
export function jsonAnswer(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): StubAnswer {
  const write = typeof value === 'string' ? value : JSON.stringify(value);
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: [{ write }] };
}

/** A stream, frame by frame. */
export function streamAnswer(frames: readonly string[], contentType = 'text/event-stream'): StubAnswer {
  return { headers: { 'content-type': contentType }, body: frames.map((write) => ({ write })) };
}

/** The same answer, stopped after so many bytes of its body, and then this. Without `then` it ends in good form. */
export function stoppedAfter(answer: StubAnswer, bytes: number, ...then: readonly Action[]): StubAnswer {
  const start = bodyBytes(answer).subarray(0, bytes);
  return { ...answer, body: [...(start.length === 0 ? [] : [{ write: start }]), ...then] };
}

/** The same answer, each byte of its body by itself. */
export function byteByByte(answer: StubAnswer): StubAnswer {
  const bytes = [...bodyBytes(answer)];
  return { ...answer, body: bytes.flatMap((byte) => [{ write: Uint8Array.of(byte) }, { waitMs: 0 }]) };
}

/** The same answer, compressed, whether or not the client can read it. */
export function gzipped(answer: StubAnswer): StubAnswer {
  return {
    ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip' },
    body: [{ write: gzipSync(bodyBytes(answer)) }],
  };
}

/** The body that an answer's writes amount to. */
function bodyBytes(answer: StubAnswer): Buffer {
  return Buffer.concat(answer.body.map((action) => ('write' in action ? Buffer.from(action.write) : Buffer.alloc(0))));
}

interface Received {
  readonly request: StubRequest;
  readonly count: (bytes: number) => void;
}

async function receive(incoming: IncomingMessage, closed: Promise<void>): Promise<Received> {
  const { socket } = incoming;
  let bytesWritten = 0;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  } catch {
    // The client left before it had said all.
  }
  const text = Buffer.concat(chunks).toString();
  return {
    request: {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
      closed,
      isClosed: () => socket.destroyed,
      bytesWritten: () => bytesWritten,
    },
    count: (bytes) => {
      bytesWritten += bytes;
    },
  };
}

async function play(
  answer: StubAnswer,
  request: StubRequest,
  response: ServerResponse,
  count: (bytes: number) => void,
): Promise<void> {
  const { socket } = response;
  response.on('error', () => {});
  const writer = answer.raw === true ? socket : response;
  if (writer === null || socket === null) return;
  if (!(await perform(answer.before ?? [], socket, socket, request, count))) return;
  if (answer.raw !== true) {
    response.writeHead(answer.status ?? 200, answer.headers);
    response.flushHeaders();
  }
  if (await perform(answer.body, writer, socket, request, count)) writer.end();
}

/** False once the connection is gone. */
async function perform(
  actions: readonly Action[],
  writer: ServerResponse | Socket,
  socket: Socket,
  request: StubRequest,
  count: (bytes: number) => void,
): Promise<boolean> {
  for (const action of actions) {
    if (request.isClosed()) return false;
    if ('write' in action) await write(writer, action.write, request, count);
    else if ('waitMs' in action) await pause(action.waitMs);
    else if ('until' in action) await Promise.race([action.until, request.closed]);
    else if ('stall' in action) await request.closed;
    else if ('repeat' in action) while (!request.isClosed()) await write(writer, action.repeat, request, count);
    else if ('drop' in action) {
      // What was written must leave first.
      await flushed(socket);
      socket.end();
      await request.closed;
    } else {
      await flushed(socket);
      socket.resetAndDestroy();
      await request.closed;
    }
  }
  return !request.isClosed();
}

async function write(
  writer: ServerResponse | Socket,
  data: string | Uint8Array,
  request: StubRequest,
  count: (bytes: number) => void,
): Promise<void> {
  count(Buffer.byteLength(data));
  if (writer.write(data)) return;
  let drained: () => void = () => {};
  const drain = new Promise<void>((resolve) => {
    drained = resolve;
    writer.once('drain', resolve);
  });
  await Promise.race([drain, request.closed]);
  writer.off('drain', drained);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
}

/** A reset throws away what the kernel still holds, so the client gets a moment to take it. */
async function flushed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
  await pause(5);
}
