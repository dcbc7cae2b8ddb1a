import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopbackName } from './access.ts';

/** Why a request is turned away before anything reads it. */
export interface Refusal {
  readonly status: number;
  /** A word for the metrics, and the GraphQL code in lower case. */
  readonly reason: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GuardSettings {
  /** The host that the server is bound to. */
  readonly host: string;
  /** Names under which the server may be called, besides this machine's. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may call the server, exactly as a browser sends them. */
  readonly corsOrigins: readonly string[];
}

/** Turns away what a browser could be tricked into sending, and what only a confused or hostile program sends. */
export interface Guards {
  /** Checks the Host header (against DNS rebinding) and the Origin header. */
  readonly addressed: (request: IncomingMessage) => Refusal | undefined;
  /** Checks that a request to `/graphql` has a method, a type and headers that no web page can send unasked. */
  readonly shaped: (request: IncomingMessage) => Refusal | undefined;
  /** The CORS headers of an answer: none, unless a listed origin asks. */
  readonly corsHeaders: (request: IncomingMessage) => Readonly<Record<string, string>>;
}

/** Any of these headers proves that the request was not sent by a plain form or link: a page of another origin may not set them. */
const csrfHeaders = ['x-csrf', 'x-pointsman-csrf', 'graphql-require-preflight', 'apollo-require-preflight'] as const;

const allowedRequestHeaders = [
  'content-type',
  'accept',
  'authorization',
  'x-api-key',
  'http-referer',
  'x-title',
  'x-openrouter-title',
  'x-openrouter-categories',
  'x-openrouter-metadata',
  'x-openrouter-experimental-metadata',
  'x-session-id',
  'idempotency-key',
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  // What OpenAI's and Anthropic's clients say of themselves.
  ...[
    'arch',
    'lang',
    'os',
    'package-version',
    'runtime',
    'runtime-version',
    'retry-count',
    'timeout',
    'helper-method',
  ].map((name) => `x-stainless-${name}`),
  ...csrfHeaders,
];

export function createGuards(settings: GuardSettings): Guards {
  const hosts = new Set([settings.host, ...settings.allowedHosts].map((host) => host.toLowerCase()));
  const origins = new Set(settings.corsOrigins);

  function ownHost(request: IncomingMessage): boolean {
    const host = request.headers.host?.toLowerCase();
    const name = host?.replace(/:\d+$/, '');
    if (host === undefined || name === undefined) return false;
    if (isLoopbackName(name) || hosts.has(name) || hosts.has(host)) return true;
    return name.replace(/^\[|\]$/g, '') === request.socket.localAddress?.replace(/^::ffff:/, '');
  }

  return {
    addressed: (request) => {
      if (!ownHost(request)) {
        return {
          status: 403,
          reason: 'foreign_host',
          message: 'This server is not called by that name: add it to server.allowedHosts in pointsman.yaml.',
        };
      }
      const { origin } = request.headers;
      if (origin === undefined || origins.has(origin) || isOriginOf(origin, request.headers)) return undefined;
      return {
        status: 403,
        reason: 'foreign_origin',
        message: 'Pages of that origin may not call this server: add it to server.corsOrigins in pointsman.yaml.',
      };
    },
    shaped: (request) => {
      const { method, headers } = request;
      if (method !== 'POST' && method !== 'GET') {
        return { status: 405, reason: 'method_not_allowed', message: 'Use POST.', headers: { allow: 'GET, POST' } };
      }
      const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
      const json = method === 'POST' && (type === 'application/json' || type === 'application/graphql+json');
      if (json && (headers['content-encoding'] ?? 'identity') === 'identity') return undefined;
      const unsupported: Refusal = {
        status: 415,
        reason: 'unsupported_media_type',
        message: 'Send the operation as application/json, not compressed.',
      };
      if (json || type === 'multipart/form-data') return unsupported;
      if (!csrfHeaders.some((name) => headers[name] !== undefined)) {
        return {
          status: 403,
          reason: 'csrf',
          message:
            `Send application/json by POST, or one of these headers: ${csrfHeaders.join(', ')}. ` +
            'A client that sends queries by GET must use POST (urql: preferGetMethod: false) or send x-csrf.',
        };
      }
      return method === 'GET' ? undefined : unsupported;
    },
    corsHeaders: ({ headers, method }): Readonly<Record<string, string>> => {
      if (headers.origin === undefined || !origins.has(headers.origin)) return {};
      const common = { 'access-control-allow-origin': headers.origin, vary: 'Origin' };
      if (method !== 'OPTIONS') return { ...common, 'access-control-expose-headers': 'x-generation-id, retry-after' };
      return {
        ...common,
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        'access-control-allow-headers': allowedRequestHeaders.join(', '),
        'access-control-max-age': '600',
      };
    },
  };
}

function isOriginOf(origin: string, headers: IncomingHttpHeaders): boolean {
  return URL.canParse(origin) && new URL(origin).host === headers.host?.toLowerCase();
}
