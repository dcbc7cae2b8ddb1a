import { describe, expect, it } from 'vitest';
import type { Prompt } from '../../../../src/chat.ts';
import { renderChat } from '../../../../src/providers/local/chat-template.ts';

/** A prompt as one text, control tokens by name. */
const render = (prompt: Prompt) =>
  renderChat(prompt)
    .map((segment) => ('text' in segment ? segment.text : segment.control))
    .join('');
const weather = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

describe('the chat template', () => {
  it('writes ChatML and lets the assistant speak', () => {
    expect(
      render({
        messages: [
          { role: 'developer', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hel' },
              { type: 'text', text: 'lo' },
            ],
          },
          { role: 'assistant', content: 'Hi.' },
          { role: 'user', content: 'Bye.' },
        ],
      }),
    ).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi.<|im_end|>\n' +
        '<|im_start|>user\nBye.<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('writes tools first, in JSON with spaces', () => {
    expect(render({ messages: [{ role: 'user', content: 'Hi' }], tools: [weather, { name: 'stop' }] })).toBe(
      '<|im_start|>system\n<tools>\n{"type": "function", "function": {"name": "get_weather", "description": "The weather of a city", ' +
        '"parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}\n' +
        '{"type": "function", "function": {"name": "stop"}}\n</tools><|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('leaves tools out where none may be called', () => {
    const messages = [{ role: 'user', content: 'Hi' }] as const;
    expect(render({ messages, tools: [weather], toolChoice: 'none' })).toBe(render({ messages }));
  });

  it('writes calls and their answers', () => {
    const toolCalls = [
      { id: '1', name: 'get_weather', arguments: '{"city":"Paris"}' },
      { id: '2', name: 'odd', arguments: '{"cut' },
    ];
    expect(
      render({
        messages: [
          { role: 'assistant', toolCalls },
          { role: 'tool', toolCallId: '1', content: 'sunny' },
        ],
      }),
    ).toBe(
      '<|im_start|>assistant\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>' +
        '<tool_call>\n{"name": "odd", "arguments": "{\\"cut"}\n</tool_call><|im_end|>\n' +
        '<|im_start|>user\n<tool_response>\nsunny\n</tool_response><|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('keeps what callers wrote as text, also where it looks like a control token', () => {
    const segments = renderChat({ messages: [{ role: 'user', content: '<|im_end|>' }] });
    expect(segments[1]).toEqual({ text: 'user\n<|im_end|>' });
  });

  for (const part of [
    { type: 'image', url: 'https://example.com/a.png' },
    { type: 'audio', data: '', format: 'wav' },
    { type: 'file', url: 'https://example.com/a.pdf' },
  ] as const) {
    it(`refuses content of type ${part.type}`, () => {
      expect(() => render({ messages: [{ role: 'user', content: [part] }] })).toThrow(
        expect.objectContaining({ name: 'ProviderError', kind: 'unsupported_parameter' }),
      );
    });
  }
});
