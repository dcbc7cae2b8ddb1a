import { expect, it } from 'vitest';
import type { StreamPart } from '../../../src/chat.ts';
import { answerOf } from '../../../src/providers/answer.ts';
import { createAnthropicReader, partsOfMessage } from '../../../src/providers/anthropic-response.ts';

function partsOf(...events: Record<string, unknown>[]): StreamPart[] {
  const reader = createAnthropicReader();
  const parts: StreamPart[] = [];
  for (const event of events) reader.read(event, parts);
  return parts;
}
const begin = (usage: object) => ({ type: 'message_start', message: { usage } });
const start = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, change: object) => ({ type: 'content_block_delta', index, delta: change });
const end = (index: number) => ({ type: 'content_block_stop', index });
const finish = (stop_reason: string | null, usage = {}) => [
  { type: 'message_delta', delta: { stop_reason }, usage },
  { type: 'message_stop' },
];

it('reads thoughts with their signature, text, and calls with and without arguments', () => {
  const parts = partsOf(
    begin({ input_tokens: 10, output_tokens: 1 }),
    start(0, { type: 'thinking', thinking: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
    delta(0, { type: 'thinking_delta', thinking: 'm.' }),
    delta(0, { type: 'signature_delta', signature: 'sig' }),
    end(0),
    { type: 'ping' },
    start(1, { type: 'text', text: '' }),
    delta(1, { type: 'text_delta', text: 'Let me look.' }),
    end(1),
    start(2, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
    delta(2, { type: 'input_json_delta', partial_json: '' }),
    delta(2, { type: 'input_json_delta', partial_json: '{"city":' }),
    delta(2, { type: 'input_json_delta', partial_json: '"Rome"}' }),
    end(2),
    start(3, { type: 'tool_use', id: 'toolu_2', name: 'now', input: {} }),
    end(3),
    ...finish('tool_use', { output_tokens: 20 }),
  );
  expect(parts.map((part) => part.type)).toEqual([
    'reasoning',
    'reasoning',
    'reasoningDetails',
    'text',
    'toolCall',
    'toolCall',
    'toolCall',
    'toolCall',
    'toolCall',
    'finish',
    'usage',
  ]);
  expect(answerOf(parts)).toMatchObject({
    content: 'Let me look.',
    reasoning: 'Hmm.',
    reasoningDetails: [
      { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'Hmm.', signature: 'sig' },
    ],
    toolCalls: [
      { id: 'toolu_1', name: 'weather', arguments: '{"city":"Rome"}' },
      { id: 'toolu_2', name: 'now', arguments: '{}' },
    ],
    finishReason: 'tool_calls',
    nativeFinishReason: 'tool_use',
    usage: { promptTokens: 10, completionTokens: 20, totalTokens: 30, source: 'provider' },
  });
});

it('reads a whole message like the events that would have told of it', () => {
  const answer = answerOf(
    partsOfMessage({
      content: [
        { type: 'redacted_thinking', data: 'opaque' },
        { type: 'thinking', thinking: 'Yes', signature: 'sig' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
        { type: 'something_new', text: 'ignored' },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 4, output_tokens: 5 },
    }),
  );
  expect(answer.reasoningDetails).toEqual([
    { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index: 0, data: 'opaque' },
    { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 1, text: 'Yes', signature: 'sig' },
  ]);
  expect(answer).toMatchObject({ content: 'Hi', toolCalls: [{ id: 't', name: 'f', arguments: '{"a":1}' }] });
});

it('counts what was read from and written to the cache as part of the prompt', () => {
  const parts = partsOf(
    begin({ input_tokens: 4, cache_creation_input_tokens: 100, cache_read_input_tokens: 1000, output_tokens: 1 }),
    ...finish('end_turn', { input_tokens: 0, output_tokens: 9, output_tokens_details: { thinking_tokens: 3 } }),
  );
  expect(parts.at(-1)).toEqual({
    type: 'usage',
    usage: {
      promptTokens: 1104,
      completionTokens: 9,
      totalTokens: 1113,
      cachedTokens: 1000,
      cacheWriteTokens: 100,
      reasoningTokens: 3,
      source: 'provider',
    },
  });
});

it('gives the addresses that a text cites, with the place of the text', () => {
  const parts = partsOf(
    begin({}),
    start(0, { type: 'text', text: 'So ' }),
    end(0),
    start(1, { type: 'text', text: '' }),
    delta(1, { type: 'text_delta', text: 'it is.' }),
    delta(1, {
      type: 'citations_delta',
      citation: { type: 'web_search_result_location', url: 'https://a.example', title: 'A', cited_text: 'it was' },
    }),
    delta(1, {
      type: 'citations_delta',
      citation: { type: 'char_location', document_index: 0, cited_text: 'no address' },
    }),
    end(1),
    ...finish('end_turn'),
  );
  expect(parts.find((part) => part.type === 'annotations')).toEqual({
    type: 'annotations',
    annotations: [
      { type: 'url_citation', url: 'https://a.example', title: 'A', content: 'it was', startIndex: 3, endIndex: 9 },
    ],
  });
});

it.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
  ['a_reason_of_tomorrow', 'stop'],
])('ends with %s as %s', (native, reason) => {
  expect(partsOf(begin({}), ...finish(native))).toEqual([{ type: 'finish', reason, nativeReason: native }]);
});

it('ends without a reason as a plain stop', () => {
  expect(partsOf(begin({}), ...finish(null))).toEqual([{ type: 'finish', reason: 'stop' }]);
});

it('refuses a second message in the middle of the first, and forgives one before any content', () => {
  const text = [start(0, { type: 'text', text: '' }), delta(0, { type: 'text_delta', text: 'Hi' })];
  expect(() => partsOf(begin({}), ...text, begin({}))).toThrow(expect.objectContaining({ kind: 'malformed_response' }));
  expect(answerOf(partsOf(begin({}), begin({}), ...text, ...finish('end_turn'))).content).toBe('Hi');
});

it('is not ended by anything but message_stop', () => {
  const reader = createAnthropicReader();
  const [messageDelta = {}, messageStop = {}] = finish('end_turn');
  reader.read(messageDelta, []);
  expect(reader.ended()).toBe(false);
  reader.read(messageStop, []);
  expect(reader.ended()).toBe(true);
});

it('survives events of any shape', () => {
  const odd = [null, 7, 'text', [], {}];
  const events = odd.flatMap((value) => [
    start(0, { type: 'text', text: value, citations: value }),
    { type: 'content_block_delta', index: value, delta: value },
    { type: 'message_delta', delta: value, usage: value },
    { type: value },
  ]);
  expect(answerOf(partsOf(...events, ...finish('end_turn'))).content).toBe('text');
});
