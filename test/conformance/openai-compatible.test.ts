import { systemClock } from '../../src/clock.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import { canaryKey, describeAdapter } from './adapter-conformance.ts';

const usage = {
  wire: {
    prompt_tokens: 20,
    completion_tokens: 9,
    total_tokens: 29,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 4 },
  },
  normal: {
    promptTokens: 20,
    completionTokens: 9,
    totalTokens: 29,
    cachedTokens: 8,
    cacheWriteTokens: 0,
    reasoningTokens: 4,
    source: 'provider' as const,
  },
};

const envelope = { id: 'chatcmpl-1', created: 1790000000, model: 'model-1-2026' };

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function chunk(delta: unknown, finish: string | null = null): string {
  return event({
    ...envelope,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
}

const usageChunk = event({ ...envelope, object: 'chat.completion.chunk', choices: [], usage: usage.wire });
const done = 'data: [DONE]\n\n';

function whole(message: unknown, finish: string) {
  const choices = [{ index: 0, message, logprobs: null, finish_reason: finish }];
  return { ...envelope, object: 'chat.completion', choices, usage: usage.wire };
}

function toolDelta(index: number, id: string | undefined, name: string | undefined, args: string) {
  return {
    index,
    ...(id === undefined ? {} : { id, type: 'function' }),
    function: { ...(name === undefined ? {} : { name }), arguments: args },
  };
}

const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: `{"city":"${city}"}` },
});
const common = { annotations: [], images: [], usage: usage.normal };

describeAdapter({
  name: 'openai-compatible',
  createProvider: (baseUrl) =>
    createProvider(
      { slug: 'acme', dialect: 'openai-compatible', baseUrl, apiKey: canaryKey, allowPrivateNetwork: true },
      systemClock,
    ),
  wire: {
    text: {
      whole: whole({ role: 'assistant', content: 'Grüße, 世界 👋', refusal: null }, 'stop'),
      frames: [
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Grüße, ' }),
        chunk({ content: '世界 👋' }),
        chunk({}, 'stop'),
        usageChunk,
        done,
      ],
      answer: { ...common, content: 'Grüße, 世界 👋', toolCalls: [], finishReason: 'stop', nativeFinishReason: 'stop' },
    },
    tool: {
      whole: whole({ role: 'assistant', content: null, tool_calls: [call('call_a', 'Oslo')] }, 'tool_calls'),
      frames: [
        chunk({ role: 'assistant', content: null, tool_calls: [toolDelta(0, 'call_a', 'weather', '')] }),
        chunk({ tool_calls: [toolDelta(0, undefined, undefined, '{"ci')] }),
        chunk({ tool_calls: [toolDelta(0, undefined, undefined, 'ty":"Oslo"}')] }),
        chunk({}, 'tool_calls'),
        usageChunk,
        done,
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [{ id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' }],
        finishReason: 'tool_calls',
        nativeFinishReason: 'tool_calls',
      },
    },
    parallelTools: {
      whole: whole(
        { role: 'assistant', content: null, tool_calls: [call('call_a', 'Oslo'), call('call_b', 'Rome')] },
        'tool_calls',
      ),
      frames: [
        chunk({ role: 'assistant', content: null }),
        chunk({ tool_calls: [toolDelta(0, 'call_a', 'weather', '{"city":')] }),
        chunk({ tool_calls: [toolDelta(1, 'call_b', 'weather', '')] }),
        chunk({
          tool_calls: [
            toolDelta(0, undefined, undefined, '"Oslo"}'),
            toolDelta(1, undefined, undefined, '{"city":"Rome"}'),
          ],
        }),
        chunk({}, 'tool_calls'),
        usageChunk,
        done,
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [
          { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
          { id: 'call_b', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
        finishReason: 'tool_calls',
        nativeFinishReason: 'tool_calls',
      },
    },
    reasoning: {
      whole: whole({ role: 'assistant', content: '4', reasoning_content: 'Two and two.' }, 'stop'),
      frames: [
        chunk({ role: 'assistant', content: null, reasoning_content: 'Two and' }),
        chunk({ content: null, reasoning_content: ' two.' }),
        chunk({ content: '4', reasoning_content: null }),
        chunk({}, 'stop'),
        usageChunk,
        done,
      ],
      answer: {
        ...common,
        content: '4',
        reasoning: 'Two and two.',
        toolCalls: [],
        finishReason: 'stop',
        nativeFinishReason: 'stop',
      },
    },
    optionalFrames: 2,
    contentFrame: chunk({ content: 'la ' }),
    keepAlives: [': keep-alive\n\n', 'data: : keepalive\n\n', 'data:\n\n', 'event: ping\n\n'],
    failures: [
      {
        title: 'a rate limit',
        status: 429,
        headers: { 'retry-after-ms': '1500' },
        body: { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } },
        kind: 'rate_limited',
        retryAfterMs: 1500,
      },
      {
        title: 'a used-up quota, which is a 429 too',
        status: 429,
        body: {
          error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' },
        },
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'an engine that is overloaded, which is a 429 at some',
        status: 429,
        body: {
          error: {
            message: 'The engine is currently overloaded, please try again later',
            type: 'engine_overloaded_error',
          },
        },
        kind: 'overloaded',
      },
      { title: 'a wrong key', status: 401, body: { detail: 'Unauthorized' }, kind: 'credentials_rejected' },
      {
        title: 'a wrong key that is a 400',
        status: 400,
        body: { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: sk***23.' },
        kind: 'credentials_rejected',
      },
      {
        title: 'an empty account',
        status: 402,
        body: { error: { message: 'Insufficient Balance' } },
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'an unknown model',
        status: 404,
        body: { error: { message: 'The model `x` does not exist', code: 'model_not_found' } },
        kind: 'model_not_found',
      },
      {
        title: 'an unknown model that is a 400',
        status: 400,
        body: { message: 'Model Not Exist' },
        kind: 'model_not_found',
      },
      { title: 'an unknown path', status: 404, body: { detail: 'Not Found' }, kind: 'server_failed' },
      {
        title: 'too long a prompt',
        status: 400,
        body: {
          error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' },
        },
        kind: 'context_length_exceeded',
      },
      {
        title: 'too long a prompt, by sentence',
        status: 400,
        body: { object: 'error', message: 'The prompt is too long: 9000 tokens', code: 400 },
        kind: 'context_length_exceeded',
      },
      {
        title: 'a content filter',
        status: 400,
        body: {
          error: {
            message: 'The response was filtered',
            code: 'content_filter',
            innererror: { code: 'ResponsibleAIPolicyViolation' },
          },
        },
        kind: 'content_filtered',
      },
      {
        title: 'a parameter that the model does not know',
        status: 400,
        body: { error: { message: "Unsupported parameter: 'top_k'", code: 'unsupported_parameter', param: 'top_k' } },
        kind: 'unsupported_parameter',
      },
      {
        title: 'a field that the schema does not know',
        status: 422,
        body: { detail: [{ type: 'extra_forbidden', loc: ['body', 'top_k'], msg: 'Extra inputs are not permitted' }] },
        kind: 'unsupported_parameter',
      },
      {
        title: 'a bad request',
        status: 400,
        body: { error: { message: 'messages must not be empty' } },
        kind: 'invalid_request',
      },
      { title: 'an overloaded server', status: 503, body: { error: 'no capacity' }, kind: 'overloaded' },
      {
        title: 'the limit of a router behind which another refused',
        status: 429,
        body: {
          error: {
            message: 'Provider returned error',
            code: 429,
            metadata: { raw: 'model x is rate-limited upstream', provider_name: 'X', headers: { 'Retry-After': '3' } },
          },
        },
        kind: 'rate_limited',
        retryAfterMs: 3000,
      },
    ],
    errorsInside: [
      { title: 'an error object', whole: { error: { message: 'boom', code: 500 } }, kind: 'server_failed' },
      { title: 'a limit', whole: { error: { message: 'slow down', code: '429' } }, kind: 'rate_limited' },
      { title: 'an error text', whole: { error: 'Model is overloaded' }, kind: 'overloaded' },
      {
        title: 'an object of type error',
        whole: { object: 'error', message: 'out of memory', code: 50001 },
        kind: 'server_failed',
      },
      {
        title: 'a status beside the choices',
        whole: { choices: null, base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'an error in the choice',
        whole: {
          ...envelope,
          choices: [{ index: 0, error: { code: 502, message: 'upstream died' }, finish_reason: 'error' }],
        },
        kind: 'server_failed',
      },
    ],
    errorFrames: [
      {
        title: 'an error object',
        frames: [event({ error: { message: 'boom', type: 'server_error', code: 500 } }), done],
        kind: 'server_failed',
      },
      {
        title: 'an error event',
        frames: [`event: error\n${event({ error: { message: 'limit', code: 429 } })}`],
        kind: 'rate_limited',
      },
      {
        title: 'an error event in words',
        frames: ['event: error\ndata: the server is overloaded\n\n'],
        kind: 'overloaded',
      },
      {
        title: 'an error field',
        frames: ['error: {"code":503,"message":"loading model","type":"unavailable_error"}\n\n'],
        kind: 'overloaded',
      },
      {
        title: 'bare JSON',
        frames: ['{\n  "error": {\n    "code": 429,\n    "message": "quota"\n  }\n}\n'],
        kind: 'rate_limited',
      },
      {
        title: 'an error beside a finish reason',
        frames: [
          event({
            ...envelope,
            error: { code: 502, message: 'provider disconnected' },
            choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
          }),
        ],
        kind: 'server_failed',
      },
    ],
    minimalRequest: {
      whole: {
        url: '/v1/chat/completions',
        json: { model: 'model-1', messages: [{ role: 'user', content: 'Hello' }] },
      },
      stream: {
        url: '/v1/chat/completions',
        json: {
          model: 'model-1',
          messages: [{ role: 'user', content: 'Hello' }],
          stream: true,
          stream_options: { include_usage: true },
        },
      },
      headers: ['authorization'],
    },
  },
});
