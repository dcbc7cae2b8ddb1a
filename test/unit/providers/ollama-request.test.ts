import { expect, it } from 'vitest';
import type { Prompt } from '../../../src/chat.ts';
import { ollamaRequest } from '../../../src/providers/ollama-request.ts';
import { promptCall } from './prompt-call.ts';

const request = (prompt: Partial<Prompt>, model = 'qwen3:8b') => ollamaRequest(promptCall(model, prompt), true);
const weather = { name: 'weather', parameters: { type: 'object', properties: {} } };

it('sends conversations with images, calls, results and earlier thoughts', () => {
  const messages: Prompt['messages'] = [
    { role: 'developer', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is ' },
        { type: 'text', text: 'this?' },
        { type: 'image', url: 'data:image/png;base64,iVBORw==' },
      ],
    },
    {
      role: 'assistant',
      reasoning: 'Hm.',
      toolCalls: [{ id: 'a', name: 'weather', arguments: '{"city":"Rome"}' }],
    },
    { role: 'tool', toolCallId: 'a', content: 'sunny' },
  ];
  expect(request({ messages })).toEqual({
    model: 'qwen3:8b',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is this?', images: ['iVBORw=='] },
      {
        role: 'assistant',
        content: '',
        thinking: 'Hm.',
        tool_calls: [{ id: 'a', function: { name: 'weather', arguments: { city: 'Rome' } } }],
      },
      { role: 'tool', content: 'sunny', tool_name: 'weather', tool_call_id: 'a' },
    ],
    stream: true,
  });
});

it.each([
  [{ type: 'image', url: 'https://example.com/cat.png' }, /data URLs/],
  [{ type: 'audio', data: 'AAAA', format: 'wav' }, /audio/],
  [{ type: 'file', url: 'data:application/pdf;base64,JVBERg==' }, /file/],
] as const)('refuses %o', (part, message) => {
  expect(() => request({ messages: [{ role: 'user', content: [part] }] })).toThrow(
    expect.objectContaining({ kind: 'unsupported_parameter', message: expect.stringMatching(message) }),
  );
});

it('puts sampling into the options', () => {
  expect(
    request({
      maxTokens: 100,
      temperature: 0,
      topP: 0.9,
      topK: 40,
      minP: 0.05,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      repetitionPenalty: 1.1,
      seed: 7,
      stop: ['END'],
      logprobs: true,
      topLogprobs: 2,
    }),
  ).toMatchObject({
    logprobs: true,
    top_logprobs: 2,
    options: {
      num_predict: 100,
      temperature: 0,
      top_p: 0.9,
      top_k: 40,
      min_p: 0.05,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      repeat_penalty: 1.1,
      seed: 7,
      stop: ['END'],
    },
  });
});

it('asks for JSON, with or without a schema', () => {
  const schema = { type: 'object', properties: {} };
  expect(request({ responseFormat: { type: 'json_object' } }).format).toBe('json');
  expect(request({ responseFormat: { type: 'json_schema', name: 'x', schema } }).format).toEqual(schema);
  expect(request({ responseFormat: { type: 'text' } })).not.toHaveProperty('format');
});

it('offers no tools where none may be called, since the API has no tool choice', () => {
  expect(request({ tools: [weather], toolChoice: 'none' })).not.toHaveProperty('tools');
  expect(request({ tools: [weather], toolChoice: 'required' }).tools).toEqual([
    { type: 'function', function: weather },
  ]);
});

it.each([
  ['qwen3:8b', { effort: 'high' }, true],
  ['qwen3:8b', { effort: 'none' }, false],
  ['qwen3:8b', { exclude: true }, undefined],
  ['gpt-oss:20b', { effort: 'max' }, 'high'],
  ['gpt-oss:20b', { effort: 'medium' }, 'medium'],
  ['gpt-oss:20b', { enabled: false }, 'low'],
  ['gpt-oss:20b', { enabled: true }, true],
] as const)('tells %s to think with %o', (model, reasoning, think) => {
  expect(request({ reasoning }, model).think).toBe(think);
});
