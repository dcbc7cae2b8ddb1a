import { describe, expect, it } from 'vitest';
import type { Message, Prompt } from '../../../src/chat.ts';
import { anthropicRequest } from '../../../src/providers/anthropic-request.ts';
import { promptCall } from './prompt-call.ts';

const request = (prompt: Partial<Prompt>, model = 'claude-sonnet-4-5') =>
  anthropicRequest(promptCall(model, prompt), false);
const messagesOf = (...messages: Message[]) => request({ messages }).messages;
const png = 'data:image/png;base64,iVBORw==';
const weather = { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };

describe('the messages', () => {
  it('are sent with the limit that the API insists on, and nothing else that nobody asked for', () => {
    expect(request({})).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 4096,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
    });
  });

  it('take the limit of the endpoint before a made-up one, and the limit of the caller before both', () => {
    const limits = { maxCompletionTokens: 64_000 };
    expect(anthropicRequest(promptCall('claude-opus-4-1', {}, limits), true)).toMatchObject({
      max_tokens: 64_000,
      stream: true,
    });
    expect(anthropicRequest(promptCall('claude-opus-4-1', { maxTokens: 9 }, limits), true)).toMatchObject({
      max_tokens: 9,
    });
  });

  it('hold system and developer messages apart, with their cache marks', () => {
    const body = request({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.', cacheControl: { ttl: '1h' } }] },
        { role: 'developer', content: 'Speak French.' },
        { role: 'user', content: [{ type: 'text', text: 'Hello', cacheControl: {} }] },
      ],
    });
    expect(body.system).toEqual([
      { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Speak French.' },
    ]);
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hello', cache_control: { type: 'ephemeral' } }] },
    ]);
  });

  it('join what follows in the same role, so that the results of parallel calls stand in one message', () => {
    expect(
      messagesOf(
        { role: 'user', content: 'Two cities' },
        {
          role: 'assistant',
          toolCalls: [
            { id: 'a', name: 'weather', arguments: '{"city":"Rome"}' },
            { id: 'b', name: 'now', arguments: '' },
          ],
        },
        { role: 'tool', toolCallId: 'a', content: 'sunny' },
        { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: 'noon', cacheControl: { ttl: '5m' } }] },
        { role: 'user', content: 'And?' },
      ),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Two cities' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'b', name: 'now', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'sunny' },
          {
            type: 'tool_result',
            tool_use_id: 'b',
            content: [{ type: 'text', text: 'noon' }],
            cache_control: { type: 'ephemeral', ttl: '5m' },
          },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  it('keep arguments that a model once wrote as broken JSON', () => {
    expect(messagesOf({ role: 'assistant', toolCalls: [{ id: 'a', name: 'weather', arguments: '{"city":' }] })).toEqual(
      [
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'a', name: 'weather', input: { INVALID_JSON: '{"city":' } }],
        },
      ],
    );
  });

  it('carry images and documents, by URL and in base64', () => {
    expect(
      messagesOf({
        role: 'user',
        content: [
          { type: 'image', url: png },
          { type: 'image', url: 'https://example.com/cat.jpg', cacheControl: {} },
          { type: 'file', url: 'data:application/pdf;base64,JVBERg==', fileName: 'a.pdf' },
          { type: 'file', url: 'https://example.com/b.pdf' },
          { type: 'file', url: 'data:text/plain;charset=utf-8;base64,SGk=' },
        ],
      }),
    ).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw==' } },
          {
            type: 'image',
            source: { type: 'url', url: 'https://example.com/cat.jpg' },
            cache_control: { type: 'ephemeral' },
          },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
            title: 'a.pdf',
          },
          { type: 'document', source: { type: 'url', url: 'https://example.com/b.pdf' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' } },
        ],
      },
    ]);
  });

  it.each([
    [{ type: 'audio', data: 'AAAA', format: 'wav' }, /audio/],
    [{ type: 'file', url: 'data:application/zip;base64,UEs=' }, /file.*application\/zip/],
  ] as const)('refuse parts without a form: %o', (part, message) => {
    const call = () => messagesOf({ role: 'user', content: [part] });
    expect(call).toThrow(
      expect.objectContaining({ kind: 'unsupported_parameter', message: expect.stringMatching(message) }),
    );
  });

  it('bring signed and redacted thoughts back unchanged and in order, and leave foreign ones out', () => {
    expect(
      messagesOf({
        role: 'assistant',
        content: 'Four.',
        reasoningDetails: [
          { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'Two and ' },
          { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'two', signature: 'sig==' },
          { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 1, data: 'hidden==' },
          { type: 'reasoning.encrypted', format: 'google-gemini-v1', index: 2, data: 'foreign==' },
          { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 3, text: 'unsigned' },
        ],
      }),
    ).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Two and two', signature: 'sig==' },
          { type: 'redacted_thinking', data: 'hidden==' },
          { type: 'text', text: 'Four.' },
        ],
      },
    ]);
  });

  it('name their writers, and leave empty texts out', () => {
    expect(messagesOf({ role: 'user', name: 'Ada', content: 'Hello' }, { role: 'assistant', content: '' })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Ada: Hello' }] },
    ]);
  });
});

describe('the tools', () => {
  it.each([
    [{ toolChoice: 'none' }, { type: 'none' }],
    [{ toolChoice: 'auto' }, { type: 'auto' }],
    [
      { toolChoice: 'required', parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ toolChoice: { function: 'weather' } }, { type: 'tool', name: 'weather' }],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{}, undefined],
  ] as const)('are chosen as %o says', (prompt, expected) => {
    expect(request({ tools: [weather], ...prompt }).tool_choice).toEqual(expected);
  });

  it('are sent with their schema, strictness and cache mark', () => {
    expect(request({ tools: [{ ...weather, strict: true, cacheControl: {} }, { name: 'now' }] }).tools).toEqual([
      { name: 'weather', input_schema: weather.parameters, strict: true, cache_control: { type: 'ephemeral' } },
      { name: 'now', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it('are not chosen where there are none', () => {
    expect(request({ toolChoice: 'auto' })).not.toHaveProperty('tool_choice');
  });
});

describe('thinking', () => {
  const thinking = (model: string, prompt: Partial<Prompt>) => {
    const { max_tokens, thinking, output_config } = request(prompt, model);
    return { max_tokens, thinking, output_config };
  };

  it.each([
    ['high', 8000],
    ['medium', 5000],
    ['low', 2000],
    ['minimal', 1024],
    ['xhigh', 9500],
  ] as const)('of effort %s is a share of the limit for models that take budgets', (effort, budget) => {
    expect(thinking('claude-opus-4-1-20250805', { maxTokens: 10_000, reasoning: { effort } })).toEqual({
      max_tokens: 10_000,
      thinking: { type: 'enabled', budget_tokens: budget },
    });
  });

  it('keeps its budget below the limit, and gives way where there is no room', () => {
    expect(
      thinking('claude-3-7-sonnet-20250219', { maxTokens: 2000, reasoning: { maxTokens: 5000 } }).thinking,
    ).toEqual({
      type: 'enabled',
      budget_tokens: 1999,
    });
    expect(
      thinking('claude-3-7-sonnet-20250219', { maxTokens: 1000, reasoning: { effort: 'high' } }).thinking,
    ).toBeUndefined();
  });

  it('leaves room for the answer where the caller gave a budget and no limit', () => {
    expect(thinking('claude-haiku-4-5', { reasoning: { maxTokens: 10_000 } })).toEqual({
      max_tokens: 14_096,
      thinking: { type: 'enabled', budget_tokens: 10_000 },
    });
  });

  it.each([
    ['claude-opus-4-6', { effort: 'xhigh' }, 'max'],
    ['claude-opus-4-7', { effort: 'xhigh' }, 'xhigh'],
    ['claude-fable-5', { effort: 'minimal' }, 'low'],
    ['claude-opus-4.8', { enabled: true }, undefined],
    ['claude-opus-4-7', { maxTokens: 5000 }, undefined],
  ] as const)('of %s is adaptive, steered by an effort', (model, reasoning, effort) => {
    expect(thinking(model, { reasoning })).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      ...(effort === undefined ? {} : { output_config: { effort } }),
    });
  });

  it('is not shown where the caller excludes it', () => {
    const { thinking: said } = thinking('claude-opus-4-7', { reasoning: { effort: 'high', exclude: true } });
    expect(said).toEqual({ type: 'adaptive', display: 'omitted' });
  });

  it('is switched off by name only where it could be on', () => {
    expect(thinking('claude-opus-4-7', { reasoning: { effort: 'none' } }).thinking).toEqual({ type: 'disabled' });
    expect(thinking('claude-opus-4-1', { reasoning: { enabled: false } }).thinking).toBeUndefined();
  });

  it('forbids other sampling than its own', () => {
    const prompt = { temperature: 0.2, topK: 5, topP: 0.9, maxTokens: 9000 };
    expect(request({ ...prompt, reasoning: { effort: 'low' } })).not.toHaveProperty(['temperature']);
    expect(request(prompt)).toMatchObject({ temperature: 0.2, top_k: 5, top_p: 0.9 });
  });
});

it('sends a schema, verbosity, stop sequences and the user where the API wants them', () => {
  const schema = { type: 'object', properties: {}, additionalProperties: false };
  const body = request({
    responseFormat: { type: 'json_schema', name: 'dog', schema },
    verbosity: 'low',
    stop: ['END'],
    user: 'u-1',
    seed: 7,
    frequencyPenalty: 1,
  });
  expect(body).toMatchObject({
    output_config: { format: { type: 'json_schema', schema }, effort: 'low' },
    stop_sequences: ['END'],
    metadata: { user_id: 'u-1' },
  });
  expect(body).not.toHaveProperty('seed');
  expect(body).not.toHaveProperty('frequency_penalty');
});
