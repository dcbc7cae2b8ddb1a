import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimited, TimedOut } from '../../../src/errors.ts';
import { parsed } from '../../../src/openai/check.ts';
import { failureOf } from '../../../src/openai/failure.ts';
import { messageOf } from '../../../src/openai/messages/blocks.ts';
import { messagesError } from '../../../src/openai/messages/errors.ts';
import { messagesBody, toChatRequest } from '../../../src/openai/messages/request.ts';
import { createMessageWriter } from '../../../src/openai/messages/stream.ts';
import { createAnthropicReader } from '../../../src/providers/anthropic-response.ts';
import { createAnswerBuilder } from '../../../src/routing/answer-builder.ts';
import {
  anyAnswer,
  completionOf,
  dataOf,
  jsonLines,
  numbered,
  partsOf,
  streamOf,
} from '../../support/sample-answers.ts';

type Parts = Parameters<typeof streamOf>[0];

function written(parts: Parts, completion = completionOf()) {
  return dataOf(createMessageWriter('gen-7')(streamOf(parts, completion)));
}

/** What Anthropic's SDK makes of a stream. */
function accumulated(events: readonly object[]) {
  return MessageStream.fromReadableStream(jsonLines(events)).finalMessage();
}

describe('a message', () => {
  it('has the usage without what came from the cache, and the cost', () => {
    expect(messageOf(completionOf({ content: 'Hello' }))).toMatchObject({
      id: 'gen-7',
      type: 'message',
      role: 'assistant',
      model: 'acme/large',
      provider: 'Quarry Compute',
      content: [{ type: 'text', text: 'Hello', citations: null }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 30,
        cache_read_input_tokens: 70,
        cache_creation_input_tokens: 20,
        output_tokens: 40,
        output_tokens_details: { thinking_tokens: 8 },
        cost: 0.000525,
      },
    });
  });

  it.each([
    ['stop', undefined, 'end_turn'],
    ['stop', 'stop_sequence', 'stop_sequence'],
    ['stop', 'pause_turn', 'pause_turn'],
    ['stop', 'STOP', 'end_turn'],
    ['length', 'length', 'max_tokens'],
    ['length', 'model_context_window_exceeded', 'model_context_window_exceeded'],
    ['tool_calls', 'tool_use', 'tool_use'],
    ['content_filter', 'SAFETY', 'refusal'],
  ] as const)('that ended with %s (%s) says %s', (finishReason, nativeFinishReason, expected) => {
    const completion = completionOf({ finishReason, ...(nativeFinishReason !== undefined && { nativeFinishReason }) });
    expect(messageOf(completion).stop_reason).toBe(expected);
  });

  it('says a refusal as text, and that it is one', () => {
    expect(messageOf(completionOf({ refusal: 'No.' }))).toMatchObject({
      content: [{ type: 'text', text: 'No.' }],
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', explanation: 'No.' },
    });
  });

  it('cites its sources', () => {
    const annotations = [{ type: 'url_citation', url: 'https://a.example/', title: 'A', content: 'Rain.' } as const];
    expect(messageOf(completionOf({ content: 'Rain', annotations })).content).toEqual([
      {
        type: 'text',
        text: 'Rain',
        citations: [
          {
            type: 'web_search_result_location',
            url: 'https://a.example/',
            title: 'A',
            cited_text: 'Rain.',
            encrypted_index: '',
          },
        ],
      },
    ]);
  });

  it('hands on what a model wrote that is no JSON, rather than nothing', () => {
    const toolCalls = [{ id: 'x', name: 'look', arguments: '{"a":' }];
    expect(messageOf(completionOf({ toolCalls })).content).toMatchObject([{ input: { invalid_json: '{"a":' } }]);
  });
});

describe('a stream of the Messages API', () => {
  it('has its events in the order of the real one', () => {
    const completion = completionOf({ content: 'Hello', finishReason: 'tool_calls' });
    const events = written(
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'Hel' },
        { type: 'text', text: 'lo' },
        { type: 'toolCall', index: 0, id: 'x', name: 'look', arguments: '{}' },
      ],
      completion,
    );
    expect(events.map(({ type, index }) => (index === undefined ? type : `${type} ${index}`))).toEqual([
      'message_start',
      ...['content_block_start 0', 'content_block_delta 0', 'content_block_stop 0'],
      ...['content_block_start 1', 'content_block_delta 1', 'content_block_delta 1', 'content_block_stop 1'],
      ...['content_block_start 2', 'content_block_delta 2', 'content_block_stop 2'],
      ...['message_delta', 'message_stop'],
    ]);
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 30, cost: 0.000525 },
    });
  });

  it('ends in an error where the answer breaks off', () => {
    const error = new TimedOut('Nothing came for 30 s.');
    const events = dataOf(
      createMessageWriter('gen-7')(
        numbered([
          { type: 'text', text: 'Hel' },
          { type: 'failed', error, partial: { content: 'Hel', toolCalls: [] }, attempts: [] },
        ]),
      ),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: { type: 'timeout_error', message: 'Nothing came for 30 s.', error_type: 'timeout' },
    });
  });

  it("shows pictures in Markdown, as the dialect's answers have no other place for them", async () => {
    const image = { url: 'data:image/png;base64,AA==' };
    const completion = completionOf({ images: [image] });
    const { content } = await accumulated(written([{ type: 'image', image }], completion));
    expect(content).toEqual(messageOf(completion).content);
    expect(content).toMatchObject([{ type: 'text', text: '![](data:image/png;base64,AA==)' }]);
  });

  it("is the same message to Anthropic's SDK as the whole answer", async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.integer({ min: 1, max: 9 }), async (answer, size) => {
        const completion = completionOf(answer);
        const {
          usage: _usage,
          parsed_output: _parsed,
          ...message
        } = await accumulated(written(partsOf(answer, size), completion));
        const { usage: _same, provider: _provider, ...whole } = messageOf(completion);
        expect(JSON.parse(JSON.stringify(message))).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same answer to the adapter for the real API', () => {
    const own = anyAnswer.map(({ reasoning: _reasoning, reasoningDetails = [], ...answer }) => ({
      ...answer,
      annotations: [],
      reasoningDetails: reasoningDetails
        .filter(({ type }) => type !== 'reasoning.summary')
        .map(({ id: _id, ...detail }, index) => ({ ...detail, index, format: 'anthropic-claude-v1' })),
    }));
    fc.assert(
      fc.property(own, fc.integer({ min: 1, max: 9 }), (answer, size) => {
        const reader = createAnthropicReader();
        const builder = createAnswerBuilder();
        const parts: Parameters<typeof builder.add>[0][] = [];
        for (const event of written(partsOf(answer, size), completionOf(answer))) reader.read(event, parts);
        for (const part of parts) builder.add(part);
        const { content, toolCalls, finishReason } = builder.answer();
        expect({ content, toolCalls, finishReason }).toEqual({
          ...{ content: answer.content, toolCalls: answer.toolCalls, finishReason: answer.finishReason },
        });
        expect(builder.answer().reasoningDetails ?? []).toEqual(answer.reasoningDetails);
      }),
    );
  });
});

describe('an answer that is handed back', () => {
  it('is what it was, whichever provider wrote it', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const { content } = messageOf(completionOf(answer));
        const messages = [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content },
        ];
        const back = toChatRequest(parsed(messagesBody, JSON.parse(JSON.stringify({ messages }))), {}).messages[1];
        const empty = answer.content === '' && answer.toolCalls.length === 0;
        expect(back).toEqual({
          role: 'assistant',
          ...(answer.content !== '' && { content: [{ type: 'text', text: answer.content }] }),
          ...(empty && { content: '' }),
          ...(answer.toolCalls.length > 0 && { toolCalls: answer.toolCalls }),
          ...(answer.reasoning !== undefined && answer.reasoning !== '' && { reasoning: answer.reasoning }),
          ...(answer.reasoningDetails !== undefined && { reasoningDetails: answer.reasoningDetails }),
        });
      }),
    );
  });
});

describe('an error of the Messages API', () => {
  it("has Anthropic's envelope, and OpenRouter's kind of error in it", () => {
    const failure = failureOf(new RateLimited('Slow down.'));
    expect(failure && messagesError(failure)).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Slow down.', error_type: 'rate_limit_exceeded', metadata: {} },
    });
  });
});
