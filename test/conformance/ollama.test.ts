import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { jsonAnswer, type StubUpstream, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';
import { canaryKey, describeAdapter } from './adapter-conformance.ts';

const counts = { prompt_eval_count: 20, eval_count: 9, total_duration: 2_254_970_291 };
const common = {
  annotations: [],
  images: [],
  usage: {
    promptTokens: 20,
    completionTokens: 9,
    totalTokens: 29,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    source: 'provider' as const,
  },
};
const finished = { toolCalls: [], finishReason: 'stop' as const, nativeFinishReason: 'stop' };

const envelope = { model: 'model-1', created_at: '2026-11-22T09:46:58.265747Z' };
const whole = (message: object) => ({
  ...envelope,
  message: { role: 'assistant', ...message },
  done_reason: 'stop',
  done: true,
  ...counts,
});
const line = (value: unknown) => `${JSON.stringify(value)}\n`;
const piece = (message: object) =>
  line({ ...envelope, message: { role: 'assistant', content: '', ...message }, done: false });
const last = line(whole({ content: '' }));
const weather = (id: string, index: number, city?: string) => ({
  id,
  function: { index, name: 'weather', arguments: city === undefined ? {} : { city } },
});

const adapter = (baseUrl: string) =>
  createProvider(
    { slug: 'acme', dialect: 'ollama', baseUrl, apiKey: canaryKey, allowPrivateNetwork: true },
    systemClock,
  );

describeAdapter({
  name: 'ollama',
  createProvider: adapter,
  wire: {
    contentType: 'application/x-ndjson',
    text: {
      whole: whole({ content: 'Grüße, 世界 👋' }),
      frames: [piece({ content: 'Grüße, ' }), piece({ content: '世界 👋' }), last],
      answer: { ...common, content: 'Grüße, 世界 👋', ...finished },
    },
    tool: {
      whole: whole({ content: '', tool_calls: [weather('call_a', 0, 'Oslo')] }),
      frames: [piece({ tool_calls: [weather('call_a', 0, 'Oslo')] }), last],
      answer: {
        ...common,
        ...finished,
        content: '',
        toolCalls: [{ id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' }],
        finishReason: 'tool_calls',
      },
    },
    parallelTools: {
      whole: whole({ content: 'Both.', tool_calls: [weather('call_a', 0), weather('call_b', 1, 'Rome')] }),
      frames: [
        piece({ content: 'Both.' }),
        piece({ tool_calls: [weather('call_a', 0)] }),
        piece({ tool_calls: [weather('call_b', 0, 'Rome')] }),
        last,
      ],
      answer: {
        ...common,
        ...finished,
        content: 'Both.',
        toolCalls: [
          { id: 'call_a', name: 'weather', arguments: '{}' },
          { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
        finishReason: 'tool_calls',
      },
    },
    reasoning: {
      whole: whole({ content: '4', thinking: 'Two and two.' }),
      frames: [piece({ thinking: 'Two and' }), piece({ thinking: ' two.' }), piece({ content: '4' }), last],
      answer: { ...common, content: '4', reasoning: 'Two and two.', ...finished },
    },
    others: {
      'log probabilities': {
        whole: { ...whole({ content: 'Hi' }), logprobs: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105] }] },
        frames: [
          line({
            ...envelope,
            message: { role: 'assistant', content: 'Hi' },
            done: false,
            logprobs: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105] }],
          }),
          last,
        ],
        answer: {
          ...common,
          ...finished,
          content: 'Hi',
          logprobs: { content: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] }] },
        },
      },
    },
    optionalFrames: 0,
    contentFrame: piece({ content: 'la ' }),
    keepAlives: ['\n', piece({})],
    failures: [
      {
        title: 'an unknown model',
        status: 404,
        body: { error: 'model "llama9" not found, try pulling it first' },
        kind: 'model_not_found',
      },
      { title: 'a wrong key', status: 401, body: { error: 'unauthorized' }, kind: 'credentials_rejected' },
      {
        title: 'a model without tools',
        status: 400,
        body: { error: 'registry.ollama.ai/library/gemma:2b does not support tools' },
        kind: 'unsupported_parameter',
      },
      {
        title: 'too long a prompt',
        status: 400,
        body: { error: 'prompt too long; exceeded max context length by 1119 tokens' },
        kind: 'context_length_exceeded',
      },
      {
        title: 'a model that must be paid for',
        status: 403,
        body: { error: 'this model requires a subscription, upgrade for access' },
        kind: 'provider_credits_exhausted',
      },
      { title: 'a rate limit', status: 429, body: { error: 'too many concurrent requests' }, kind: 'rate_limited' },
      {
        title: 'a full queue',
        status: 503,
        body: { error: 'server busy, please try again. maximum pending requests exceeded' },
        kind: 'overloaded',
      },
      {
        title: 'too little memory',
        status: 500,
        body: { error: 'model requires more system memory (9.1 GiB) than is available (4.2 GiB)' },
        kind: 'server_failed',
      },
      {
        title: 'a name that sounds like a wrong key',
        status: 400,
        body: { error: 'invalid tool "invalid api key"' },
        kind: 'invalid_request',
      },
      { title: 'a bad request', status: 400, body: { error: 'invalid options: temperature' }, kind: 'invalid_request' },
    ],
    errorsInside: [
      { title: 'a dead runner', whole: { error: 'llama runner process has terminated' }, kind: 'server_failed' },
    ],
    errorFrames: [
      {
        title: 'a dead runner',
        frames: [line({ error: 'llama runner process has terminated' })],
        kind: 'server_failed',
      },
      {
        title: 'overload of the cloud',
        frames: [line({ error: 'server busy, please try again' })],
        kind: 'overloaded',
      },
    ],
    minimalRequest: {
      whole: {
        url: '/api/chat',
        json: { model: 'model-1', messages: [{ role: 'user', content: 'Hello' }], stream: false },
      },
      stream: {
        url: '/api/chat',
        json: { model: 'model-1', messages: [{ role: 'user', content: 'Hello' }], stream: true },
      },
      headers: ['authorization'],
    },
  },
});

let upstream: StubUpstream;
let provider: Provider;
beforeEach(async () => {
  upstream = await startStubUpstream();
  provider = adapter(upstream.url);
});
afterEach(async () => {
  await upstream.close();
  await provider.close();
});
const signal = new AbortController().signal;
const call = { model: 'm', prompt: { messages: [] }, supportedParameters: new Set<never>(), connectTimeoutMs: 5000 };

it.each(['load', 'unload'])('takes an answer that says nothing but %s for a failure', async (reason) => {
  const answer = { ...whole({ content: '' }), done_reason: reason };
  upstream.respond(jsonAnswer(answer));
  await expect(provider.complete(call, signal)).rejects.toMatchObject({ kind: 'malformed_response' });
  upstream.respond(streamAnswer([line(answer)], 'application/x-ndjson'));
  await expect(Array.fromAsync(provider.stream(call, signal))).rejects.toMatchObject({ kind: 'malformed_response' });
});

it('gives calls without ids different ones, in every answer', async () => {
  const functions = [{ function: { name: 'now', arguments: {} } }, { function: { name: 'now', arguments: {} } }];
  upstream.respond(jsonAnswer(whole({ content: '', tool_calls: functions })));
  const answers = [await provider.complete(call, signal), await provider.complete(call, signal)];
  const ids = answers.flatMap((answer) => answer.toolCalls.map(({ id }) => id));
  expect(new Set(ids).size).toBe(4);
  expect(ids).not.toContain('');
});

it('lists the models that the server has, with their context lengths where it knows them', async () => {
  upstream.respond((request) => {
    if (request.url === '/api/tags') return jsonAnswer({ models: [{ name: 'qwen3:8b' }, { name: 'broken' }] });
    const { model } = request.json as { model: string };
    if (model === 'broken') return jsonAnswer({ error: 'no such file' }, 500);
    return jsonAnswer({ model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 } });
  });
  expect(await provider.listModels?.(signal)).toEqual([{ id: 'qwen3:8b', contextLength: 40_960 }, { id: 'broken' }]);
});
