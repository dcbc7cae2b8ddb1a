import { z } from 'zod';
import type { Answer, StreamPart } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { ProviderError } from '../errors.ts';
import { answerOf } from './answer.ts';
import { withUsualPath } from './base-url.ts';
import type { ProviderSettings } from './create-provider.ts';
import { tellsOfError } from './event-records.ts';
import { httpFailure, type Interpret, inBandFailure } from './failure.ts';
import { createHttpClient, type HttpClient, type HttpResponse } from './http.ts';
import { parseJsonLines } from './json-lines.ts';
import { ollamaRequest } from './ollama-request.ts';
import { createOllamaReader, ollamaChat } from './ollama-response.ts';
import type { EmbeddingAnswer, EmbeddingCall, ListedModel, Provider, ProviderCall } from './provider.ts';
import { parseShape, readJson, readUnknownJson } from './response.ts';
import { kindBySentence, type SentenceRules } from './sentence-rules.ts';
import { inputUsage, textsOf, vectorAnswer, vectorShape } from './vectors.ts';
import { recordOf, stringOf } from './wire-values.ts';

/** Ollama's own API (docs.ollama.com/api/chat, docs.ollama.com/api/embed), on this machine or in its cloud. */
export function createOllama(settings: ProviderSettings, clock: Clock): Provider {
  const { apiKey } = settings;
  const http = createHttpClient({
    baseUrl: withUsualPath(settings.baseUrl, '/api'),
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
    listModels: (signal) => listModels(http, signal),
    close: http.close,
  };
}

async function send(http: HttpClient, call: ProviderCall, stream: boolean, signal: AbortSignal): Promise<HttpResponse> {
  const { connectTimeoutMs, onQuotaUsedUp } = call;
  const body = ollamaRequest(call, stream);
  const headers = { accept: stream ? 'application/x-ndjson' : 'application/json' };
  const response = await http.send(
    { method: 'POST', path: '/chat', headers, body, connectTimeoutMs, stream, onQuotaUsedUp },
    signal,
  );
  if (response.status >= 300) throw await httpFailure(response, interpret);
  return response;
}

/** What is too long is refused, not cut: a cut text has another meaning. */
async function embed(http: HttpClient, call: EmbeddingCall, signal: AbortSignal): Promise<EmbeddingAnswer> {
  const { model, input, connectTimeoutMs, onQuotaUsedUp } = call;
  const { dimensions } = input;
  const body = {
    model,
    input: textsOf(input),
    truncate: false,
    ...(dimensions !== undefined && { dimensions }),
  };
  const headers = { accept: 'application/json' };
  const response = await http.send(
    { method: 'POST', path: '/embed', headers, body, connectTimeoutMs, onQuotaUsedUp },
    signal,
  );
  if (response.status >= 300) throw await httpFailure(response, interpret);
  const answer = await readUnknownJson(response);
  if (tellsOfError(answer)) throw inBandFailure(response, answer, interpret);
  const { embeddings, prompt_eval_count: count } = parseShape(answer, embedResponse, response.status);
  return vectorAnswer(input, embeddings, inputUsage(count ?? undefined));
}

const embedResponse = z.object({
  embeddings: z.array(vectorShape),
  prompt_eval_count: z.int().min(0).nullish().catch(undefined),
});

async function readAnswer(response: HttpResponse): Promise<Answer> {
  const body = await readUnknownJson(response);
  if (tellsOfError(body)) throw inBandFailure(response, body, interpret);
  const reader = createOllamaReader();
  const parts: StreamPart[] = [];
  reader.read(parseShape(body, ollamaChat, response.status), parts);
  return answerOf(parts);
}

async function* readStream(response: HttpResponse): AsyncGenerator<readonly StreamPart[]> {
  const reader = createOllamaReader();
  for await (const lines of parseJsonLines(response.body)) {
    const parts: StreamPart[] = [];
    for (const line of lines) {
      const record = recordOf(line);
      if (tellsOfError(record)) throw inBandFailure(response, record, interpret);
      reader.read(record, parts);
    }
    if (parts.length > 0) yield parts;
    if (reader.ended()) return;
  }
  throw new ProviderError('truncated', 'the stream ended without a line that says done');
}

/** Errors are plain sentences; in a stream not even a status comes with them. */
const sentenceRules: SentenceRules = [
  [/model .*not found|pull(ing)? it first/i, 'model_not_found'],
  [
    /exceed(s|ed)? (the |max )?(available )?context|context (length|size|window)|prompt too long/i,
    'context_length_exceeded',
  ],
  [/does not support|not supported|unsupported/i, 'unsupported_parameter'],
  [
    /requires a subscription|upgrade for (access|higher)|(weekly|monthly) usage limit|insufficient (credits|balance)/i,
    'provider_credits_exhausted',
  ],
  [/too many requests|rate limit|usage limit/i, 'rate_limited'],
  [/server busy|maximum pending requests|overloaded/i, 'overloaded'],
  [/unauthorized|invalid api key/i, 'credentials_rejected'],
];

const interpret: Interpret = (_status, body) => {
  const { error } = recordOf(body);
  const message = typeof error === 'string' ? error : stringOf(recordOf(error).message);
  const kind = kindBySentence(sentenceRules, message);
  return { ...(kind === undefined ? {} : { kind }), ...(message === '' ? {} : { message }) };
};

async function listModels(http: HttpClient, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const response = await http.send({ method: 'GET', path: '/tags', connectTimeoutMs: listTimeoutMs }, signal);
  if (response.status >= 300) throw await httpFailure(response, interpret);
  const { models } = await readJson(response, modelList);
  return Promise.all(models.map(({ name }) => describe(http, name, signal)));
}

const listTimeoutMs = 5000;
const modelList = z.object({ models: z.array(z.object({ name: z.string() })) });

/** A model that the server cannot describe is listed without its context length. */
async function describe(http: HttpClient, id: string, signal: AbortSignal): Promise<ListedModel> {
  try {
    const body = { model: id };
    const response = await http.send({ method: 'POST', path: '/show', body, connectTimeoutMs: listTimeoutMs }, signal);
    const { model_info: info, capabilities } = await readJson(response, description);
    const contextLength = Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1];
    return {
      id,
      ...(typeof contextLength === 'number' && { contextLength }),
      ...(capabilities != null && { makesVectors: capabilities.includes('embedding') }),
    };
  } catch (error) {
    if (error instanceof ProviderError) return { id };
    throw error;
  }
}

const description = z.object({
  model_info: z.record(z.string(), z.unknown()),
  capabilities: z.array(z.string()).nullish().catch(undefined),
});
