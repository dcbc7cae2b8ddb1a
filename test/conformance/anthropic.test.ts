import { expect, it } from 'vitest';
import type { StreamPart } from '../../src/chat.ts';
import { systemClock } from '../../src/clock.ts';
import { answerOf } from '../../src/providers/answer.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import { byteByByte, jsonAnswer, startStubUpstream } from '../support/stub-upstream.ts';
import { canaryKey, describeAdapter } from './adapter-conformance.ts';

const usage = {
  wire: { input_tokens: 12, cache_read_input_tokens: 8, cache_creation_input_tokens: 0, output_tokens: 9 },
  normal: {
    promptTokens: 20,
    completionTokens: 9,
    totalTokens: 29,
    cachedTokens: 8,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    source: 'provider' as const,
  },
};
const common = { annotations: [], images: [], usage: usage.normal };

function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
const opening = event('message_start', {
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage: { ...usage.wire, output_tokens: 1 } },
});
const start = (index: number, block: object) => event('content_block_start', { index, content_block: block });
const delta = (index: number, change: object) => event('content_block_delta', { index, delta: change });
const stop = (index: number) => event('content_block_stop', { index });
const closing = (reason: string) => [
  event('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 9 } }),
  event('message_stop'),
];
const whole = (reason: string, ...content: object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'model-1',
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: usage.wire,
});

const weather = (id: string, city?: string) => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: city === undefined ? {} : { city },
});
const finishedBy = (finishReason: 'stop' | 'tool_calls', nativeFinishReason: string) => ({
  finishReason,
  nativeFinishReason,
});

const error = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'req_1' });
const invalid = (message: string) => error('invalid_request_error', message);

const adapter = (baseUrl: string) =>
  createProvider(
    { slug: 'acme', dialect: 'anthropic', baseUrl, apiKey: canaryKey, allowPrivateNetwork: true },
    systemClock,
  );

describeAdapter({
  name: 'anthropic',
  createProvider: adapter,
  wire: {
    text: {
      whole: whole('end_turn', { type: 'text', text: 'Grüße, 世界 👋' }),
      frames: [
        opening,
        start(0, { type: 'text', text: '' }),
        delta(0, { type: 'text_delta', text: 'Grüße, ' }),
        delta(0, { type: 'text_delta', text: '世界 👋' }),
        stop(0),
        ...closing('end_turn'),
      ],
      answer: { ...common, content: 'Grüße, 世界 👋', toolCalls: [], ...finishedBy('stop', 'end_turn') },
    },
    tool: {
      whole: whole('tool_use', weather('toolu_a', 'Oslo')),
      frames: [
        opening,
        start(0, weather('toolu_a')),
        delta(0, { type: 'input_json_delta', partial_json: '' }),
        delta(0, { type: 'input_json_delta', partial_json: '{"ci' }),
        delta(0, { type: 'input_json_delta', partial_json: 'ty":"Oslo"}' }),
        stop(0),
        ...closing('tool_use'),
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [{ id: 'toolu_a', name: 'weather', arguments: '{"city":"Oslo"}' }],
        ...finishedBy('tool_calls', 'tool_use'),
      },
    },
    parallelTools: {
      whole: whole('tool_use', { type: 'text', text: 'Both.' }, weather('toolu_a'), weather('toolu_b', 'Rome')),
      frames: [
        opening,
        start(0, { type: 'text', text: '' }),
        delta(0, { type: 'text_delta', text: 'Both.' }),
        stop(0),
        start(1, weather('toolu_a')),
        delta(1, { type: 'input_json_delta', partial_json: '' }),
        stop(1),
        start(2, weather('toolu_b')),
        delta(2, { type: 'input_json_delta', partial_json: '{"city":"Rome"}' }),
        stop(2),
        ...closing('tool_use'),
      ],
      answer: {
        ...common,
        content: 'Both.',
        toolCalls: [
          { id: 'toolu_a', name: 'weather', arguments: '{}' },
          { id: 'toolu_b', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
        ...finishedBy('tool_calls', 'tool_use'),
      },
    },
    reasoning: {
      whole: whole(
        'end_turn',
        { type: 'thinking', thinking: 'Two and two.', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'b3BhcXVl' },
        { type: 'text', text: '4' },
      ),
      frames: [
        opening,
        start(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Two and' }),
        delta(0, { type: 'thinking_delta', thinking: ' two.' }),
        delta(0, { type: 'signature_delta', signature: 'c2ln' }),
        stop(0),
        start(1, { type: 'redacted_thinking', data: 'b3BhcXVl' }),
        stop(1),
        start(2, { type: 'text', text: '' }),
        delta(2, { type: 'text_delta', text: '4' }),
        stop(2),
        ...closing('end_turn'),
      ],
      answer: {
        ...common,
        content: '4',
        reasoning: 'Two and two.',
        reasoningDetails: [
          {
            type: 'reasoning.text',
            format: 'anthropic-claude-v1',
            index: 0,
            text: 'Two and two.',
            signature: 'c2ln',
          },
          { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 1, data: 'b3BhcXVl' },
        ],
        toolCalls: [],
        ...finishedBy('stop', 'end_turn'),
      },
    },
    others: {
      'a refusal': {
        whole: { ...whole('refusal'), stop_details: { type: 'refusal', category: 'cyber' } },
        frames: [opening, ...closing('refusal')],
        answer: {
          ...common,
          content: '',
          toolCalls: [],
          finishReason: 'content_filter',
          nativeFinishReason: 'refusal',
        },
      },
    },
    optionalFrames: 0,
    openingFrames: [opening, start(0, { type: 'text', text: '' })],
    contentFrame: delta(0, { type: 'text_delta', text: 'la ' }),
    keepAlives: [event('ping'), ': keep-alive\n\n', 'data: : keepalive\n\n', event('an_event_of_tomorrow')],
    failures: [
      {
        title: 'a wrong key',
        status: 401,
        body: error('authentication_error', 'invalid x-api-key'),
        kind: 'credentials_rejected',
      },
      {
        title: 'an empty account, which is a 400',
        status: 400,
        body: invalid('Your credit balance is too low to access the Anthropic API.'),
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'a name that sounds like an empty account',
        status: 400,
        body: invalid("tools.0: invalid name 'credit balance'"),
        kind: 'invalid_request',
      },
      {
        title: 'a spent budget',
        status: 400,
        body: invalid('You have reached your specified API usage limits. You will regain access on 2026-12-01.'),
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'a billing error',
        status: 402,
        body: error('billing_error', 'There is an issue with your billing.'),
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'a missing permission',
        status: 403,
        body: error('permission_error', 'Your API key does not have permission.'),
        kind: 'credentials_rejected',
      },
      {
        title: 'a disabled organization',
        status: 400,
        body: invalid('This organization has been disabled.'),
        kind: 'credentials_rejected',
      },
      {
        title: 'an unknown model',
        status: 404,
        body: error('not_found_error', 'model: claude-0'),
        kind: 'model_not_found',
      },
      {
        title: 'too long a prompt',
        status: 400,
        body: invalid('prompt is too long: 210000 tokens > 200000 maximum'),
        kind: 'context_length_exceeded',
      },
      {
        title: 'a prompt that leaves no room for the answer',
        status: 400,
        body: invalid('input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000'),
        kind: 'context_length_exceeded',
      },
      {
        title: 'too large a request',
        status: 413,
        body: error('request_too_large', 'Request exceeds the maximum size'),
        kind: 'context_length_exceeded',
      },
      {
        title: 'too large a request, in the words of the proxy',
        status: 413,
        body: { error: { message: 'Request Entity Too Large' } },
        kind: 'context_length_exceeded',
      },
      {
        title: 'a content filter',
        status: 400,
        body: invalid('Output blocked by content filtering policy'),
        kind: 'content_filtered',
      },
      {
        title: 'a parameter that the model does not know',
        status: 400,
        body: invalid('top_k: Extra inputs are not permitted'),
        kind: 'unsupported_parameter',
      },
      {
        title: 'a bad request',
        status: 400,
        body: invalid('messages: at least one message is required'),
        kind: 'invalid_request',
      },
      {
        title: 'a rate limit',
        status: 429,
        headers: { 'retry-after': '12' },
        body: error('rate_limit_error', 'This request would exceed your rate limit of 50 requests per minute.'),
        kind: 'rate_limited',
        retryAfterMs: 12_000,
      },
      { title: 'a failure', status: 500, body: error('api_error', 'Internal server error'), kind: 'server_failed' },
      {
        title: 'a time-out of its own',
        status: 504,
        body: error('timeout_error', 'Request timed out'),
        kind: 'server_failed',
      },
      { title: 'overload', status: 529, body: error('overloaded_error', 'Overloaded'), kind: 'overloaded' },
    ],
    errorsInside: [
      { title: 'overload', whole: error('overloaded_error', 'Overloaded'), kind: 'overloaded' },
      { title: 'an error without a type', whole: { error: { message: 'boom' } }, kind: 'server_failed' },
    ],
    errorFrames: [
      { title: 'overload', frames: [event('error', error('overloaded_error', 'Overloaded'))], kind: 'overloaded' },
      {
        title: 'a failure',
        frames: [event('error', error('api_error', 'Internal server error'))],
        kind: 'server_failed',
      },
      { title: 'a bad request', frames: [event('error', invalid('tools: too many'))], kind: 'invalid_request' },
      {
        title: 'an error without an event type',
        frames: [`data: ${JSON.stringify(error('rate_limit_error', 'Slow down'))}\n\n`],
        kind: 'rate_limited',
      },
      { title: 'an error in words', frames: ['event: error\ndata: upstream died\n\n'], kind: 'server_failed' },
    ],
    minimalRequest: {
      whole: {
        url: '/v1/messages',
        json: {
          model: 'model-1',
          max_tokens: 4096,
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        },
      },
      stream: {
        url: '/v1/messages',
        json: {
          model: 'model-1',
          max_tokens: 4096,
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
          stream: true,
        },
      },
      headers: ['x-api-key', 'anthropic-version'],
    },
  },
});

it('takes a message that begins again for the answer, where nothing of the first was delivered', async () => {
  const upstream = await startStubUpstream();
  const provider = adapter(upstream.url);
  const call = {
    model: 'model-1',
    prompt: { messages: [{ role: 'user' as const, content: 'Hello' }] },
    supportedParameters: new Set<never>(),
    connectTimeoutMs: 2000,
  };
  const read = async () => {
    const parts: StreamPart[] = [];
    for await (const batch of provider.stream(call, new AbortController().signal)) parts.push(...batch);
    return answerOf(parts);
  };
  const thought = (text: string) => [
    start(0, { type: 'thinking', thinking: '' }),
    delta(0, { type: 'thinking_delta', thinking: text }),
    stop(0),
  ];
  const body = [
    opening,
    ...thought('First.'),
    start(1, weather('toolu_a')),
    delta(1, { type: 'input_json_delta', partial_json: '{"ci' }),
    opening,
    ...thought('Again.'),
    start(1, weather('toolu_b')),
    delta(1, { type: 'input_json_delta', partial_json: '{"city":"Rome"}' }),
    stop(1),
    ...closing('tool_use'),
  ].join('');
  const answer = { headers: { 'content-type': 'text/event-stream' }, body: [{ write: body }] };
  try {
    upstream.respond(answer);
    expect(await read()).toMatchObject({
      content: '',
      reasoning: 'Again.',
      toolCalls: [{ id: 'toolu_b', name: 'weather', arguments: '{"city":"Rome"}' }],
      finishReason: 'tool_calls',
      usage: usage.normal,
    });
    upstream.respond(byteByByte(answer));
    await expect(read()).rejects.toMatchObject({ kind: 'malformed_response' });
  } finally {
    await upstream.close();
    await provider.close();
  }
});

it('lists its models', async () => {
  const upstream = await startStubUpstream();
  const provider = adapter(upstream.url);
  try {
    upstream.respond(
      jsonAnswer({ data: [{ id: 'claude-a', max_input_tokens: 200_000 }, { id: 'claude-b' }], has_more: false }),
    );
    expect(await provider.listModels?.(new AbortController().signal)).toEqual([
      { id: 'claude-a', contextLength: 200_000 },
      { id: 'claude-b' },
    ]);
    expect(upstream.requests[0]?.url).toBe('/v1/models?limit=1000');
  } finally {
    await upstream.close();
    await provider.close();
  }
});
