import { z } from 'zod';
import type { Answer, StreamPart } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { FailureKind } from '../errors.ts';
import { answerOf } from './answer.ts';
import { withUsualPath } from './base-url.ts';
import type { ProviderSettings } from './create-provider.ts';
import { answersWhole, eventRecord, tellsOfError } from './event-records.ts';
import { httpFailure, type Interpret, inBandFailure } from './failure.ts';
import { batchEmbedBody, batchEmbedResponse, mostTextsPerCall } from './google-embeddings.ts';
import { googleRequest } from './google-request.ts';
import { createGoogleReader, generateContentResponse } from './google-response.ts';
import { createHttpClient, type HttpClient, type HttpResponse } from './http.ts';
import { parseJsonObjects } from './json-objects.ts';
import type { EmbeddingAnswer, EmbeddingCall, ListedModel, Provider, ProviderCall, UpstreamCall } from './provider.ts';
import { parseShape, readJson, readUnknownJson } from './response.ts';
import { kindBySentence, type SentenceRules } from './sentence-rules.ts';
import { parseServerSentEvents } from './server-sent-events.ts';
import { inBatches, inputUsage, textsOf, vectorAnswer } from './vectors.ts';
import { listOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** Google's Gemini API (ai.google.dev/api/generate-content, ai.google.dev/api/embeddings). */
export function createGoogle(settings: ProviderSettings, clock: Clock): Provider {
  const http = createHttpClient({
    baseUrl: withUsualPath(settings.baseUrl, '/v1beta'),
    ...(!settings.apiKey ? {} : { credential: { header: 'x-goog-api-key', value: settings.apiKey } }),
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
    listModels: (signal) => listModels(http, signal),
    close: http.close,
  };
}

async function send(http: HttpClient, call: ProviderCall, stream: boolean, signal: AbortSignal): Promise<HttpResponse> {
  const { connectTimeoutMs, totalTimeoutMs, onQuotaUsedUp } = call;
  const name = encodedName(call);
  const path = stream ? `/${name}:streamGenerateContent?alt=sse` : `/${name}:generateContent`;
  const response = await http.send(
    {
      method: 'POST',
      path,
      headers: timeoutHeaders(totalTimeoutMs),
      body: googleRequest(call),
      connectTimeoutMs,
      stream,
      onQuotaUsedUp,
    },
    signal,
  );
  if (response.status >= 300) throw await httpFailure(response, interpret);
  return response;
}

/** `models/` is understood; tuned models name their own collection. */
function nameOf({ model }: UpstreamCall): string {
  return model.includes('/') ? model : `models/${model}`;
}

function encodedName(call: UpstreamCall): string {
  return nameOf(call).split('/').map(encodeURIComponent).join('/');
}

async function embed(http: HttpClient, call: EmbeddingCall, signal: AbortSignal): Promise<EmbeddingAnswer> {
  const { connectTimeoutMs, totalTimeoutMs, onQuotaUsedUp, input } = call;
  const path = `/${encodedName(call)}:batchEmbedContents`;
  const headers = timeoutHeaders(totalTimeoutMs);
  const { vectors, usage } = await inBatches(textsOf(input), mostTextsPerCall, async (texts) => {
    const body = batchEmbedBody(call, nameOf(call), texts);
    const response = await http.send({ method: 'POST', path, headers, body, connectTimeoutMs, onQuotaUsedUp }, signal);
    if (response.status >= 300) throw await httpFailure(response, interpret);
    const answer = await readUnknownJson(response);
    if (tellsOfError(answer)) throw inBandFailure(response, answer, interpret);
    const { embeddings, usageMetadata } = parseShape(answer, batchEmbedResponse, response.status);
    const used = inputUsage(usageMetadata?.promptTokenCount ?? undefined);
    return { vectors: embeddings.map(({ values }) => values), ...(used !== undefined && { usage: used }) };
  });
  return vectorAnswer(input, vectors, usage);
}

/** In whole seconds (cloud.google.com/apis/docs/system-parameters). Gemini refuses less than ten: then only we watch the time. */
function timeoutHeaders(totalTimeoutMs = 0): Readonly<Record<string, string>> {
  const seconds = Math.ceil(totalTimeoutMs / 1_000);
  return seconds < leastServerTimeoutSeconds ? {} : { 'x-server-timeout': String(seconds) };
}

const leastServerTimeoutSeconds = 10;

async function readAnswer(response: HttpResponse): Promise<Answer> {
  const body = await readUnknownJson(response);
  if (tellsOfError(body)) throw inBandFailure(response, body, interpret);
  const reader = createGoogleReader();
  const parts: StreamPart[] = [];
  reader.read(parseShape(body, generateContentResponse, response.status), parts);
  return answerOf([...parts, ...reader.end()]);
}

async function* readStream(response: HttpResponse): AsyncGenerator<readonly StreamPart[]> {
  const reader = createGoogleReader();
  for await (const chunks of chunksOf(response)) {
    const parts: StreamPart[] = [];
    for (const chunk of chunks) reader.read(chunk, parts);
    if (parts.length > 0) yield parts;
  }
  yield reader.end();
}

/** Events, or the list of objects that the API sends where `alt=sse` got lost on the way. */
async function* chunksOf(response: HttpResponse): AsyncGenerator<readonly WireRecord[]> {
  if (answersWhole(response)) {
    for await (const objects of parseJsonObjects(response.body)) {
      const failed = objects.find(tellsOfError);
      if (failed !== undefined) throw inBandFailure(response, failed, interpret);
      yield objects.map(recordOf);
    }
    return;
  }
  for await (const events of parseServerSentEvents(response.body)) {
    yield events.map((event) => eventRecord(event, response, interpret)).filter((record) => record !== undefined);
  }
}

// cloud.google.com/apis/design/errors; what is missing here needs its sentence to be understood.
const kindOfStatus: Readonly<Record<string, FailureKind>> = {
  UNAUTHENTICATED: 'credentials_rejected',
  PERMISSION_DENIED: 'credentials_rejected',
  NOT_FOUND: 'model_not_found',
  RESOURCE_EXHAUSTED: 'rate_limited',
  UNIMPLEMENTED: 'unsupported_parameter',
  UNAVAILABLE: 'overloaded',
  INTERNAL: 'server_failed',
  UNKNOWN: 'server_failed',
  DEADLINE_EXCEEDED: 'server_failed',
  ABORTED: 'server_failed',
  CANCELLED: 'server_failed',
};

const sentenceRules: SentenceRules = [
  [/api[ _]key.{0,20}(not valid|invalid|expired|not found|leaked)|API_KEY_INVALID/i, 'credentials_rejected'],
  [/location is not supported|not available in your (country|region)/i, 'credentials_rejected'],
  [/enable billing|BILLING_DISABLED|(prepayment )?credits are depleted|spending cap/i, 'provider_credits_exhausted'],
  [
    /token count.{0,40}exceeds|maximum number of tokens|payload size exceeds|context (length|window)/i,
    'context_length_exceeded',
  ],
];

const badRequestRules: SentenceRules = [
  [
    /(is|are|does)( not|n't) (support|enabled)|unsupported|unknown name|only works in thinking mode/i,
    'unsupported_parameter',
  ],
];

const interpret: Interpret = (status, body) => {
  const error = recordOf(recordOf(listOf(body)[0] ?? body).error);
  const message = stringOf(error.message);
  const reasons = listOf(error.details).map((detail) => stringOf(recordOf(detail).reason));
  const said = [message, ...reasons].join(' ');
  const table = status === 400 ? [...sentenceRules, ...badRequestRules] : sentenceRules;
  const kind = kindBySentence(table, said) ?? kindOfStatus[stringOf(error.status)];
  return { ...(kind === undefined ? {} : { kind }), ...(message === '' ? {} : { message }) };
};

async function listModels(http: HttpClient, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const response = await http.send({ method: 'GET', path: '/models?pageSize=1000', connectTimeoutMs: 5000 }, signal);
  if (response.status >= 300) throw await httpFailure(response, interpret);
  const { models } = await readJson(response, modelList);
  return models
    .filter((model) => model.supportedGenerationMethods?.includes('generateContent') !== false)
    .map(({ name, inputTokenLimit }) => ({
      id: name.replace(/^models\//, ''),
      ...(inputTokenLimit == null ? {} : { contextLength: inputTokenLimit }),
    }));
}

const modelList = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      inputTokenLimit: z.number().nullish(),
      supportedGenerationMethods: z.array(z.string()).nullish(),
    }),
  ),
});
