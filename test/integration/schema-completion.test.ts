import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/completion.ts';
import {
  AllAttemptsFailed,
  Cancelled,
  type CompletionError,
  ContentFiltered,
  ContextLengthExceeded,
  InternalError,
  InvalidRequest,
  ModelNotFound,
  NoEndpointAvailable,
  Overloaded,
  RateLimited,
  TimedOut,
} from '../../src/errors.ts';
import {
  CancelDocument,
  CompleteDocument,
  FailureDocument,
  ToolCallDocument,
} from '../operations/generated/graphql.ts';
import { createContext, execute, run } from '../support/run-operation.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const input = { messages: [{ role: 'USER', content: 'Hello' }] } as const;
const asked = { input: { ...input, messages: [...input.messages] } };

describe('createChatCompletion', () => {
  it('gives the completion, with where it came from and what it cost', async () => {
    const generations = createScriptedGenerations({ complete: async () => completionBy(catalog, 'acme/large@quarry') });
    const { createChatCompletion } = await run(CompleteDocument, asked, createContext({ catalog, generations }));
    expect(createChatCompletion).toEqual({
      __typename: 'ChatCompletion',
      generationId: 'gen-1',
      content: 'Hello!',
      reasoning: null,
      finishReason: 'STOP',
      nativeFinishReason: null,
      model: { slug: 'acme/large' },
      provider: { slug: 'quarry' },
      usage: { promptTokens: 5, completionTokens: 2, totalTokens: 7, source: 'PROVIDER' },
      cost: '0.000039',
      attempts: [{ endpoint: { tag: 'quarry' }, outcome: 'SUCCEEDED', failureKind: null, durationMs: 80 }],
      createdAt: '2026-11-05T09:30:00.000Z',
    });
    expect(generations.requests).toEqual([{ messages: [{ role: 'user', content: 'Hello' }] }]);
  });

  it('gives all that an answer may hold, under the names that messages take back', async () => {
    const completion = completionBy(catalog, 'acme/large@quarry', {
      content: '',
      reasoning: 'Hm.',
      reasoningDetails: [
        { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'Hm.', signature: 's' },
      ],
      refusal: 'No.',
      toolCalls: [{ id: 'c1', name: 'look', arguments: '{"at":1}' }],
      annotations: [{ type: 'url_citation', url: 'https://example.com/', startIndex: 0, endIndex: 2 }],
      images: [{ url: 'data:image/png;base64,YQ==' }],
      logprobs: { content: [{ token: 'a', logprob: -0.1 }] },
      finishReason: 'tool_calls',
      nativeFinishReason: 'tool_use',
    });
    const generations = createScriptedGenerations({ complete: async () => completion });
    const { data, errors } = await execute(
      `mutation ($input: ChatCompletionInput!) {
        createChatCompletion(input: $input) {
          ... on ChatCompletion {
            content reasoning reasoningDetails refusal logprobs finishReason nativeFinishReason
            toolCalls { callId name arguments }
            annotations { url title startIndex endIndex }
            images { url }
            attempts { firstContentMs startedAt message status }
            message { role content reasoning reasoningDetails toolCalls { callId name arguments } }
          }
        }
      }`,
      asked,
      createContext({ catalog, generations }),
    );
    expect(errors).toBeUndefined();
    const toolCalls = [{ callId: 'c1', name: 'look', arguments: '{"at":1}' }];
    const reasoningDetails = completion.reasoningDetails;
    expect(data?.createChatCompletion).toEqual({
      content: null,
      reasoning: 'Hm.',
      reasoningDetails,
      refusal: 'No.',
      logprobs: { content: [{ token: 'a', logprob: -0.1 }] },
      finishReason: 'TOOL_CALLS',
      nativeFinishReason: 'tool_use',
      toolCalls,
      annotations: [{ url: 'https://example.com/', title: null, startIndex: 0, endIndex: 2 }],
      images: [{ url: 'data:image/png;base64,YQ==' }],
      attempts: [{ firstContentMs: 12, startedAt: '2026-11-05T09:30:00.000Z', message: null, status: null }],
      message: { role: 'ASSISTANT', content: null, reasoning: 'Hm.', reasoningDetails, toolCalls },
    });
  });

  it('takes back the message of an answer as it is', async () => {
    const message = {
      role: 'ASSISTANT',
      content: null,
      reasoning: 'Hm.',
      reasoningDetails: [{ type: 'reasoning.text', format: 'x', index: 0, text: 'Hm.' }],
      toolCalls: [{ callId: 'c1', name: 'look', arguments: '{}' }],
    } as const;
    const generations = createScriptedGenerations({ complete: async () => completionBy(catalog, 'acme/large@quarry') });
    const messages = [{ ...message, toolCalls: [...message.toolCalls] }];
    await run(CompleteDocument, { input: { messages } }, createContext({ catalog, generations }));
    expect(generations.requests[0]?.messages).toEqual([
      {
        role: 'assistant',
        reasoning: 'Hm.',
        reasoningDetails: [{ type: 'reasoning.text', format: 'x', index: 0, text: 'Hm.' }],
        toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }],
      },
    ]);
  });

  it('takes tools whose schema stands in the operation itself', async () => {
    const generations = createScriptedGenerations({ complete: async () => completionBy(catalog, 'acme/large@quarry') });
    await run(ToolCallDocument, { model: 'large' }, createContext({ catalog, generations }));
    expect(generations.requests).toEqual([
      {
        model: 'large',
        messages: [{ role: 'user', content: 'What is the weather in Oslo?' }],
        tools: [
          {
            name: 'get_weather',
            description: 'The weather in a city, now.',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          },
        ],
        toolChoice: 'required',
      },
    ]);
  });

  const [endpoint] = catalog.endpointsOfModel('acme/large');
  const attempts: readonly Attempt[] = endpoint
    ? [
        {
          endpoint,
          outcome: 'failed',
          failureKind: 'rate_limited',
          status: 429,
          message: 'Slow down.',
          startedAt: 0,
          durationMs: 7,
        },
      ]
    : [];
  const failures: readonly [CompletionError, object][] = [
    [new InvalidRequest('Wrong.', { path: 'stop' }), { code: 'INVALID_REQUEST', path: 'stop', retryable: false }],
    [new ModelNotFound('x', ['a/b']), { code: 'MODEL_NOT_FOUND', requestedModel: 'x', suggestions: ['a/b'] }],
    [
      new NoEndpointAvailable('Nobody.', [
        { endpoint: 'acme/small@acme-cloud', filter: 'not_configured', reason: 'No key.' },
      ]),
      {
        code: 'NO_ENDPOINT_AVAILABLE',
        retryable: false,
        exclusions: [
          {
            name: 'acme/small@acme-cloud',
            filter: 'not_configured',
            reason: 'No key.',
            endpoint: { provider: { slug: 'acme-cloud' } },
          },
        ],
      },
    ],
    [
      new AllAttemptsFailed('All failed.', { attempts, retryable: true, retryAfterMs: 1500.4 }),
      {
        code: 'ALL_ATTEMPTS_FAILED',
        retryable: true,
        retryAfterMs: 1500,
        attempts: [
          {
            endpoint: { tag: 'acme-cloud' },
            failureKind: 'RATE_LIMITED',
            status: 429,
            message: 'Slow down.',
            durationMs: 7,
          },
        ],
      },
    ],
    [new RateLimited('Wait.', { retryAfterMs: 1e12 }), { code: 'RATE_LIMITED', retryAfterMs: 2 ** 31 - 1 }],
    [new ContextLengthExceeded('Too long.'), { code: 'CONTEXT_LENGTH_EXCEEDED', retryAfterMs: null }],
    [new ContentFiltered('No.'), { code: 'CONTENT_FILTERED' }],
    [new TimedOut('Late.'), { code: 'TIMED_OUT', retryable: true }],
    [new Overloaded('Busy.'), { code: 'OVERLOADED' }],
    [new Cancelled('Stopped.'), { code: 'CANCELLED' }],
    [new InternalError('gen-1'), { code: 'INTERNAL_ERROR' }],
  ];

  it.each(failures)('gives %s as a member of its result', async (error, expected) => {
    const generations = createScriptedGenerations({ complete: () => Promise.reject(error) });
    const { createChatCompletion } = await run(FailureDocument, {}, createContext({ catalog, generations }));
    expect(createChatCompletion).toMatchObject({ __typename: error.name, message: error.message, ...expected });
  });

  it('gives a request that contradicts itself as a member of its result, and asks nobody', async () => {
    const generations = createScriptedGenerations();
    const variables = { input: { messages: [{ role: 'TOOL', content: '4' }] } } as const;
    const { createChatCompletion } = await run(
      CompleteDocument,
      { input: { messages: [...variables.input.messages] } },
      createContext({ generations }),
    );
    expect(createChatCompletion).toMatchObject({
      __typename: 'InvalidRequest',
      code: 'INVALID_REQUEST',
      retryable: false,
    });
    expect(generations.requests).toEqual([]);
  });

  it('throws what is a bug, for the server to mask', async () => {
    const bug = new TypeError('secret');
    const generations = createScriptedGenerations({ complete: () => Promise.reject(bug) });
    const { errors } = await execute(CompleteDocument, asked, createContext({ generations }));
    expect(errors?.[0]?.originalError).toBe(bug);
  });

  it.each([
    [
      'two kinds of content in one part',
      { messages: [{ role: 'USER', parts: [{ text: { text: 'a' }, file: { url: 'b' } }] }] },
    ],
    ['no kind of content in a part', { messages: [{ role: 'USER', parts: [{}] }] }],
    ['an unknown role', { messages: [{ role: 'user', content: 'a' }] }],
    ['an unknown field', { messages: [], followUp: true }],
    ['a number that is none', { messages: [], temperature: 'hot' }],
    [
      'JSON of a hundred thousand levels',
      { messages: [], logitBias: JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`) },
    ],
  ])('refuses %s before it runs', async (_name, wrong) => {
    const generations = createScriptedGenerations();
    const { data, errors } = await execute(CompleteDocument, { input: wrong }, createContext({ generations }));
    expect(data).toBeUndefined();
    expect(errors?.length).toBeGreaterThan(0);
    expect(generations.requests).toEqual([]);
  });
});

describe('cancelGeneration', () => {
  const context = createContext({ generations: createScriptedGenerations({ running: ['gen-7'] }) });

  it('tells which generation it cancelled', async () => {
    const { cancelGeneration } = await run(CancelDocument, { id: 'gen-7' }, context);
    expect(cancelGeneration).toEqual({ __typename: 'CancelledGeneration', generationId: 'gen-7' });
  });

  it('tells that there is none, in a sentence that stays short', async () => {
    const { cancelGeneration } = await run(CancelDocument, { id: 'x'.repeat(10_000) }, context);
    expect(cancelGeneration).toMatchObject({ __typename: 'GenerationNotFound', code: 'GENERATION_NOT_FOUND' });
    expect(JSON.stringify(cancelGeneration).length).toBeLessThan(400);
  });
});
