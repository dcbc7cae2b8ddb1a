import { systemClock } from '../../src/clock.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import { canaryKey, describeAdapter } from './adapter-conformance.ts';

const usage = {
  billed_units: { input_tokens: 3, output_tokens: 5 },
  tokens: { input_tokens: 20, output_tokens: 9, reasoning_tokens: 4 },
  cached_tokens: 8,
};
const common = {
  annotations: [],
  images: [],
  usage: {
    promptTokens: 20,
    completionTokens: 9,
    totalTokens: 29,
    cachedTokens: 8,
    cacheWriteTokens: 0,
    reasoningTokens: 4,
    source: 'provider' as const,
  },
};

const whole = (reason: string, message: object) => ({
  id: 'c1',
  message: { role: 'assistant', ...message },
  finish_reason: reason,
  usage,
});
const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const message = (fields: object) => ({ delta: { message: fields } });
const opening = event('message-start', { id: 'c1', ...message({ role: 'assistant', content: [], tool_plan: '' }) });
const start = (index: number, content: object) => event('content-start', { index, ...message({ content }) });
const delta = (index: number, content: object) => event('content-delta', { index, ...message({ content }) });
const stop = (index: number) => event('content-end', { index });
const callStart = (index: number, id: string) =>
  event('tool-call-start', {
    index,
    ...message({ tool_calls: { id, type: 'function', function: { name: 'weather', arguments: '' } } }),
  });
const callDelta = (index: number, text: string) =>
  event('tool-call-delta', { index, ...message({ tool_calls: { function: { arguments: text } } }) });
const callEnd = (index: number) => event('tool-call-end', { index });
const closing = (reason: string, fields: object = {}) =>
  event('message-end', { id: 'c1', delta: { finish_reason: reason, usage, ...fields } });
const call = (id: string, text: string) => ({ id, type: 'function', function: { name: 'weather', arguments: text } });

const citation = {
  start: 3,
  end: 8,
  text: 'world',
  sources: [
    {
      type: 'document',
      id: 'd1',
      document: { id: 'd1', title: 'World', url: 'https://w.example', snippet: 'the world' },
    },
    { type: 'document', id: 'd2', document: { id: 'd2', text: 'without an address' } },
  ],
};

describeAdapter({
  name: 'cohere',
  createProvider: (baseUrl) =>
    createProvider(
      { slug: 'acme', dialect: 'cohere', baseUrl, apiKey: canaryKey, allowPrivateNetwork: true },
      systemClock,
    ),
  wire: {
    text: {
      whole: whole('COMPLETE', { content: [{ type: 'text', text: 'Grüße, 世界 👋' }] }),
      frames: [
        opening,
        start(0, { type: 'text', text: '' }),
        delta(0, { text: 'Grüße, ' }),
        delta(0, { text: '世界 👋' }),
        stop(0),
        closing('COMPLETE'),
      ],
      answer: {
        ...common,
        content: 'Grüße, 世界 👋',
        toolCalls: [],
        finishReason: 'stop',
        nativeFinishReason: 'COMPLETE',
      },
    },
    tool: {
      whole: whole('TOOL_CALL', { tool_plan: 'I will look.', tool_calls: [call('weather_a', '{"city":"Oslo"}')] }),
      frames: [
        opening,
        event('tool-plan-delta', message({ tool_plan: 'I will look.' })),
        callStart(0, 'weather_a'),
        callDelta(0, '{"ci'),
        callDelta(0, 'ty":"Oslo"}'),
        callEnd(0),
        closing('TOOL_CALL'),
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [{ id: 'weather_a', name: 'weather', arguments: '{"city":"Oslo"}' }],
        finishReason: 'tool_calls',
        nativeFinishReason: 'TOOL_CALL',
      },
    },
    parallelTools: {
      whole: whole('TOOL_CALL', { tool_calls: [call('weather_a', 'null'), call('weather_b', '{"city":"Rome"}')] }),
      frames: [
        opening,
        callStart(0, 'weather_a'),
        callDelta(0, 'nu'),
        callDelta(0, 'll'),
        callEnd(0),
        callStart(1, 'weather_b'),
        callDelta(1, '{"city":"Rome"}'),
        callEnd(1),
        closing('TOOL_CALL'),
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [
          { id: 'weather_a', name: 'weather', arguments: '{}' },
          { id: 'weather_b', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
        finishReason: 'tool_calls',
        nativeFinishReason: 'TOOL_CALL',
      },
    },
    reasoning: {
      whole: whole('COMPLETE', {
        content: [
          { type: 'thinking', thinking: 'Two and two.' },
          { type: 'text', text: '4' },
        ],
      }),
      frames: [
        opening,
        start(0, { type: 'thinking', thinking: '' }),
        delta(0, { thinking: 'Two and' }),
        delta(0, { thinking: ' two.' }),
        stop(0),
        start(1, { type: 'text', text: '' }),
        delta(1, { text: '4' }),
        stop(1),
        closing('COMPLETE'),
      ],
      answer: {
        ...common,
        content: '4',
        reasoning: 'Two and two.',
        toolCalls: [],
        finishReason: 'stop',
        nativeFinishReason: 'COMPLETE',
      },
    },
    others: {
      'citations and log probabilities': {
        whole: {
          ...whole('MAX_TOKENS', { content: [{ type: 'text', text: 'Hi world' }], citations: [citation] }),
          logprobs: [{ text: 'Hi world', token_ids: [1, 2], logprobs: [-0.5, -0.25] }],
        },
        frames: [
          opening,
          start(0, { type: 'text', text: '' }),
          event('content-delta', {
            index: 0,
            ...message({ content: { text: 'Hi world' } }),
            logprobs: { text: 'Hi world', token_ids: [1, 2], logprobs: [-0.5, -0.25] },
          }),
          event('citation-start', { index: 0, ...message({ citations: citation }) }),
          event('citation-end', { index: 0 }),
          stop(0),
          closing('MAX_TOKENS'),
        ],
        answer: {
          ...common,
          content: 'Hi world',
          annotations: [
            {
              type: 'url_citation',
              url: 'https://w.example',
              title: 'World',
              content: 'the world',
              startIndex: 3,
              endIndex: 8,
            },
          ],
          logprobs: {
            content: [{ token: 'Hi world', logprob: -0.75, bytes: [...Buffer.from('Hi world')], top_logprobs: [] }],
          },
          toolCalls: [],
          finishReason: 'length',
          nativeFinishReason: 'MAX_TOKENS',
        },
      },
    },
    optionalFrames: 0,
    openingFrames: [opening, start(0, { type: 'text', text: '' })],
    contentFrame: delta(0, { text: 'la ' }),
    keepAlives: [': keep-alive\n\n', event('debug', { prompt: '…' }), 'data:\n\n'],
    failures: [
      {
        title: 'a wrong key',
        status: 401,
        body: { id: 'e1', message: 'invalid api token' },
        kind: 'credentials_rejected',
      },
      { title: 'a withdrawn key', status: 498, body: { message: 'invalid token' }, kind: 'credentials_rejected' },
      {
        title: 'too long a prompt',
        status: 400,
        body: { error_type: 'TOO_MANY_TOKENS', message: 'size limit exceeded by 25836 tokens.' },
        kind: 'context_length_exceeded',
      },
      {
        title: 'a used-up trial',
        status: 429,
        body: { message: 'You are using a Trial key, which is limited to 1000 API calls / month.' },
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'a rate limit',
        status: 429,
        headers: { 'retry-after': '3' },
        body: { message: 'You are using a Trial key, which is limited to 20 API calls / minute.' },
        kind: 'rate_limited',
        retryAfterMs: 3000,
      },
      {
        title: 'an unknown model',
        status: 404,
        body: { message: "model 'command-x' not found, make sure the correct model ID was used" },
        kind: 'model_not_found',
      },
      {
        title: 'a name that sounds like a fault of the account',
        status: 400,
        body: { message: "invalid tool 'set billing': parameters must be an object" },
        kind: 'invalid_request',
      },
      {
        title: 'a parameter that the model does not know',
        status: 400,
        body: { message: 'thinking is not supported by this model' },
        kind: 'unsupported_parameter',
      },
      { title: 'a bad request', status: 422, body: { message: 'messages: field required' }, kind: 'invalid_request' },
      { title: 'a failure', status: 500, body: { message: 'internal server error' }, kind: 'server_failed' },
      { title: 'overload', status: 503, body: { message: 'service unavailable' }, kind: 'overloaded' },
    ],
    errorsInside: [
      { title: 'an error', whole: { id: 'e1', message: 'internal server error' }, kind: 'server_failed' },
      ...['ERROR', 'TIMEOUT', 'ERROR_OF_TOMORROW'].map((reason) => ({
        title: `an answer that ended with ${reason}`,
        whole: whole(reason, { content: [{ type: 'text', text: 'Once' }] }),
        kind: 'server_failed' as const,
      })),
    ],
    errorFrames: [
      { title: 'an end in error', frames: [closing('ERROR')], kind: 'server_failed' },
      {
        title: 'an error',
        frames: [closing('ERROR', { error: 'internal server error, please try again' })],
        kind: 'server_failed',
      },
    ],
    minimalRequest: {
      whole: {
        url: '/v2/chat',
        json: { model: 'model-1', messages: [{ role: 'user', content: 'Hello' }], stream: false },
      },
      stream: {
        url: '/v2/chat',
        json: { model: 'model-1', messages: [{ role: 'user', content: 'Hello' }], stream: true },
      },
      headers: ['authorization'],
    },
  },
});
