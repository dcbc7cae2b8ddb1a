import { describe, expect, it } from 'vitest';
import type { Answer, StreamPart } from '../../../src/chat.ts';
import { answerOf } from '../../../src/providers/answer.ts';
import { createAnswerReader } from '../../../src/providers/openai-compatible-answer.ts';
import { normalUsage } from '../../../src/providers/openai-compatible-usage.ts';

async function* nothing(): AsyncGenerator<Uint8Array> {}

function read(field: 'delta' | 'message', ...answers: unknown[]): Answer {
  const reader = createAnswerReader({ status: 200, headers: {}, body: nothing(), receivedAt: 0 });
  const parts: StreamPart[] = [];
  for (const answer of answers) reader.read(answer, field, parts);
  parts.push(...reader.finish(true));
  return answerOf(parts);
}

const message = (value: unknown, finish: string | null = 'stop') =>
  read('message', { id: 'chatcmpl-9', choices: [{ index: 0, message: value, finish_reason: finish }] });
const deltas = (...values: unknown[]) =>
  read('delta', ...values.map((delta) => ({ id: 'chatcmpl-9', choices: [{ index: 0, delta }] })));

describe('an answer in OpenAI’s form', () => {
  it('tells thoughts from text where the content is a list', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }], closed: true },
      { type: 'text', text: 'Yes' },
      { type: 'reference', reference_ids: [1] },
      { type: 'text', text: '.' },
    ];
    expect(message({ content })).toMatchObject({ reasoning: 'hm', content: 'Yes.' });
    expect(deltas({ content: [content[0]] }, { content: [content[1]] }, { content: '.' })).toMatchObject({
      reasoning: 'hm',
      content: 'Yes.',
    });
  });

  it('takes reasoning from either name, and once where it has both', () => {
    expect(message({ content: '', reasoning: 'a' })).toMatchObject({ reasoning: 'a' });
    expect(message({ content: '', reasoning: 'a', reasoning_content: 'a' })).toMatchObject({ reasoning: 'a' });
  });

  it('keeps reasoning details, joined, and reads the text out of them where it stands nowhere else', () => {
    const detail = (text: string) => ({ type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text });
    const answer = deltas(
      { reasoning_details: [detail('a')] },
      { reasoning_details: [detail('b')] },
      { reasoning_details: [{ type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, signature: 'sig' }] },
      { reasoning_details: [{ type: 'reasoning.server_tool_call' }] },
    );
    expect(answer.reasoning).toBe('ab');
    expect(answer.reasoningDetails).toEqual([{ ...detail('ab'), signature: 'sig' }]);
  });

  it('leaves thoughts in tags where they are, since no server says that they are any', () => {
    expect(message({ content: '<think>a</think>b' })).toMatchObject({ content: '<think>a</think>b' });
  });

  it('reads images, annotations and a refusal', () => {
    const url_citation = { url: 'https://x', title: 't', content: 'c', start_index: 0, end_index: 4 };
    expect(
      message({
        content: 'text',
        refusal: 'no',
        images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
        annotations: [{ type: 'url_citation', url_citation }, { type: 'file' }],
      }),
    ).toMatchObject({
      refusal: 'no',
      images: [{ url: 'data:image/png;base64,AA' }],
      annotations: [{ type: 'url_citation', url: 'https://x', title: 't', content: 'c', startIndex: 0, endIndex: 4 }],
    });
  });

  it('cites the sources that stand beside the choices once, however often they are repeated', () => {
    const chunk = {
      citations: ['https://a', 'https://b'],
      search_results: [{ url: 'https://b', title: 'B', snippet: 's' }],
      choices: [{ index: 0, delta: { content: 'x' } }],
    };
    expect(read('delta', chunk, chunk).annotations).toEqual([
      { type: 'url_citation', url: 'https://a' },
      { type: 'url_citation', url: 'https://b', title: 'B', content: 's' },
    ]);
  });

  it('joins log probabilities, of Together’s older form too', () => {
    const entry = { token: 'a', logprob: -1, bytes: [97], top_logprobs: [] };
    const chunk = (logprobs: unknown) => ({ choices: [{ index: 0, delta: { content: 'a' }, logprobs }] });
    expect(
      read('delta', chunk({ content: [entry], refusal: null }), chunk({ content: [entry] }), chunk(null)).logprobs,
    ).toEqual({
      content: [entry, entry],
    });
    expect(read('delta', chunk({ tokens: ['a'], token_logprobs: [-1] })).logprobs).toEqual({
      content: [{ token: 'a', logprob: -1, bytes: null, top_logprobs: [] }],
    });
  });

  it('normalises why it finished, and keeps the server’s own word', () => {
    const reasons = {
      stop: 'stop',
      eos: 'stop',
      length: 'length',
      model_length: 'length',
      tool_calls: 'tool_calls',
      content_filter: 'content_filter',
      sensitive: 'content_filter',
      something_new: 'stop',
    };
    for (const [native, reason] of Object.entries(reasons)) {
      expect(message({ content: 'x' }, native)).toMatchObject({ finishReason: reason, nativeFinishReason: native });
    }
  });

  it('finished with tool calls if it holds any and says no more than stop, or nothing', () => {
    const tool_calls = [{ function: { name: 'f', arguments: { a: 1 } } }];
    const toolCalls = [{ id: 'call_chatcmpl-9_0', name: 'f', arguments: '{"a":1}' }];
    expect(message({ tool_calls }, 'eos')).toMatchObject({
      finishReason: 'tool_calls',
      nativeFinishReason: 'eos',
      toolCalls,
    });
    expect(message({ tool_calls }, null)).toMatchObject({ finishReason: 'tool_calls', toolCalls });
    expect(message({ function_call: { name: 'f', arguments: '' } }, 'function_call')).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ name: 'f', arguments: '{}' }],
    });
  });

  it.each(['error', 'abort', 'network_error', 'insufficient_system_resource', 'ERROR'])(
    'fails where it ended with %s, whatever it said before',
    (native) => {
      const failed = expect.objectContaining({ kind: 'server_failed' });
      const chunk = (finish_reason: string | null) => ({
        choices: [{ index: 0, delta: { content: 'Once' }, finish_reason }],
      });
      expect(() => message({ content: '' }, native)).toThrow(failed);
      expect(() => message({ content: 'Once' }, native)).toThrow(failed);
      expect(() => read('delta', chunk(null), chunk(native))).toThrow(failed);
    },
  );

  it('may be a filter’s verdict without a message, and begin with a chunk without choices', () => {
    expect(
      read('message', { choices: [{ index: 0, finish_reason: 'content_filter', content_filter_results: {} }] }),
    ).toMatchObject({
      content: '',
      finishReason: 'content_filter',
    });
    const prelude = { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] };
    expect(
      read('delta', prelude, { choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] }).content,
    ).toBe('x');
  });

  it('is none without a choice', () => {
    expect(() => read('message', { id: 'x', choices: [] })).toThrow(expect.objectContaining({ kind: 'truncated' }));
  });

  it('ignores reasons that say nothing, and further choices', () => {
    const chunk = (index: number, content: string, finish_reason: unknown) => ({
      choices: [{ index, delta: { content }, finish_reason }],
    });
    const answer = read(
      'delta',
      chunk(0, 'a', ''),
      chunk(1, 'z', null),
      chunk(0, 'b', 'null'),
      chunk(0, '', 'length'),
      chunk(0, '', 'stop'),
    );
    expect(answer).toMatchObject({ content: 'ab', finishReason: 'length', nativeFinishReason: 'length' });
  });
});

describe('usage', () => {
  it('is counted OpenAI’s way, wherever it stands', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
    const chunk = { choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] };
    const places = [
      { ...chunk, usage },
      { ...chunk, x_groq: { usage } },
      { choices: [{ ...chunk.choices[0], usage }] },
    ];
    for (const place of places)
      expect(read('delta', place, { choices: [], usage: null }).usage).toMatchObject({
        promptTokens: 5,
        completionTokens: 2,
      });
    expect(
      read('delta', { ...chunk, usage: { prompt_tokens: 5, completion_tokens: 1 } }, { choices: [], usage }).usage
        ?.completionTokens,
    ).toBe(2);
  });

  it('finds cached, written and reasoning tokens under every name', () => {
    const base = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
    expect(normalUsage({ ...base, prompt_tokens_details: { cached_tokens: 3 } })?.cachedTokens).toBe(3);
    expect(normalUsage({ ...base, prompt_tokens_details: null, prompt_cache_hit_tokens: 3 })?.cachedTokens).toBe(3);
    expect(normalUsage({ ...base, cached_tokens: 3 })?.cachedTokens).toBe(3);
    expect(normalUsage({ ...base, prompt_tokens_details: { cache_write_tokens: 6 } })?.cacheWriteTokens).toBe(6);
    expect(normalUsage({ ...base, completion_tokens_details: { reasoning_tokens: 2 } })).toMatchObject({
      completionTokens: 4,
      reasoningTokens: 2,
    });
  });

  it('counts reasoning inside the completion where the server counts it beside', () => {
    expect(
      normalUsage({
        prompt_tokens: 12,
        completion_tokens: 1,
        total_tokens: 303,
        completion_tokens_details: { reasoning_tokens: 290 },
      }),
    ).toMatchObject({ completionTokens: 291, totalTokens: 303, reasoningTokens: 290 });
  });

  it('is unknown where nothing was counted', () => {
    expect(normalUsage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })).toBe(undefined);
    expect(normalUsage({})).toBe(undefined);
  });
});
