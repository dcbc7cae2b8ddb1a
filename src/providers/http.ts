import type { Clock } from '../clock.ts';

/** What an adapter sends. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** A path below the base URL, with its query: `/chat/completions`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly connectTimeoutMs: number;
  /** Asks for a stream: `accept-encoding: identity`, and no limit on the size of the whole. */
  readonly stream?: boolean;
}

/** What came back; any status. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a repeated header joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it arrives. Breaking off with an error throws ProviderError `truncated`; leaving it early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A secret and the header that carries it. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}

export interface HttpClientOptions {
  /** `https://api.example.com/v1`. The credential is sent to this origin and to no other. */
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
   * Resolves once the headers are there. Rejects with ProviderError `connect_timeout` or `unreachable`, or with the signal's
   * reason. An abort closes the connection at once, in every phase.
   */
  readonly send: (request: HttpRequest, signal: AbortSignal) => Promise<HttpResponse>;
  readonly close: () => Promise<void>;
}
