import { z } from 'zod';
import type { JsonObject, StreamPart } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { answerOf } from './answer.ts';
import { withUsualPath } from './base-url.ts';
import type { ProviderSettings } from './create-provider.ts';
import { httpFailure, inBandFailure } from './failure.ts';
import { type Credential, createHttpClient, type HttpClient, type HttpResponse } from './http.ts';
import { type AnswerReader, createAnswerReader } from './openai-compatible-answer.ts';
import { embeddingsBody, readEmbeddings } from './openai-compatible-embeddings.ts';
import { interpretError } from './openai-compatible-errors.ts';
import { requestBody } from './openai-compatible-request.ts';
import { type Wire, wireOf } from './openai-compatible-wires.ts';
import type { ListedModel, Provider, ProviderCall, UpstreamCall } from './provider.ts';
import { readJson, readUnknownJson } from './response.ts';
import { createEventParser, eventJson, type ServerSentEvent } from './server-sent-events.ts';
import { isRecord } from './wire-values.ts';

/**
 * Speaks OpenAI's chat completions and embeddings (https://platform.openai.com/docs/api-reference/chat), with the differences of each
 * server that claims to: see `openai-compatible-wires.ts`.
 */
export function createOpenAICompatible(settings: ProviderSettings, clock: Clock): Provider {
  const wire = wireOf(settings.wire ?? settings.slug);
  const client = createClient(settings, wire, clock);

  return {
    complete: async (call, signal) => {
      const response = await post(client, settings, wire, call, false, signal);
      return answerOf(withoutExcluded(call, await readWhole(response)));
    },
    embed: async (call, signal) => {
      const path = pathOf('embeddings', settings, wire, call);
      return readEmbeddings(call, await send(client, path, embeddingsBody(call, wire), call, false, signal));
    },
    stream: (call, signal) => streamParts(client, settings, wire, call, signal),
    listModels: async (signal) => {
      const response = await client.send(
        { method: 'GET', path: '/models', connectTimeoutMs: listConnectTimeoutMs },
        signal,
      );
      if (!isSuccess(response)) throw await httpFailure(response, interpretError);
      return listedModels(await readJson(response, modelList));
    },
    close: client.close,
  };
}

const listConnectTimeoutMs = 3000;

function createClient(settings: ProviderSettings, wire: Wire, clock: Clock): HttpClient {
  const credential =
    settings.apiKey === undefined || settings.apiKey === '' ? undefined : credentialOf(settings.apiKey, wire);
  return createHttpClient({
    baseUrl: wire.auth === 'azure' ? settings.baseUrl : withUsualPath(settings.baseUrl, wire.usualPath),
    ...(credential === undefined ? {} : { credential }),
    ...(settings.headers === undefined ? {} : { headers: settings.headers }),
    allowPrivateNetwork: settings.allowPrivateNetwork,
    clock,
  });
}

function credentialOf(apiKey: string, wire: Wire): Credential {
  // Azure takes its own keys in a header of its own; what begins like this is a token of Entra ID.
  const isAzureKey = wire.auth === 'azure' && !apiKey.startsWith('eyJ');
  return isAzureKey ? { header: 'api-key', value: apiKey } : { header: 'authorization', value: `Bearer ${apiKey}` };
}

async function post(
  client: HttpClient,
  settings: ProviderSettings,
  wire: Wire,
  call: ProviderCall,
  stream: boolean,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const path = pathOf('chat/completions', settings, wire, call);
  return send(client, path, requestBody(call, wire, stream), call, stream, signal);
}

async function send(
  client: HttpClient,
  path: string,
  body: JsonObject,
  { connectTimeoutMs, onQuotaUsedUp }: UpstreamCall,
  stream: boolean,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const response = await client.send({ method: 'POST', path, body, connectTimeoutMs, stream, onQuotaUsedUp }, signal);
  if (!isSuccess(response)) throw await httpFailure(response, interpretError);
  return response;
}

function isSuccess(response: HttpResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

type Operation = 'chat/completions' | 'embeddings';

function pathOf(operation: Operation, { baseUrl }: ProviderSettings, wire: Wire, { model }: UpstreamCall): string {
  return wire.auth === 'azure' ? azurePath(operation, baseUrl, model) : `/${operation}`;
}

/** Azure has three forms: `/openai/v1`, which is like OpenAI's; `/models` with a version; and one path for each deployment. */
function azurePath(operation: Operation, baseUrl: string, model: string): string {
  const { pathname, searchParams } = new URL(baseUrl);
  const base = pathname.replace(/\/+$/, '');
  if (base.endsWith('/v1')) return `/${operation}`;
  const version = (usual: string) => (searchParams.has('api-version') ? '' : `?api-version=${usual}`);
  if (base.endsWith('/models')) return `/${operation}${version('2024-05-01-preview')}`;
  if (base.includes('/deployments/')) return `/${operation}${version('2024-10-21')}`;
  const root = base.endsWith('/openai') ? '' : '/openai';
  return `${root}/deployments/${encodeURIComponent(model)}/${operation}${version('2024-10-21')}`;
}

async function readWhole(response: HttpResponse): Promise<StreamPart[]> {
  const reader = createAnswerReader(response);
  const parts: StreamPart[] = [];
  reader.read(await readUnknownJson(response), 'message', parts);
  parts.push(...reader.finish(true));
  return parts;
}

/** The only generator between the body and the router: each further one costs every token some turns of the microtask queue. */
async function* streamParts(
  client: HttpClient,
  settings: ProviderSettings,
  wire: Wire,
  call: ProviderCall,
  signal: AbortSignal,
): AsyncGenerator<StreamPart[]> {
  const response = await post(client, settings, wire, call, true, signal);
  const parser = createEventParser();
  const reader = createAnswerReader(response);
  for await (const piece of response.body) {
    const { parts, done } = readEvents(parser.push(piece), reader, response);
    const wanted = withoutExcluded(call, parts);
    if (wanted.length > 0) yield wanted;
    if (done) return;
  }
  const { parts, done } = readEvents(parser.end(), reader, response);
  const wanted = withoutExcluded(call, parts);
  if (wanted.length > 0) yield wanted;
  if (!done) yield reader.finish(false);
}

/** What events bring. `done` once the dialect's own end was among them: nothing after it counts. */
function readEvents(events: readonly ServerSentEvent[], reader: AnswerReader, response: HttpResponse) {
  const parts: StreamPart[] = [];
  const done = events.some((event) => readEvent(event, reader, response, parts) === 'done');
  if (done) parts.push(...reader.finish(true));
  return { parts, done };
}

function readEvent(
  event: ServerSentEvent,
  reader: AnswerReader,
  response: HttpResponse,
  parts: StreamPart[],
): 'done' | 'more' {
  if (event.unknownFields !== undefined && readStray(event.unknownFields, reader, response, parts)) return 'done';
  const { data } = event;
  if (data.trim() === '[DONE]') return 'done';
  if (event.event === 'error') throw inBandFailure(response, errorBody(jsonOrText(data)), interpretError);
  // Some gateways send their keep-alive comments as data.
  if (data.trim() === '' || data.startsWith(':')) return 'more';
  reader.read(eventJson(event), 'delta', parts);
  return 'more';
}

/**
 * What a stream holds that is no event: llama.cpp fails in a field named `error`, others in JSON without `data:`, and a server that
 * does not stream sends its whole answer so; then this is true. What else is unknown means nothing.
 */
function readStray(
  fields: Readonly<Record<string, string>>,
  reader: AnswerReader,
  response: HttpResponse,
  parts: StreamPart[],
): boolean {
  if (fields.error !== undefined) throw inBandFailure(response, errorBody(jsonOrText(fields.error)), interpretError);
  const value = jsonOrText(fields[''] ?? '');
  if (!isRecord(value)) return false;
  reader.read(value, 'message', parts);
  return Array.isArray(value.choices);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function errorBody(value: unknown): unknown {
  return isRecord(value) && 'error' in value ? value : { error: value };
}

/** Reasoning that the caller does not want to see, whether or not the upstream can be told so. */
function withoutExcluded(call: ProviderCall, parts: StreamPart[]): StreamPart[] {
  if (call.prompt.reasoning?.exclude !== true) return parts;
  return parts.filter((part) => part.type !== 'reasoning' && part.type !== 'reasoningDetails');
}

const listed = z.object({
  id: z.string(),
  context_length: z.number().nullish().catch(undefined),
  context_window: z.number().nullish().catch(undefined),
  max_context_length: z.number().nullish().catch(undefined),
  max_model_len: z.number().nullish().catch(undefined),
  meta: z.object({ n_ctx: z.number().nullish(), n_ctx_train: z.number().nullish() }).nullish().catch(undefined),
});

/** Together lists its models without a wrapper. */
const modelList = z.union([z.object({ data: z.array(listed).nullish() }), z.array(listed)]);

function listedModels(list: z.infer<typeof modelList>): readonly ListedModel[] {
  const models = Array.isArray(list) ? list : (list.data ?? []);
  return models.map((model) => {
    const contextLength =
      model.max_model_len ??
      model.context_length ??
      model.context_window ??
      model.max_context_length ??
      model.meta?.n_ctx ??
      model.meta?.n_ctx_train;
    return { id: model.id, ...(contextLength ? { contextLength } : {}) };
  });
}
