import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChatCompletionFields, toChatRequest, toTreatment } from '../../../schema/chat-input.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import { InvalidRequest } from '../../../src/errors.ts';

type MessageFields = ChatCompletionFields['messages'][number];

const hello: MessageFields = { role: 'user', content: 'Hello' };

function withMessage(...messages: readonly MessageFields[]): ChatCompletionFields {
  return { messages: [...messages] };
}

function failureOf(input: ChatCompletionFields): InvalidRequest {
  try {
    toChatRequest(input);
  } catch (error) {
    if (error instanceof InvalidRequest) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

const pixel = 'data:image/png;base64,iVBORw0KGgo=';

describe('toChatRequest', () => {
  it('adds nothing that the caller did not say', () => {
    expect(toChatRequest(withMessage(hello))).toEqual({ messages: [{ role: 'user', content: 'Hello' }] });
  });

  it('leaves out what is about its own handling, which the provider has nothing to do with', () => {
    const input: ChatCompletionFields = { messages: [hello], onDisconnect: 'finish', idempotencyKey: 'k' };
    expect(toChatRequest(input)).toEqual({ messages: [{ role: 'user', content: 'Hello' }] });
    expect(toTreatment(input)).toEqual({ onDisconnect: 'finish', idempotencyKey: 'k' });
    expect(toTreatment({ messages: [hello], onDisconnect: null })).toEqual({});
  });

  it('takes null for absent, at every depth', () => {
    const input: ChatCompletionFields = {
      model: null,
      temperature: null,
      tools: null,
      reasoning: { effort: null, exclude: null },
      provider: { order: null, sort: null, maxPrice: { prompt: null } },
      messages: [{ role: 'assistant', content: 'Hi', toolCalls: null, name: null, reasoning: null }],
    };
    expect(toChatRequest(input)).toEqual({
      reasoning: {},
      provider: { maxPrice: {} },
      messages: [{ role: 'assistant', content: 'Hi' }],
    });
  });

  it('keeps falsy values, which say something', () => {
    const input: ChatCompletionFields = { messages: [hello], temperature: 0, logprobs: false, seed: 0, prediction: '' };
    expect(toChatRequest(input)).toEqual({
      messages: [hello],
      temperature: 0,
      logprobs: false,
      seed: 0,
      prediction: '',
    });
  });

  it('maps a request that uses everything', () => {
    const input: ChatCompletionFields = {
      model: 'acme/large',
      models: ['acme/small'],
      messages: [
        { role: 'system', parts: [{ text: { text: 'Be brief.', cacheControl: { ttl: '1h' } } }] },
        {
          role: 'user',
          name: 'ada',
          parts: [
            { text: { text: 'What is this?' } },
            { image: { url: pixel, detail: 'low' } },
            { image: { url: 'https://example.com/a.png', cacheControl: {} } },
            { audio: { data: 'UklGRg==', format: 'wav' } },
            { file: { url: 'data:application/pdf;base64,JVBERi0=', fileName: 'a.pdf' } },
          ],
        },
        {
          role: 'assistant',
          toolCalls: [{ callId: 'c1', name: 'look', arguments: '' }],
          reasoning: 'Hm.',
          reasoningDetails: [
            { type: 'reasoning.encrypted', format: 'openai-responses-v1', index: 0, data: 'x', id: null, more: 1 },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: '' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'look', parameters: { type: 'object' }, strict: true },
          cacheControl: {},
        },
      ],
      toolChoice: { function: 'look' },
      parallelToolCalls: false,
      provider: {
        only: ['quarry'],
        sort: { by: 'latency', partition: 'none' },
        maxPrice: { prompt: '0.1' },
        quantizations: ['fp8'],
      },
      responseFormat: { jsonSchema: { name: 'answer', schema: { type: 'object' }, strict: true } },
      reasoning: { maxTokens: 100 },
      logitBias: { '50256': -100 },
      logprobs: true,
      topLogprobs: 20,
      stop: ['a', 'b', 'c', 'd'],
      timeoutMs: 1,
    };
    expect(toChatRequest(input)).toEqual({
      model: 'acme/large',
      models: ['acme/small'],
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.', cacheControl: { ttl: '1h' } }] },
        {
          role: 'user',
          name: 'ada',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', url: pixel, detail: 'low' },
            { type: 'image', url: 'https://example.com/a.png', cacheControl: {} },
            { type: 'audio', data: 'UklGRg==', format: 'wav' },
            { type: 'file', url: 'data:application/pdf;base64,JVBERi0=', fileName: 'a.pdf' },
          ],
        },
        {
          role: 'assistant',
          toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }],
          reasoning: 'Hm.',
          reasoningDetails: [{ type: 'reasoning.encrypted', format: 'openai-responses-v1', index: 0, data: 'x' }],
        },
        { role: 'tool', toolCallId: 'c1', content: '' },
      ],
      tools: [{ name: 'look', parameters: { type: 'object' }, strict: true, cacheControl: {} }],
      toolChoice: { function: 'look' },
      parallelToolCalls: false,
      provider: {
        only: ['quarry'],
        sort: 'latency',
        sortPartition: 'none',
        maxPrice: { prompt: '0.1' },
        quantizations: ['fp8'],
      },
      responseFormat: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true },
      reasoning: { maxTokens: 100 },
      logitBias: { '50256': -100 },
      logprobs: true,
      topLogprobs: 20,
      stop: ['a', 'b', 'c', 'd'],
      timeoutMs: 1,
    } satisfies ChatRequest);
  });
});

describe('a message that contradicts itself', () => {
  const cases: readonly [string, MessageFields][] = [
    ['messages[1].content', { role: 'user' }],
    ['messages[1].content', { role: 'assistant', toolCalls: [] }],
    ['messages[1].parts', { role: 'user', content: 'a', parts: [{ text: { text: 'b' } }] }],
    ['messages[1].parts', { role: 'user', parts: [] }],
    ['messages[1].name', { ...hello, name: ' ' }],
    ['messages[1].toolCallId', { role: 'tool', content: '4' }],
    ['messages[1].toolCallId', { ...hello, toolCallId: 'c1' }],
    ['messages[1].toolCalls', { ...hello, toolCalls: [] }],
    ['messages[1].reasoning', { ...hello, reasoning: 'Hm.' }],
    ['messages[1].reasoningDetails', { ...hello, reasoningDetails: [] }],
    ['messages[1].reasoningDetails', { role: 'assistant', content: 'a', reasoningDetails: [{ type: 'thought' }] }],
    ['messages[1].toolCalls[0].name', { role: 'assistant', toolCalls: [{ callId: 'c', name: '', arguments: '{}' }] }],
    ['messages[1].toolCalls[0].callId', { role: 'assistant', toolCalls: [{ callId: '', name: 'f', arguments: '{}' }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'http://example.com/a.png' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'file:///etc/passwd' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'https://a:b@example.com/' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'a.png' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'data:image/png,raw' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'data:image/png;base64,' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'data:image/png;base64,<svg>' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'data:text/html;base64,YQ==' } }] }],
    ['messages[1].parts[0].image.url', { role: 'user', parts: [{ image: { url: 'data:;base64,YQ==' } }] }],
    ['messages[1].parts[0].file.url', { role: 'user', parts: [{ file: { url: './a.pdf' } }] }],
    [
      'messages[1].parts[1].audio.data',
      { role: 'user', parts: [{ text: { text: '' } }, { audio: { data: '', format: 'wav' } }] },
    ],
    ['messages[1].parts[0].audio.format', { role: 'user', parts: [{ audio: { data: 'YQ==', format: 'audio/wav' } }] }],
  ];

  it.each(cases)('is refused at %s: %j', (path, message) => {
    const error = failureOf(withMessage(hello, message));
    expect(error.path).toBe(path);
    expect(error.message).toContain(`\`${path}\``);
  });
});

describe('an option that cannot be meant', () => {
  const tool = { type: 'function' as const, function: { name: 'look' } };
  const names = (count: number) => Array.from({ length: count }, (_, index) => `name-${index}`);
  const cases: readonly [string, Omit<ChatCompletionFields, 'messages'>, string][] = [
    ['temperature', { temperature: 2.1 }, 'is 2.1, but must be between 0 and 2'],
    ['temperature', { temperature: -0.1 }, 'between 0 and 2'],
    ['topP', { topP: 1.5 }, 'between 0 and 1'],
    ['topK', { topK: -1 }, 'at least 0'],
    ['minP', { minP: 2 }, 'between 0 and 1'],
    ['topA', { topA: -1 }, 'between 0 and 1'],
    ['frequencyPenalty', { frequencyPenalty: 3 }, 'between -2 and 2'],
    ['presencePenalty', { presencePenalty: -3 }, 'between -2 and 2'],
    ['repetitionPenalty', { repetitionPenalty: 2.5 }, 'between 0 and 2'],
    ['maxTokens', { maxTokens: 0 }, 'at least 1'],
    ['timeoutMs', { timeoutMs: 0 }, 'at least 1'],
    ['topLogprobs', { topLogprobs: 21, logprobs: true }, 'between 0 and 20'],
    ['topLogprobs', { topLogprobs: 2 }, 'logprobs: true'],
    ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'has 5 texts, but may have 4'],
    ['models', { models: names(21) }, 'has 21 names, but may have 20'],
    ['provider.order', { provider: { order: names(101) } }, 'has 101 names, but may have 100'],
    ['provider.only', { provider: { only: names(101) } }, 'has 101 names, but may have 100'],
    ['provider.ignore', { provider: { ignore: names(101) } }, 'has 101 names, but may have 100'],
    [
      'provider.quantizations',
      { provider: { quantizations: names(101).map(() => 'fp8') } },
      'has 101 formats, but may have 100',
    ],
    ['stop[1]', { stop: ['a', ''] }, 'is empty'],
    ['model', { model: '' }, 'is empty'],
    ['model', { model: 'm'.repeat(10_000) }, 'has 10000 characters, but may have 256'],
    ['models[1]', { models: ['a/b', ''] }, 'is empty'],
    ['user', { user: 'u'.repeat(300) }, 'may have 256'],
    ['reasoning.maxTokens', { reasoning: { effort: 'low', maxTokens: 5 } }, 'beside `effort`'],
    ['reasoning.maxTokens', { reasoning: { maxTokens: 0 } }, 'at least 1'],
    ['logitBias', { logitBias: [1] }, 'must be a JSON object'],
    ['logitBias', { logitBias: 'x' }, 'must be a JSON object'],
    ['logitBias', { logitBias: { hello: 1 } }, 'no token id'],
    ['logitBias.5', { logitBias: { '5': '1' } }, 'must be a number'],
    ['logitBias.5', { logitBias: { '5': 101 } }, 'between -100 and 100'],
    ['tools[0].function.name', { tools: [{ type: 'function', function: { name: 'get weather' } }] }, '1 to 64 letters'],
    ['tools[1].function.name', { tools: [tool, tool] }, 'an earlier tool is called already'],
    ['tools[0].function.parameters', { tools: [{ ...tool, function: { name: 'f', parameters: [] } }] }, 'JSON object'],
    ['toolChoice.function', { tools: [tool], toolChoice: { function: 'listen' } }, 'none of the `tools`'],
    ['toolChoice.mode', { toolChoice: { mode: 'required' } }, 'there are no `tools`'],
    ['responseFormat.jsonSchema.name', { responseFormat: { jsonSchema: { name: 'a b', schema: {} } } }, '1 to 64'],
    [
      'responseFormat.jsonSchema.schema',
      { responseFormat: { jsonSchema: { name: 'a', schema: true } } },
      'JSON object',
    ],
    ['provider.order[0]', { provider: { order: [''] } }, 'is empty'],
    ['provider.only[0]', { provider: { only: ['p'.repeat(257)] } }, 'may have 256'],
    ['provider.ignore[1]', { provider: { ignore: ['a', ' '] } }, 'is empty'],
    ['provider.maxPrice.image', { provider: { maxPrice: { image: '-1' } } }, 'must not be negative'],
  ];

  it.each(cases)('is refused at %s: %j', (path, options, sentence) => {
    const error = failureOf({ ...options, messages: [hello] });
    expect(error.path).toBe(path);
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).toContain(sentence);
  });

  it('is refused where there are no messages', () => {
    expect(failureOf({ messages: [] }).path).toBe('messages');
  });
});

describe('a hostile request', () => {
  it('of a hundred thousand messages, tools, stops or biases is answered in time', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => index);
    expect(toChatRequest({ messages: many.map(() => hello) }).messages).toHaveLength(100_000);
    const tools = many.map((index) => ({ type: 'function' as const, function: { name: `f${index}` } }));
    expect(toChatRequest({ messages: [hello], tools }).tools).toHaveLength(100_000);
    expect(failureOf({ messages: [hello], stop: many.map(String) }).path).toBe('stop');
    const logitBias = Object.fromEntries(many.map((index) => [String(index), 1]));
    expect(Object.keys(toChatRequest({ messages: [hello], logitBias }).logitBias ?? {})).toHaveLength(100_000);
  });

  it('with an image of ten million characters is answered in time', () => {
    const url = `${pixel.slice(0, -1)}${'A'.repeat(10_000_000)}`;
    const request = toChatRequest(withMessage({ role: 'user', parts: [{ image: { url } }] }));
    expect(request.messages).toHaveLength(1);
    expect(failureOf(withMessage({ role: 'user', parts: [{ image: { url: `${url}<` } }] })).path).toContain(
      'image.url',
    );
  });

  it('keeps a key named __proto__ to itself', () => {
    const parameters = JSON.parse('{"__proto__": {"polluted": true}}');
    const [tool] =
      toChatRequest({ messages: [hello], tools: [{ type: 'function', function: { name: 'f', parameters } }] }).tools ??
      [];
    expect(JSON.stringify(tool?.parameters)).toBe('{"__proto__":{"polluted":true}}');
    expect(failureOf({ messages: [hello], logitBias: parameters }).path).toBe('logitBias');
    expect({}).not.toHaveProperty('polluted');
  });

  it('of random JSON where JSON is taken either maps or is refused with a path', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('logitBias', 'details', 'schema'), (json, place) => {
        const value = JSON.parse(JSON.stringify(json));
        const input: ChatCompletionFields =
          place === 'logitBias'
            ? { messages: [hello], logitBias: value }
            : place === 'details'
              ? { messages: [{ role: 'assistant', content: 'a', reasoningDetails: value }] }
              : { messages: [hello], responseFormat: { jsonSchema: { name: 'a', schema: value } } };
        try {
          toChatRequest(input);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequest);
          expect((error as InvalidRequest).path).toBeDefined();
        }
      }),
    );
  });
});
