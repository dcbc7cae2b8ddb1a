import type { Socket } from 'node:net';
import { Agent, type Dispatcher, errors } from 'undici';
import type { Clock } from '../clock.ts';
import { ProviderError } from '../errors.ts';
import { type BodyBuffer, createBodyBuffer } from './body-buffer.ts';
import { createConnector, isBlockedAddress } from './connector.ts';
import { decodedBody } from './content-encoding.ts';
import type { ProviderCall } from './provider.ts';
import { usedUpQuota } from './retry-after.ts';

/** What an adapter sends. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** A path below the base URL, with its query: `/chat/completions`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly connectTimeoutMs: number;
  /** Asks for a stream: `accept: text/event-stream` unless the request says otherwise, and no limit on the size of the whole. */
  readonly stream?: boolean;
  /** Told where a good answer says that a limit is used up. */
  readonly onQuotaUsedUp?: ProviderCall['onQuotaUsedUp'];
}

/** What came back; any status. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it arrives, decompressed. One piece holds what one read of the socket brought. Breaking off with an error throws
   * ProviderError `truncated`; leaving it early closes the
   * connection, 50 ms later at most.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** When the headers came, milliseconds since the epoch. */
  readonly receivedAt: number;
  /** What no message made of this response may hold: the credential that was sent, and whatever else may be one. */
  readonly secrets?: readonly string[];
}

/** A secret and the header that carries it. `Bearer ` and the like is part of the value. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}

export interface HttpClientOptions {
  /** `https://api.example.com/v1`. The credential is sent to this origin and to no other. Its query goes with every request. */
  readonly baseUrl: string;
  readonly credential?: Credential;
  /** Further headers, for every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether loopback and private addresses may be called: for servers that the operator names. */
  readonly allowPrivateNetwork: boolean;
  readonly clock: Clock;
}

/** One origin, its credential, and its connections. */
export interface HttpClient {
  /**
   * Resolves once the headers are there. Rejects with ProviderError `connect_timeout`, `unreachable` or `malformed_response`, or
   * with the signal's reason. An abort closes the connection at once, in every phase. Follows no redirect.
   */
  readonly send: (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;
  readonly close: () => Promise<void>;
}

/** Makes a client of one origin. Throws a TypeError if the base URL is no http or https URL. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = new URL(options.baseUrl);
  if (base.protocol !== 'https:' && base.protocol !== 'http:') throw new TypeError(`not an http URL: ${base.protocol}`);
  // The pool calls its connector inside dispatch(), so whoever dispatches owns the socket that is being connected.
  let dispatching: Exchange | undefined;
  const connect = createConnector({
    allow: (address) => options.allowPrivateNetwork || !isBlockedAddress(address),
    onSocket: (socket) => dispatching?.own(socket),
  });
  // HTTP/1.1 alone: closing the socket is then the one sure way to make an upstream stop. No limit on connections, so that no
  // stream waits for another to end.
  const agent = new Agent({ allowH2: false, connect, headersTimeout: 0, bodyTimeout: 0 });
  const fixedHeaders = headersOf(options);

  return {
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
        const target = {
          origin: base.origin,
          path: pathBelow(base, request.path),
          method: request.method,
          headers: { ...fixedHeaders, ...headersOfRequest(request) },
          ...(payload === undefined ? {} : { body: payload }),
        };
        const exchange = createExchange(options, base.host, request, signal, resolve, reject);
        dispatching = exchange;
        try {
          agent.dispatch(target, exchange.handler);
        } finally {
          dispatching = undefined;
        }
      }),
    close: () => agent.close(),
  };
}

/** One request and its answer. */
interface Exchange {
  readonly handler: Dispatcher.DispatchHandler;
  /** Takes a socket that is being connected for this request; it dies with the request if that ends before it is used. */
  readonly own: (socket: Socket) => void;
}

function createExchange(
  options: HttpClientOptions,
  host: string,
  request: HttpRequest,
  signal: AbortSignal,
  resolve: (response: HttpResponse) => void,
  reject: (reason: unknown) => void,
): Exchange {
  let connecting: Socket | undefined;
  let controller: Dispatcher.DispatchController | undefined;
  let body: BodyBuffer | undefined;
  let ended = false;
  let unreadBytes: number | undefined;

  /** The one way in which the exchange ends before its body has. `reason` is what the caller sees, if it still looks. */
  const stop = (reason: unknown) => {
    if (ended) return;
    settle();
    if (body === undefined) reject(reason);
    else body.fail(reason);
    connecting?.destroy();
    controller?.abort(new Error('stopped'));
  };
  const settle = () => {
    ended = true;
    cancelDeadline();
    signal.removeEventListener('abort', abort);
  };
  const abort = () => stop(signal.reason);
  const abandon = () => stop(new ProviderError('truncated', 'the answer was not read to its end'));
  /** A reader leaves after the last thing that it wants. If the rest is as good as there, the connection can be used again. */
  const leave = (started: Dispatcher.DispatchController) => {
    unreadBytes = 0;
    started.resume();
    if (!ended) cancelDeadline = options.clock.after(unreadForMs, abandon);
  };
  signal.addEventListener('abort', abort, { once: true });
  let cancelDeadline = options.clock.after(request.connectTimeoutMs, () =>
    stop(
      new ProviderError('connect_timeout', `${host} did not accept a connection within ${request.connectTimeoutMs} ms`),
    ),
  );

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      connecting = undefined;
      if (ended) started.abort(new Error('stopped'));
      else cancelDeadline();
    },
    onResponseStart(started, status, rawHeaders) {
      if (status < 200 || ended) return;
      const { 'content-encoding': encoding, ...headers } = joinedHeaders(rawHeaders);
      body = createBodyBuffer({
        pause: () => started.pause(),
        resume: () => started.resume(),
        leave: () => leave(started),
      });
      const usedUp = status < 300 ? usedUpQuota(headers, options.clock.now()) : undefined;
      if (usedUp !== undefined) request.onQuotaUsedUp?.(usedUp.resetMs);
      resolve({
        status,
        headers,
        body: encoding === undefined ? body.read : decodedBody(body.read, encoding),
        receivedAt: options.clock.now(),
        secrets: secretsOf(options),
      });
    },
    onResponseData(_, chunk) {
      if (unreadBytes === undefined) body?.push(chunk);
      else {
        unreadBytes += chunk.length;
        if (unreadBytes > maxUnreadBytes) abandon();
      }
    },
    onResponseEnd() {
      settle();
      body?.end();
    },
    onResponseError(_, error) {
      if (ended) return;
      settle();
      if (body === undefined) reject(failureBeforeHeaders(host, error));
      else body.endWith(failureInBody(host, error));
    },
  };
  return {
    handler,
    own: (socket) => {
      connecting = socket;
    },
  };
}

/** How much, and for how long, is still read of an answer that its reader has left. */
const maxUnreadBytes = 64 * 1024;
const unreadForMs = 50;

function failureBeforeHeaders(host: string, error: Error): ProviderError {
  if (error instanceof ProviderError) return error;
  const code = codeOf(error);
  if (isParserError(error) || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new ProviderError('malformed_response', `${host} did not answer in HTTP (${code})`);
  }
  return new ProviderError('unreachable', `${host} cannot be reached (${code})`, { cause: error });
}

function failureInBody(host: string, error: Error): ProviderError {
  const message = `the answer of ${host} broke off (${codeOf(error)})`;
  return new ProviderError('truncated', message, isParserError(error) ? {} : { cause: error });
}

/** These are no cause to pass on: they hold what the upstream sent. */
function isParserError(error: Error): boolean {
  return error instanceof errors.HTTPParserError;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The operator may put a credential into any header, or into the query of the base URL. A version is none. */
function secretsOf({ baseUrl, credential, headers = {} }: HttpClientOptions): readonly string[] {
  const configured = [...Object.entries(headers), ...new URL(baseUrl).searchParams];
  const values = configured.flatMap(([name, value]) => (/version$/i.test(name) || value.length < 8 ? [] : [value]));
  return (credential === undefined ? values : [credential.value, ...values]).map(cleanHeader);
}

function headersOf(options: HttpClientOptions): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': 'pointsman', 'accept-encoding': 'identity' };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = cleanHeader(value);
  const { credential } = options;
  if (credential !== undefined) headers[credential.header.toLowerCase()] = cleanHeader(credential.value);
  return headers;
}

function headersOfRequest(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {
    accept: request.stream === true ? 'text/event-stream' : 'application/json',
  };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = cleanHeader(value);
  return headers;
}

/** What a header value cannot hold (RFC 9110, section 5.5) is left out: a line end would start a header of someone else's choice. */
function cleanHeader(value: string): string {
  return value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim();
}

function pathBelow(base: URL, path: string): string {
  const url = new URL(base.origin + base.pathname.replace(/\/+$/, '') + path);
  for (const [name, value] of base.searchParams) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

function joinedHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
