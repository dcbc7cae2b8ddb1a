import { expect, it } from 'vitest';
import type { StreamPart } from '../../src/chat.ts';
import { systemClock } from '../../src/clock.ts';
import { answerOf } from '../../src/providers/answer.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import { byteByByte, jsonAnswer, startStubUpstream, stoppedAfter } from '../support/stub-upstream.ts';
import { canaryKey, describeAdapter } from './adapter-conformance.ts';

const usageMetadata = {
  promptTokenCount: 20,
  cachedContentTokenCount: 8,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 4,
  totalTokenCount: 29,
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

const chunk = (parts: readonly object[], finishReason?: string) => ({
  candidates: [
    { content: { role: 'model', parts }, index: 0, ...(finishReason === undefined ? {} : { finishReason }) },
  ],
  ...(finishReason === undefined ? {} : { usageMetadata }),
  responseId: 'r1',
});
/** The real ones are CRLF throughout. */
const event = (value: unknown) => `data: ${JSON.stringify(value)}\r\n\r\n`;
const weather = (city: string) => ({ functionCall: { name: 'weather', args: { city } } });
const signed = (part: object) => ({ ...part, thoughtSignature: 'c2ln' });

const error = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: { code, status, message, details },
});
const reason = (name: string) => [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: name }];
const retryDelay = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '21.5s' }];

const adapter = (baseUrl: string) =>
  createProvider(
    { slug: 'acme', dialect: 'google', baseUrl, apiKey: canaryKey, allowPrivateNetwork: true },
    systemClock,
  );

describeAdapter({
  name: 'google',
  createProvider: adapter,
  wire: {
    text: {
      whole: chunk([{ text: 'Grüße, 世界 👋' }], 'STOP'),
      frames: [
        event(chunk([{ text: 'Grüße, ' }])),
        event(chunk([{ text: '世界 👋' }])),
        event(chunk([{ text: '' }], 'STOP')),
      ],
      answer: {
        ...common,
        content: 'Grüße, 世界 👋',
        toolCalls: [],
        finishReason: 'stop',
        nativeFinishReason: 'STOP',
      },
    },
    tool: {
      whole: chunk([weather('Oslo')], 'STOP'),
      frames: [
        event(chunk([{ functionCall: { name: 'weather', willContinue: true } }])),
        ...['Os', 'lo'].map((stringValue) =>
          event(
            chunk([
              {
                functionCall: {
                  partialArgs: [{ jsonPath: '$.city', stringValue, willContinue: true }],
                  willContinue: true,
                },
              },
            ]),
          ),
        ),
        event(chunk([{ functionCall: {} }])),
        event(chunk([{ text: '' }], 'STOP')),
      ],
      answer: {
        ...common,
        content: '',
        toolCalls: [{ id: 'call_r1_0', name: 'weather', arguments: '{"city":"Oslo"}' }],
        finishReason: 'tool_calls',
        nativeFinishReason: 'STOP',
      },
    },
    parallelTools: {
      whole: chunk([signed(weather('Oslo')), weather('Rome')], 'STOP'),
      frames: [event(chunk([signed(weather('Oslo'))])), event(chunk([weather('Rome')], 'STOP'))],
      answer: {
        ...common,
        content: '',
        reasoningDetails: [
          { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 0, data: 'c2ln', id: 'call_r1_0' },
        ],
        toolCalls: [
          { id: 'call_r1_0', name: 'weather', arguments: '{"city":"Oslo"}' },
          { id: 'call_r1_1', name: 'weather', arguments: '{"city":"Rome"}' },
        ],
        finishReason: 'tool_calls',
        nativeFinishReason: 'STOP',
      },
    },
    reasoning: {
      whole: chunk([{ text: 'Two and two.', thought: true }, signed({ text: '4' })], 'STOP'),
      frames: [
        event(chunk([{ text: 'Two and', thought: true }])),
        event(chunk([{ text: ' two.', thought: true }])),
        event(chunk([{ text: '4' }])),
        event(chunk([signed({ text: '' })], 'STOP')),
      ],
      answer: {
        ...common,
        content: '4',
        reasoning: 'Two and two.',
        reasoningDetails: [
          { type: 'reasoning.text', format: 'google-gemini-v1', index: 0, text: 'Two and two.' },
          { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 1, data: 'c2ln' },
        ],
        toolCalls: [],
        finishReason: 'stop',
        nativeFinishReason: 'STOP',
      },
    },
    others: {
      'a prompt that was blocked': {
        whole: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata },
        frames: [event({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata })],
        answer: {
          ...common,
          content: '',
          toolCalls: [],
          finishReason: 'content_filter',
          nativeFinishReason: 'PROHIBITED_CONTENT',
        },
      },
    },
    optionalFrames: 0,
    contentFrame: event(chunk([{ text: 'la ' }])),
    keepAlives: [
      ': keep-alive\r\n\r\n',
      event({ usageMetadata: { trafficType: 'ON_DEMAND' } }),
      event(chunk([{ text: '' }])),
    ],
    failures: [
      {
        title: 'a wrong key, which is a 400',
        status: 400,
        body: error(
          400,
          'INVALID_ARGUMENT',
          'API key not valid. Please pass a valid API key.',
          reason('API_KEY_INVALID'),
        ),
        kind: 'credentials_rejected',
      },
      {
        title: 'names that sound like a wrong key',
        status: 400,
        body: error(400, 'INVALID_ARGUMENT', 'Wrong "api_key" is invalid: properties[api_key].items: missing field'),
        kind: 'invalid_request',
      },
      {
        title: 'a country that is not served',
        status: 400,
        body: error(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
        kind: 'credentials_rejected',
      },
      {
        title: 'an API that is switched off',
        status: 403,
        body: error(403, 'PERMISSION_DENIED', 'Generative Language API has not been used.', reason('SERVICE_DISABLED')),
        kind: 'credentials_rejected',
      },
      {
        title: 'an account without billing',
        status: 403,
        body: error(403, 'PERMISSION_DENIED', 'This API method requires billing.', reason('BILLING_DISABLED')),
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'used-up credits',
        status: 429,
        body: error(429, 'RESOURCE_EXHAUSTED', 'Your prepayment credits are depleted.'),
        kind: 'provider_credits_exhausted',
      },
      {
        title: 'a quota, with the time in the details',
        status: 429,
        body: error(
          429,
          'RESOURCE_EXHAUSTED',
          'You exceeded your current quota, please check your plan and billing details.',
          retryDelay,
        ),
        kind: 'rate_limited',
        retryAfterMs: 21_500,
      },
      {
        title: 'an unknown model, inside a list',
        status: 404,
        body: [error(404, 'NOT_FOUND', 'models/m is not found, or is not supported for generateContent.')],
        kind: 'model_not_found',
      },
      {
        title: 'too long a prompt',
        status: 400,
        body: error(
          400,
          'INVALID_ARGUMENT',
          'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
        ),
        kind: 'context_length_exceeded',
      },
      {
        title: 'a parameter that the model does not know',
        status: 400,
        body: error(400, 'INVALID_ARGUMENT', 'Penalty is not enabled for this model'),
        kind: 'unsupported_parameter',
      },
      {
        title: 'a bad request',
        status: 400,
        body: error(400, 'INVALID_ARGUMENT', 'Unable to process input image.'),
        kind: 'invalid_request',
      },
      {
        title: 'a failure',
        status: 500,
        body: error(500, 'INTERNAL', 'An internal error has occurred.'),
        kind: 'server_failed',
      },
      {
        title: 'overload',
        status: 503,
        body: error(503, 'UNAVAILABLE', 'The model is overloaded.'),
        kind: 'overloaded',
      },
      {
        title: 'a deadline',
        status: 504,
        body: error(504, 'DEADLINE_EXCEEDED', 'Deadline expired.'),
        kind: 'server_failed',
      },
    ],
    errorsInside: [
      { title: 'overload', whole: error(503, 'UNAVAILABLE', 'The model is overloaded.'), kind: 'overloaded' },
    ],
    errorFrames: [
      { title: 'overload', frames: [event(error(503, 'UNAVAILABLE', 'The model is overloaded.'))], kind: 'overloaded' },
      {
        title: 'a quota in bare JSON',
        frames: [
          `${JSON.stringify(error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.'), null, 2).replaceAll('\n', '\r\n')}\r\n`,
        ],
        kind: 'rate_limited',
      },
    ],
    minimalRequest: {
      whole: {
        url: '/v1beta/models/model-1:generateContent',
        json: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
      },
      stream: {
        url: '/v1beta/models/model-1:streamGenerateContent?alt=sse',
        json: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
      },
      headers: ['x-goog-api-key'],
    },
  },
});

it('tells the server how long the caller has, in seconds, unless that is less than the ten that it insists on', async () => {
  const upstream = await startStubUpstream();
  const provider = adapter(upstream.url);
  const told = async (totalTimeoutMs?: number) => {
    upstream.respond(jsonAnswer(chunk([{ text: 'hi' }], 'STOP')));
    const call = {
      model: 'm',
      prompt: { messages: [] },
      supportedParameters: new Set<never>(),
      connectTimeoutMs: 5000,
    };
    const more = totalTimeoutMs === undefined ? {} : { totalTimeoutMs };
    await provider.complete({ ...call, ...more }, new AbortController().signal);
    return upstream.requests.at(-1)?.headers['x-server-timeout'];
  };
  try {
    expect([await told(), await told(8_000), await told(10_000), await told(12_001)]).toEqual([
      undefined,
      undefined,
      '10',
      '13',
    ]);
  } finally {
    await upstream.close();
    await provider.close();
  }
});

it('reads a stream that comes as a list of objects, and knows when it is cut or fails', async () => {
  const upstream = await startStubUpstream();
  const provider = adapter(upstream.url);
  const stream = async () => {
    const parts: StreamPart[] = [];
    const call = {
      model: 'm',
      prompt: { messages: [] },
      supportedParameters: new Set<never>(),
      connectTimeoutMs: 5000,
    };
    for await (const batch of provider.stream(call, new AbortController().signal)) parts.push(...batch);
    return answerOf(parts);
  };
  try {
    const list = JSON.stringify([chunk([{ text: 'Grüße ' }]), chunk([{ text: '{👋}' }], 'STOP')], null, 2);
    upstream.respond(byteByByte(jsonAnswer(list)));
    expect(await stream()).toMatchObject({ content: 'Grüße {👋}', finishReason: 'stop' });
    upstream.respond(stoppedAfter(jsonAnswer(list), list.length - 20));
    await expect(stream()).rejects.toMatchObject({ kind: 'truncated' });
    upstream.respond(jsonAnswer([chunk([{ text: 'a' }]), error(503, 'UNAVAILABLE', 'The model is overloaded.')]));
    await expect(stream()).rejects.toMatchObject({ kind: 'overloaded', status: 503 });
  } finally {
    await upstream.close();
    await provider.close();
  }
});

it('lists the models that answer chats', async () => {
  const upstream = await startStubUpstream();
  const provider = adapter(upstream.url);
  const chat = { supportedGenerationMethods: ['generateContent', 'countTokens'] };
  try {
    upstream.respond(
      jsonAnswer({
        models: [
          { name: 'models/gemini-2.5-flash', inputTokenLimit: 1_048_576, ...chat },
          { name: 'models/embedding-001', supportedGenerationMethods: ['embedContent'] },
        ],
      }),
    );
    expect(await provider.listModels?.(new AbortController().signal)).toEqual([
      { id: 'gemini-2.5-flash', contextLength: 1_048_576 },
    ]);
  } finally {
    await upstream.close();
    await provider.close();
  }
});
