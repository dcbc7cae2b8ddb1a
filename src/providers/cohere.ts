import type { Answer, StreamPart } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { type FailureKind, ProviderError } from '../errors.ts';
import { answerOf } from './answer.ts';
import { withUsualPath } from './base-url.ts';
import { embedBody, embedResponse, mostTextsPerCall } from './cohere-embeddings.ts';
import { cohereRequest } from './cohere-request.ts';
import { cohereChat, createCohereReader, partsOfChat } from './cohere-response.ts';
import type { ProviderSettings } from './create-provider.ts';
import { answersWhole, eventRecord } from './event-records.ts';
import { httpFailure, type Interpret, inBandFailure } from './failure.ts';
import { createHttpClient, type HttpClient, type HttpResponse } from './http.ts';
import type { EmbeddingAnswer, EmbeddingCall, Provider, ProviderCall } from './provider.ts';
import { parseShape, readUnknownJson } from './response.ts';
import { kindBySentence, type SentenceRules } from './sentence-rules.ts';
import { parseServerSentEvents } from './server-sent-events.ts';
import { inBatches, inputUsage, textsOf, vectorAnswer } from './vectors.ts';
import { recordOf, stringOf } from './wire-values.ts';

/** Cohere's API, version 2 (docs.cohere.com/reference/chat, docs.cohere.com/reference/embed). */
export function createCohere(settings: ProviderSettings, clock: Clock): Provider {
  const { apiKey } = settings;
  const http = createHttpClient({
    baseUrl: withUsualPath(settings.baseUrl, '/v2'),
    ...(!apiKey ? {} : { credential: { header: 'authorization', value: `Bearer ${apiKey}` } }),
    ...(settings.headers === undefined ? {} : { headers: settings.headers }),
    allowPrivateNetwork: settings.allowPrivateNetwork,
    clock,
  });
  return {
    complete: async (call, signal) => readAnswer(await send(http, call, false, signal)),
    stream: async function* (call, signal) {
      yield* readStream(await send(http, call, true, signal));
    },
    embed: (call, signal) => embed(http, call, signal),
    close: http.close,
  };
}

async function send(http: HttpClient, call: ProviderCall, stream: boolean, signal: AbortSignal): Promise<HttpResponse> {
  const { connectTimeoutMs, onQuotaUsedUp } = call;
  const body = cohereRequest(call, stream);
  const response = await http.send(
    { method: 'POST', path: '/chat', body, connectTimeoutMs, stream, onQuotaUsedUp },
    signal,
  );
  if (response.status >= 300) throw await httpFailure(response, interpret);
  return response;
}

async function embed(http: HttpClient, call: EmbeddingCall, signal: AbortSignal): Promise<EmbeddingAnswer> {
  const { connectTimeoutMs, onQuotaUsedUp, input } = call;
  const { vectors, usage } = await inBatches(textsOf(input), mostTextsPerCall, async (texts) => {
    const body = embedBody(call, texts);
    const response = await http.send({ method: 'POST', path: '/embed', body, connectTimeoutMs, onQuotaUsedUp }, signal);
    if (response.status >= 300) throw await httpFailure(response, interpret);
    const answer = await readUnknownJson(response);
    if (typeof recordOf(answer).message === 'string') throw inBandFailure(response, answer, interpret);
    const { embeddings, meta } = parseShape(answer, embedResponse, response.status);
    const used = inputUsage(meta?.billed_units?.input_tokens ?? undefined);
    return { vectors: embeddings.float, ...(used !== undefined && { usage: used }) };
  });
  return vectorAnswer(input, vectors, usage);
}

async function readAnswer(response: HttpResponse): Promise<Answer> {
  return answerOf(await readWhole(response));
}

async function readWhole(response: HttpResponse): Promise<readonly StreamPart[]> {
  const body = await readUnknownJson(response);
  // In an error the message is a sentence.
  if (typeof recordOf(body).message === 'string') throw inBandFailure(response, body, interpret);
  return partsOfChat(parseShape(body, cohereChat, response.status));
}

async function* readStream(response: HttpResponse): AsyncGenerator<readonly StreamPart[]> {
  if (answersWhole(response)) return yield await readWhole(response);
  const reader = createCohereReader();
  for await (const events of parseServerSentEvents(response.body)) {
    const parts: StreamPart[] = [];
    for (const event of events) {
      const record = eventRecord(event, response, interpret);
      if (record === undefined) continue;
      const { error } = recordOf(record.delta);
      if (stringOf(error) !== '') throw inBandFailure(response, { message: error }, interpret);
      reader.read(record, parts);
    }
    if (parts.length > 0) yield parts;
    if (reader.ended()) return;
  }
  throw new ProviderError('truncated', 'the stream ended without message-end');
}

// docs.cohere.com/reference/errors
const kindOfStatus: Readonly<Record<number, FailureKind>> = {
  413: 'context_length_exceeded',
  498: 'credentials_rejected',
  501: 'unsupported_parameter',
};

const sentenceRules: SentenceRules = [
  [/TOO_MANY_TOKENS|too many tokens|context (length|window)/i, 'context_length_exceeded'],
  [/calls? ?\/ ?month|billing|payment method/i, 'provider_credits_exhausted'],
  [/blocked (input|output|prompt)/i, 'content_filtered'],
  [/(model .{0,80}(not found|does not exist|was removed))|unknown model/i, 'model_not_found'],
  [/(not|isn't) supported|does(n't| not) support|unsupported|unknown field/i, 'unsupported_parameter'],
];

const interpret: Interpret = (status, body) => {
  const { message, error_type: type } = recordOf(body);
  const said = `${stringOf(type)} ${stringOf(message)}`;
  const found = status < 500 ? kindBySentence(sentenceRules, said) : undefined;
  const kind = status === 401 ? undefined : (kindOfStatus[status] ?? found);
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(stringOf(message) === '' ? {} : { message: stringOf(message) }),
  };
};
