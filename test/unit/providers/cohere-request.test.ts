import { expect, it } from 'vitest';
import type { Prompt } from '../../../src/chat.ts';
import { cohereRequest } from '../../../src/providers/cohere-request.ts';
import { promptCall } from './prompt-call.ts';

const request = (prompt: Partial<Prompt>) => cohereRequest(promptCall('command-a', prompt), true);
const weather = { name: 'weather', parameters: { type: 'object', properties: {} } };
const now = { name: 'now', strict: true };

it('sends conversations with images, calls and results', () => {
  const messages: Prompt['messages'] = [
    { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', url: 'https://example.com/cat.png', detail: 'low' },
      ],
    },
    { role: 'assistant', toolCalls: [{ id: 'a', name: 'now', arguments: '' }] },
    { role: 'tool', toolCallId: 'a', content: 'noon' },
    { role: 'assistant', content: 'Noon.' },
  ];
  expect(request({ messages }).messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'https://example.com/cat.png', detail: 'low' } },
      ],
    },
    { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'now', arguments: '{}' } }] },
    { role: 'tool', tool_call_id: 'a', content: 'noon' },
    { role: 'assistant', content: 'Noon.' },
  ]);
});

it.each([
  [{ type: 'audio', data: 'AAAA', format: 'wav' }, /audio/],
  [{ type: 'file', url: 'data:application/pdf;base64,JVBERg==' }, /file/],
] as const)('refuses %o', (part, message) => {
  expect(() => request({ messages: [{ role: 'user', content: [part] }] })).toThrow(
    expect.objectContaining({ kind: 'unsupported_parameter', message: expect.stringMatching(message) }),
  );
});

it.each([
  ['none', 'NONE', 2],
  ['required', 'REQUIRED', 2],
  ['auto', undefined, 2],
  [undefined, undefined, 2],
  [{ function: 'now' }, 'REQUIRED', 1],
] as const)('says the tool choice %o', (toolChoice, choice, offered) => {
  const body = request({ tools: [weather, now], ...(toolChoice === undefined ? {} : { toolChoice }) });
  expect(body.tool_choice).toBe(choice);
  expect(body.tools).toHaveLength(offered);
  expect(body.strict_tools).toBe(true);
});

it('names everything else as the API does, and sends nothing that nobody asked for', () => {
  const schema = { type: 'object', properties: {} };
  expect(request({})).toEqual({ model: 'command-a', messages: [{ role: 'user', content: 'Hello' }], stream: true });
  expect(
    request({
      maxTokens: 100,
      temperature: 0.3,
      topP: 0.9,
      topK: 40,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      seed: 7,
      stop: ['END'],
      logprobs: true,
      responseFormat: { type: 'json_schema', name: 'x', schema },
    }),
  ).toMatchObject({
    max_tokens: 100,
    temperature: 0.3,
    p: 0.9,
    k: 40,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    seed: 7,
    stop_sequences: ['END'],
    logprobs: true,
    response_format: { type: 'json_object', json_schema: schema },
  });
});

it.each([
  [{ effort: 'none' }, { type: 'disabled' }],
  [{ enabled: true }, { type: 'enabled' }],
  [{ effort: 'medium' }, { type: 'enabled', token_budget: 500 }],
  [{ maxTokens: 300 }, { type: 'enabled', token_budget: 300 }],
] as const)('tells a model to think with %o', (reasoning, thinking) => {
  expect(request({ reasoning, maxTokens: 1000 }).thinking).toEqual(thinking);
});

it('leaves the budget to the model where an effort has nothing to be a share of', () => {
  expect(request({ reasoning: { effort: 'high' } }).thinking).toEqual({ type: 'enabled' });
});
