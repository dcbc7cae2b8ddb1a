import { describe, expect, it } from 'vitest';
import type { Parameter, Prompt } from '../../../src/chat.ts';
import { requestBody } from '../../../src/providers/openai-compatible-request.ts';
import { wireOf } from '../../../src/providers/openai-compatible-wires.ts';
import { promptCall } from './prompt-call.ts';

function body(slug: string, prompt: Partial<Prompt>, supported: readonly Parameter[] = [], model = 'm') {
  const {
    model: _,
    messages,
    ...rest
  } = requestBody(promptCall(model, prompt, { supportedParameters: new Set(supported) }), wireOf(slug), false);
  return prompt.messages === undefined ? rest : { messages, ...rest };
}

const dataUrl = 'data:application/pdf;base64,AAAA';

describe('a request in OpenAI’s form', () => {
  it('holds every parameter under its name', () => {
    expect(
      body('acme', {
        maxTokens: 5,
        temperature: 0,
        topP: 0.1,
        topK: 3,
        minP: 0.2,
        topA: 0.3,
        frequencyPenalty: 1,
        presencePenalty: 2,
        repetitionPenalty: 1.1,
        seed: 7,
        stop: ['x'],
        logitBias: { '42': -100 },
        logprobs: true,
        topLogprobs: 2,
        verbosity: 'low',
        prediction: 'p',
        user: 'u',
        parallelToolCalls: false,
        toolChoice: 'required',
        tools: [{ name: 'f', description: 'd', parameters: { type: 'object' }, strict: true, cacheControl: {} }],
      }),
    ).toEqual({
      max_tokens: 5,
      temperature: 0,
      top_p: 0.1,
      top_k: 3,
      min_p: 0.2,
      top_a: 0.3,
      frequency_penalty: 1,
      presence_penalty: 2,
      repetition_penalty: 1.1,
      seed: 7,
      stop: ['x'],
      logit_bias: { '42': -100 },
      logprobs: true,
      top_logprobs: 2,
      verbosity: 'low',
      prediction: { type: 'content', content: 'p' },
      user: 'u',
      parallel_tool_calls: false,
      tool_choice: 'required',
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
      ],
    });
  });

  it('holds nothing that was not asked for', () => expect(body('openai', {})).toEqual({}));

  it('asks for usage in a stream only where it must', () => {
    expect(requestBody(promptCall('m'), wireOf('openai'), true)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(requestBody(promptCall('m'), wireOf('mistral'), true)).not.toHaveProperty('stream_options');
  });

  it('names what servers name differently', () => {
    const prompt: Partial<Prompt> = { maxTokens: 5, seed: 7, repetitionPenalty: 1.1, toolChoice: 'required' };
    expect(body('openai', prompt)).toMatchObject({ max_completion_tokens: 5, seed: 7 });
    expect(body('mistral', prompt)).toMatchObject({ max_tokens: 5, random_seed: 7, tool_choice: 'any' });
    expect(body('llama.cpp', prompt)).toMatchObject({ repeat_penalty: 1.1 });
    expect(body('together', { logprobs: true, topLogprobs: 3 })).toEqual({ logprobs: 3 });
    expect(body('acme', { toolChoice: { function: 'f' } })).toEqual({
      tool_choice: { type: 'function', function: { name: 'f' } },
    });
  });

  it('asks for reasoning in each server’s way', () => {
    const high: Partial<Prompt> = { reasoning: { effort: 'high' } };
    const off: Partial<Prompt> = { reasoning: { enabled: false } };
    expect(body('openai', high)).toEqual({ reasoning_effort: 'high' });
    expect(body('openai', off)).toEqual({ reasoning_effort: 'none' });
    expect(body('xai', off)).toEqual({});
    expect(body('xai', { reasoning: { effort: 'max' } })).toEqual({ reasoning_effort: 'high' });
    expect(body('openai', { reasoning: { maxTokens: 1000 }, maxTokens: 10_000 })).toMatchObject({
      reasoning_effort: 'minimal',
    });
    expect(body('openrouter', { reasoning: { maxTokens: 1000, exclude: true } })).toEqual({
      reasoning: { max_tokens: 1000, exclude: true },
    });
    expect(body('zai', high)).toEqual({ thinking: { type: 'enabled' }, reasoning_effort: 'high' });
    expect(body('moonshot', off)).toEqual({ thinking: { type: 'disabled' } });
    expect(body('alibaba', { reasoning: { maxTokens: 99 } })).toEqual({ enable_thinking: true, thinking_budget: 99 });
    expect(body('vllm', off)).toEqual({ chat_template_kwargs: { enable_thinking: false, thinking: false } });
    expect(body('groq', high, [], 'qwen/qwen3')).toEqual({ reasoning_effort: 'high', reasoning_format: 'parsed' });
    expect(body('groq', { reasoning: { exclude: true } }, [], 'openai/gpt-oss-20b')).toEqual({
      include_reasoning: false,
    });
    expect(body('together', { reasoning: { enabled: true } })).toEqual({ reasoning: { enabled: true } });
  });

  it('asks for structured output in the strongest form that the server has', () => {
    const schema: Partial<Prompt> = {
      responseFormat: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
    };
    const full = {
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
    };
    expect(body('acme', schema)).toEqual(full);
    expect(body('acme', schema, ['response_format', 'structured_outputs'])).toEqual(full);
    expect(body('deepseek', schema)).toEqual({ response_format: { type: 'json_object' } });
    expect(body('lmstudio', { responseFormat: { type: 'json_object' } })).toEqual({
      response_format: { type: 'json_schema', json_schema: { name: 'object', schema: { type: 'object' } } },
    });
  });
});

describe('messages in OpenAI’s form', () => {
  it('carry every kind of content', () => {
    const messages: Prompt['messages'] = [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'a', cacheControl: { ttl: '1h' } },
          { type: 'image', url: 'https://x/y.png', detail: 'low' },
          { type: 'audio', data: 'BBBB', format: 'wav' },
          { type: 'file', url: dataUrl, fileName: 'a.pdf' },
        ],
      },
      { role: 'assistant', toolCalls: [{ id: 'c1', name: 'f', arguments: '{}' }], reasoning: 'hm' },
      { role: 'tool', toolCallId: 'c1', content: 'done' },
    ];
    expect(body('openai', { messages })).toEqual({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'wav' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: dataUrl } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', content: 'done', tool_call_id: 'c1' },
      ],
    });
  });

  it('say system where developer is not known', () => {
    expect(body('vllm', { messages: [{ role: 'developer', content: 'x' }] })).toEqual({
      messages: [{ role: 'system', content: 'x' }],
    });
  });

  it('carry cache marks and reasoning where they can be used', () => {
    const messages: Prompt['messages'] = [
      { role: 'user', content: [{ type: 'text', text: 'a', cacheControl: {} }] },
      {
        role: 'assistant',
        content: 'b',
        reasoning: 'hm',
        reasoningDetails: [
          { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'hm', signature: 's' },
        ],
      },
    ];
    expect(body('openrouter', { messages })).toEqual({
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] },
        {
          role: 'assistant',
          content: 'b',
          reasoning: 'hm',
          reasoning_details: [
            { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'hm', signature: 's' },
          ],
        },
      ],
    });
    expect(body('deepseek', { messages })).toEqual({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b', reasoning_content: 'hm' },
      ],
    });
  });

  it('give tool calls ids that the server takes, the same for the call and its result', () => {
    const id = `call_${'x'.repeat(60)}`;
    const messages: Prompt['messages'] = [
      { role: 'assistant', toolCalls: [{ id, name: 'f', arguments: '{}' }] },
      { role: 'tool', toolCallId: id, content: 'done' },
    ];
    for (const [slug, form] of [
      ['mistral', /^[a-zA-Z0-9]{9}$/],
      ['openai', /^.{1,40}$/],
    ] as const) {
      const sent = JSON.parse(JSON.stringify(body(slug, { messages })));
      expect(sent.messages[0].tool_calls[0].id).toMatch(form);
      expect(sent.messages[1].tool_call_id).toBe(sent.messages[0].tool_calls[0].id);
    }
    expect(body('mistral', { messages: messages.slice(0, 2) })).toMatchObject({
      messages: [{ content: '' }, { name: 'f' }],
    });
  });

  it('refuse a file by URL where only bytes can be sent', () => {
    const messages: Prompt['messages'] = [{ role: 'user', content: [{ type: 'file', url: 'https://x/y.pdf' }] }];
    expect(() => body('openai', { messages })).toThrow(expect.objectContaining({ kind: 'unsupported_parameter' }));
    expect(body('mistral', { messages })).toMatchObject({
      messages: [{ content: [{ type: 'document_url', document_url: 'https://x/y.pdf' }] }],
    });
  });
});
