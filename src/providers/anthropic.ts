import { z } from 'zod';
import type { Answer, StreamPart } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { type FailureKind, ProviderError } from '../errors.ts';
import { answerOf } from './answer.ts';
import { anthropicRequest } from './anthropic-request.ts';
import { anthropicMessage, createAnthropicReader, partsOfMessage } from './anthropic-response.ts';
import { withUsualPath } from './base-url.ts';
import type { ProviderSettings } from './create-provider.ts';
import { answersWhole, eventRecord, tellsOfError } from './event-records.ts';
import { httpFailure, type Interpret, inBandFailure } from './failure.ts';
import { createHttpClient, type HttpClient, type HttpResponse } from './http.ts';
import type { ListedModel, Provider, ProviderCall } from './provider.ts';
import { parseShape, readJson, readUnknownJson } from './response.ts';
import { kindBySentence, type SentenceRules } from './sentence-rules.ts';
import { parseServerSentEvents } from './server-sent-events.ts';
import { recordOf, stringOf } from './wire-values.ts';

/** Anthropic's Messages API (platform.claude.com/docs/en/api/messages). */
export function createAnthropic(settings: ProviderSettings, clock: Clock): Provider {
  const http = createHttpClient({
    baseUrl: withUsualPath(settings.baseUrl, '/v1'),
    ...(!settings.apiKey ? {} : { credential: { header: 'x-api-key', value: settings.apiKey } }),
    headers: { 'anthropic-version': '2023-06-01', ...settings.headers },
    allowPrivateNetwork: settings.allowPrivateNetwork,
    clock,
  });
  return {
    complete: async (call, signal) => readAnswer(await send(http, call, false, signal)),
    stream: async function* (call, signal) {
      yield* readStream(await send(http, call, true, signal));
    },
    listModels: (signal) => listModels(http, signal),
    close: http.close,
  };
}

async function send(http: HttpClient, call: ProviderCall, stream: boolean, signal: AbortSignal): Promise<HttpResponse> {
  const { connectTimeoutMs, onQuotaUsedUp } = call;
  const body = anthropicRequest(call, stream);
  const response = await http.send(
    { method: 'POST', path: '/messages', body, connectTimeoutMs, stream, onQuotaUsedUp },
    signal,
  );
  if (response.status >= 300) throw await httpFailure(response, interpret);
  return response;
}

async function readAnswer(response: HttpResponse): Promise<Answer> {
  return answerOf(await readWhole(response));
}

async function readWhole(response: HttpResponse): Promise<readonly StreamPart[]> {
  const body = await readUnknownJson(response);
  if (tellsOfError(body)) throw inBandFailure(response, body, interpret);
  return partsOfMessage(parseShape(body, anthropicMessage, response.status));
}

async function* readStream(response: HttpResponse): AsyncGenerator<readonly StreamPart[]> {
  if (answersWhole(response)) return yield await readWhole(response);
  let reader = createAnthropicReader();
  let delivered = false;
  for await (const events of parseServerSentEvents(response.body)) {
    let parts: StreamPart[] = [];
    for (const event of events) {
      const record = eventRecord(event, response, interpret);
      if (record === undefined) continue;
      // A message that begins again replaces what nobody has seen. Once a read has delivered something of the first, as when the bytes
      // come one by one, it is too late: the reader then fails with `malformed_response`.
      if (record.type === 'message_start' && !delivered) {
        reader = createAnthropicReader();
        parts = [];
      }
      reader.read(record, parts);
    }
    delivered ||= parts.length > 0;
    if (parts.length > 0) yield parts;
    if (reader.ended()) return;
  }
  throw new ProviderError('truncated', 'the stream ended without message_stop');
}

// platform.claude.com/docs/en/api/errors
const kindOfType: Readonly<Record<string, FailureKind>> = {
  authentication_error: 'credentials_rejected',
  billing_error: 'provider_credits_exhausted',
  permission_error: 'credentials_rejected',
  not_found_error: 'model_not_found',
  request_too_large: 'context_length_exceeded',
  rate_limit_error: 'rate_limited',
  timeout_error: 'server_failed',
  api_error: 'server_failed',
  overloaded_error: 'overloaded',
};

/** What the sentences of `invalid_request_error` mean; the type itself says nothing. */
const sentenceRules: SentenceRules = [
  [/credit balance|usage limits?\b.*regain|spend(ing)? limit/i, 'provider_credits_exhausted'],
  [/organization has been disabled|not available in your (region|country)/i, 'credentials_rejected'],
  [/prompt is too long|exceeds? (the )?context (limit|window|length)|too many tokens/i, 'context_length_exceeded'],
  [/content filtering policy/i, 'content_filtered'],
  [
    /not supported|does not support|unsupported|extra inputs are not permitted|is deprecated for this model/i,
    'unsupported_parameter',
  ],
];

const interpret: Interpret = (status, body) => {
  const error = recordOf(recordOf(body).error);
  const message = stringOf(error.message);
  const said = status < 500 ? kindBySentence(sentenceRules, message) : undefined;
  const type = stringOf(error.type);
  const kind =
    kindOfType[type] ??
    said ??
    kindOfStatus[status] ??
    (type === 'invalid_request_error' ? 'invalid_request' : undefined);
  return { ...(kind === undefined ? {} : { kind }), ...(message === '' ? {} : { message }) };
};

/** Its proxy refuses what is too large with a body of another form. */
const kindOfStatus: Readonly<Record<number, FailureKind>> = { 413: 'context_length_exceeded' };

async function listModels(http: HttpClient, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const response = await http.send({ method: 'GET', path: '/models?limit=1000', connectTimeoutMs: 5000 }, signal);
  if (response.status >= 300) throw await httpFailure(response, interpret);
  const { data } = await readJson(response, modelList);
  return data.map(({ id, max_input_tokens: contextLength }) => ({
    id,
    ...(contextLength == null ? {} : { contextLength }),
  }));
}

const modelList = z.object({ data: z.array(z.object({ id: z.string(), max_input_tokens: z.number().nullish() })) });
