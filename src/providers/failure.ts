import { type FailureKind, ProviderError } from '../errors.ts';
import { readStart } from './body.ts';
import type { HttpResponse } from './http.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an adapter knows of an error in its dialect; what it leaves out is taken from the status and the body. */
export interface Interpretation {
  readonly kind?: FailureKind;
  /** The upstream's own sentence. Cleaned before use. */
  readonly message?: string;
  readonly retryAfterMs?: number;
}

export type Interpret = (
  status: number,
  /** Parsed where it is JSON, whatever its content type says; else the text. */
  body: unknown,
  headers: Readonly<Record<string, string>>,
) => Interpretation | undefined;

/** Enough for any error, and little enough to read from an upstream that may be hostile. */
const maxErrorBytes = 64 * 1024;

/** The failure that an answer with an error status tells of. Reads at most 64 KiB of its body. Never rejects but with an abort's reason. */
export async function httpFailure(response: HttpResponse, interpret: Interpret): Promise<ProviderError> {
  return failureOf(response, response.status, await errorBody(response), interpret);
}

/**
 * The failure that an error inside a 200 tells of: in a JSON answer, or in an event of a stream. `status` is the one that the error
 * itself names, if it does; `ProviderError.status` is left empty otherwise.
 */
export function inBandFailure(response: HttpResponse, error: unknown, interpret: Interpret): ProviderError {
  return failureOf(response, statusInside(error), error, interpret);
}

function failureOf(
  response: HttpResponse,
  status: number | undefined,
  body: unknown,
  interpret: Interpret,
): ProviderError {
  const found = interpret(status ?? response.status, body, response.headers) ?? {};
  const kind = found.kind ?? (status === undefined ? 'server_failed' : kindOfStatus(status, body));
  const wait =
    found.retryAfterMs ??
    (mayBeWaitedFor.has(kind) ? retryAfterMs(response.headers, response.receivedAt, body) : undefined);
  const message = cleanMessage(found.message ?? sentenceOf(body) ?? '', response.secrets);
  return new ProviderError(kind, message === '' ? defaultMessage(status) : message, {
    ...(status === undefined ? {} : { status }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

const mayBeWaitedFor: ReadonlySet<FailureKind> = new Set([
  'rate_limited',
  'overloaded',
  'server_failed',
  'provider_credits_exhausted',
]);

/** What a status means where nothing better is known. A 404 is a missing model only if its body speaks of one. */
export function kindOfStatus(status: number, body?: unknown): FailureKind {
  if (status === 404 || status === 410)
    return /model|deployment|endpoints found|resource not found/i.test(jsonText(body))
      ? 'model_not_found'
      : 'server_failed';
  const known = kinds[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'server_failed';
  // A redirect that is not followed, or a success that is none: not the API that we speak to.
  return status < 400 ? 'malformed_response' : 'invalid_request';
}

const kinds: Readonly<Record<number, FailureKind>> = {
  401: 'credentials_rejected',
  402: 'provider_credits_exhausted',
  403: 'credentials_rejected',
  405: 'malformed_response',
  407: 'credentials_rejected',
  408: 'server_failed',
  409: 'overloaded',
  413: 'context_length_exceeded',
  424: 'server_failed',
  425: 'overloaded',
  429: 'rate_limited',
  451: 'content_filtered',
  // Groq's for a full flex tier, and nginx's for a client that has gone.
  498: 'overloaded',
  499: 'server_failed',
  501: 'unsupported_parameter',
  503: 'overloaded',
  529: 'overloaded',
};

/** Of a body that is JSON; a page of a web server says nothing about models. */
function jsonText(body: unknown): string {
  return typeof body === 'object' ? JSON.stringify(body) : '';
}

/**
 * A sentence that can be shown: without markup, line ends and anything that looks like a credential, `secrets` above all; at most
 * 500 characters.
 */
export function cleanMessage(text: string, secrets: readonly string[] = []): string {
  let clean = text.slice(0, 20_000);
  for (const part of secrets.flatMap(secretParts)) clean = clean.replaceAll(part, '[redacted]');
  clean = /<(!doctype|html|head|body|title|h1|center)\b/i.test(clean) ? textOfMarkup(clean) : clean;
  clean = withoutCredentials(clean);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  clean = clean.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean;
}

/** The text, with `[redacted]` for everything that looks like a credential. */
export function withoutCredentials(text: string): string {
  return credentialPatterns.reduce((clean, pattern) => clean.replace(pattern, '[redacted]'), text);
}

function secretParts(secret: string): string[] {
  const bare = secret.replace(/^\S+\s+/, '');
  return [secret, bare, encodeURIComponent(bare)].filter((part) => part.length >= 4);
}

const credentialPatterns: readonly RegExp[] = [
  /\b(?:bearer|basic)\s+[\w.~+/=*-]{8,}/gi,
  // But for the id of an API key of ours, by which an operator finds it.
  /\b(?!key-[\w-]{16}(?![\w*.-]))(?:sk|pk|rk|ak|gsk|xai|hf|r8|fw|csk|pplx|nvapi|tgp|key|api|glm|dsk)[-_][\w*.-]{8,}/gi,
  /\bAIza[\w*-]{10,}/g,
  /\beyJ[\w-]{8,}\.[\w.-]{8,}/g,
  /\b(?:api[-_ ]?key|access[-_ ]?token|secret|password)["']?\s*[:=]\s*["']?[\w.~+/=*-]{8,}/gi,
];

function textOfMarkup(markup: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(markup)?.[1] ?? /<h1[^>]*>([^<]*)/i.exec(markup)?.[1];
  return title ?? markup.replace(/<(script|style)[\s\S]*?(<\/\1>|$)/gi, ' ').replace(/<[^>]*(>|$)/g, ' ');
}

/**
 * The sentence in an error body, whatever the dialect: `error.message`, `error`, `message`, `detail`, `detail[].msg`, `errors[]` …;
 * of OpenRouter's and other routers' wrappers, the upstream's own.
 */
export function sentenceOf(body: unknown, depth = 0): string | undefined {
  if (typeof body === 'string') return body.trim() === '' ? undefined : body;
  if (typeof body !== 'object' || body === null || depth > 4) return undefined;
  const fields = Array.isArray(body) ? body.slice(0, 3) : sentenceFields.map((name) => Reflect.get(body, name));
  for (const field of fields) {
    const sentence = sentenceOf(field, depth + 1);
    if (sentence !== undefined) return sentence;
  }
  return undefined;
}

const sentenceFields = [
  'error',
  'message',
  'msg',
  'detail',
  'details',
  'errors',
  'error_message',
  'status_msg',
  'error_description',
  'reason',
  'title',
];

function statusInside(error: unknown, depth = 0): number | undefined {
  if (typeof error !== 'object' || error === null || depth > 3) return undefined;
  for (const name of ['code', 'status', 'status_code', 'http_code', 'statusCode']) {
    const value = Number(Reflect.get(error, name));
    if (Number.isInteger(value) && value >= 400 && value < 600) return value;
  }
  return statusInside(Reflect.get(error, 'error') ?? (Array.isArray(error) ? error[0] : undefined), depth + 1);
}

function defaultMessage(status: number | undefined): string {
  return status === undefined
    ? 'the upstream failed without saying why'
    : `the upstream answered with status ${status}`;
}

async function errorBody(response: HttpResponse): Promise<unknown> {
  let text: string;
  try {
    ({ text } = await readStart(response.body, maxErrorBytes));
  } catch (error) {
    // The status says enough: an error whose body breaks off is still that error. An abort is not.
    if (error instanceof ProviderError && (error.kind === 'truncated' || error.kind === 'malformed_response'))
      return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
