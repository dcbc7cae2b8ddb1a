import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../../src/errors.ts';
import { toChatRequest, toTreatment } from '../../../src/openai/chat/request.ts';
import { chatBody } from '../../../src/openai/chat/request-body.ts';
import { parsed } from '../../../src/openai/check.ts';

const user = { role: 'user', content: 'Hello' };
const map = (body: object, headers: IncomingHttpHeaders = {}) =>
  toChatRequest(parsed(chatBody, { messages: [user], ...body }), headers);
const refusal = (body: object) => {
  try {
    map(body);
  } catch (error) {
    if (error instanceof InvalidRequest) return { path: error.path, message: error.message };
    throw error;
  }
  return expect.fail('it was taken');
};
const weather = { type: 'function', function: { name: 'weather' } };

describe('a chat request over REST', () => {
  it('needs nothing but messages, and what is absent is not asked for', () => {
    expect(map({})).toEqual({ messages: [user] });
  });

  it('says what it says in the words of the program', () => {
    expect(
      map({
        model: 'a/b:nitro',
        models: ['c/d'],
        max_tokens: 5,
        max_completion_tokens: 7,
        temperature: 0.5,
        stop: 'END',
        tools: [{ ...weather, cache_control: { type: 'ephemeral' } }, { type: 'openrouter:web_search' }],
        tool_choice: weather,
        parallel_tool_calls: false,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'sum', schema: { type: 'object' }, strict: true },
        },
        logit_bias: { 11: -100 },
        logprobs: true,
        top_logprobs: 3,
        prediction: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        safety_identifier: 'u1',
        prompt_cache_key: 's1',
      }),
    ).toEqual({
      messages: [user],
      model: 'a/b:nitro',
      models: ['c/d'],
      maxTokens: 7,
      temperature: 0.5,
      stop: ['END'],
      tools: [{ name: 'weather', cacheControl: {} }],
      toolChoice: { function: 'weather' },
      parallelToolCalls: false,
      responseFormat: { type: 'json_schema', name: 'sum', schema: { type: 'object' }, strict: true },
      logitBias: { 11: -100 },
      logprobs: true,
      topLogprobs: 3,
      prediction: 'ab',
      user: 'u1',
      sessionId: 's1',
    });
  });

  it('takes what has no meaning here, whatever it is, and ignores what it does not know', () => {
    const without = {
      preset: 'x',
      plugins: [{ id: 'web' }],
      transforms: ['middle-out'],
      stream_options: { include_usage: true },
      usage: { include: true },
      service_tier: 'flex',
      metadata: { a: 'b' },
      trace: { trace_id: 't' },
      debug: { echo_upstream_body: true },
      modalities: ['text'],
      image_config: {},
      web_search_options: {},
      stop_server_tools_when: [],
      store: true,
      response_format: { type: 'grammar', grammar: 'x' },
      n: 1,
      surely_unknown: 1,
    };
    expect(map(without)).toEqual({ messages: [user] });
  });

  it('gives the first of `models` the place of an absent `model`', () => {
    expect(map({ models: ['a/b', 'c/d'] })).toMatchObject({ model: 'a/b', models: ['c/d'] });
    expect(map({ models: ['a/b'] })).toEqual({ messages: [user], model: 'a/b' });
  });

  it('takes prices per million tokens, exactly, and seconds', () => {
    const provider = {
      order: ['one'],
      max_price: { prompt: 0.3, completion: '2.7', request: 0.01 },
      preferred_max_latency: { p90: 1.5 },
      preferred_min_throughput: 40,
      sort: { by: 'price', partition: 'none' },
      data_collection: 'deny',
    };
    expect(map({ provider }).provider).toEqual({
      order: ['one'],
      maxPrice: { prompt: '0.0000003', completion: '0.0000027', request: '0.01' },
      preferredMaxLatencyMs: { p90: 1_500 },
      preferredMinThroughput: { p50: 40 },
      sort: 'price',
      sortPartition: 'none',
      dataCollection: 'deny',
    });
    expect(map({ route: 'sort' }).provider).toEqual({ sortPartition: 'none' });
  });

  it.each([
    [{ reasoning: { effort: 'high' }, reasoning_effort: 'high' }, { effort: 'high' }],
    [{ reasoning_effort: 'low' }, { effort: 'low' }],
    [{ include_reasoning: false }, { exclude: true }],
    [{ reasoning: { max_tokens: 100, exclude: true, summary: 'auto' } }, { maxTokens: 100, exclude: true }],
    [{ include_reasoning: true }, undefined],
  ])('reads how much to think from %j', (body, reasoning) => {
    expect(map(body).reasoning).toEqual(reasoning);
  });

  it('reads messages of every role, with their parts and marks', () => {
    const png = 'data:image/png;base64,iVBORw0KGgo=';
    const messages = [
      {
        role: 'developer',
        content: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'image_url', image_url: { url: png, detail: 'original' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '' } }],
        reasoning_content: 'Hm.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 0 },
          { type: 'reasoning.server_tool_call', tool_name: 'x' },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Rain' },
      { role: 'assistant', content: null, refusal: 'No.' },
    ];
    expect(map({ messages }).messages).toEqual([
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cacheControl: { ttl: '1h' } }] },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'image', url: png, detail: 'high' },
          { type: 'audio', data: 'AAAA', format: 'wav' },
          { type: 'file', url: 'data:application/pdf;base64,AAAA', fileName: 'a.pdf' },
        ],
      },
      {
        role: 'assistant',
        toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }],
        reasoning: 'Hm.',
        reasoningDetails: [
          { type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        ],
      },
      { role: 'tool', toolCallId: 'c1', content: 'Rain' },
      { role: 'assistant', content: 'No.' },
    ]);
  });

  it('marks the last block of the prompt where the whole request asks for a cache', () => {
    const { messages } = map({ messages: [user, user], cache_control: { type: 'ephemeral' } });
    expect(messages).toEqual([user, { role: 'user', content: [{ type: 'text', text: 'Hello', cacheControl: {} }] }]);
  });

  it('goes by the body before the header, where both name the session', () => {
    const headers = { 'x-session-id': 'h' };
    expect(map({ session_id: 'b' }, headers).sessionId).toBe('b');
    expect(map({ prompt_cache_key: 'k' }, headers).sessionId).toBe('h');
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [
      { messages: [{ role: 'user', content: [{ type: 'video_url', video_url: { url: 'x' } }] }] },
      'messages[0].content[0]',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://a.example/x.png' } }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [{ temperature: 3 }, 'temperature'],
    [{ top_logprobs: 2 }, 'top_logprobs'],
    [{ reasoning: { effort: 'low' }, reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ reasoning: { effort: 'low', max_tokens: 5 } }, 'reasoning.max_tokens'],
    [{ tools: [weather, weather] }, 'tools[1].function.name'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tool_choice: weather }, 'tool_choice.function.name'],
    [{ provider: { max_price: { prompt: -1 } } }, 'provider.max_price.prompt'],
    [{ provider: { sort: 'colour' } }, 'provider.sort'],
  ])('refuses %j, and names the field', (body, path) => {
    const { path: told, message } = refusal(body);
    expect(told).toBe(path);
    expect(message).toContain(`\`${path}\``);
  });

  it('reads an idempotency key from its header', () => {
    expect(toTreatment({})).toEqual({});
    expect(toTreatment({ 'idempotency-key': 'k-1' })).toEqual({ idempotencyKey: 'k-1' });
    expect(() => toTreatment({ 'idempotency-key': 'ä' })).toThrow(InvalidRequest);
  });
});
