import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../src/chat.ts';
import { createAnswerBuilder } from '../../../src/routing/answer-builder.ts';

function build(...parts: StreamPart[]) {
  const builder = createAnswerBuilder();
  for (const part of parts) builder.add(part);
  return builder.answer();
}

describe('the answer builder', () => {
  it('joins text, reasoning and refusal, each with its own', () => {
    expect(
      build(
        { type: 'reasoning', text: 'h' },
        { type: 'text', text: 'a' },
        { type: 'reasoning', text: 'm' },
        { type: 'text', text: 'b' },
        { type: 'refusal', text: 'no' },
      ),
    ).toMatchObject({ content: 'ab', reasoning: 'hm', refusal: 'no' });
  });

  it('joins the pieces of each tool call and writes {} for a call without arguments', () => {
    const { toolCalls } = build(
      { type: 'toolCall', index: 1, id: 'c1', name: 'g', arguments: '' },
      { type: 'toolCall', index: 0, id: 'c0', name: 'f', arguments: '{"a"' },
      { type: 'toolCall', index: 0, arguments: ':1}' },
    );
    expect(toolCalls).toEqual([
      { id: 'c0', name: 'f', arguments: '{"a":1}' },
      { id: 'c1', name: 'g', arguments: '{}' },
    ]);
  });

  it('joins the pieces of a block of reasoning, keeps its signature, and keeps encrypted blocks apart', () => {
    const format = 'anthropic-claude-v1';
    const { reasoningDetails } = build(
      { type: 'reasoningDetails', details: [{ type: 'reasoning.text', format, index: 0, text: 'a' }] },
      { type: 'reasoningDetails', details: [{ type: 'reasoning.text', format, index: 0, text: 'b' }] },
      { type: 'reasoningDetails', details: [{ type: 'reasoning.text', format, index: 0, signature: 's' }] },
      { type: 'reasoningDetails', details: [{ type: 'reasoning.encrypted', format, index: 1, data: 'x' }] },
      { type: 'reasoningDetails', details: [{ type: 'reasoning.encrypted', format, index: 1, data: 'y' }] },
    );
    expect(reasoningDetails).toEqual([
      { type: 'reasoning.text', format, index: 0, text: 'ab', signature: 's' },
      { type: 'reasoning.encrypted', format, index: 1, data: 'x' },
      { type: 'reasoning.encrypted', format, index: 1, data: 'y' },
    ]);
  });

  it('has no absent things, and says error until a finish reason comes', () => {
    expect(build()).toEqual({ content: '', toolCalls: [], annotations: [], images: [], finishReason: 'error' });
    expect(build({ type: 'finish', reason: 'length', nativeReason: 'MAX_TOKENS' })).toMatchObject({
      finishReason: 'length',
      nativeFinishReason: 'MAX_TOKENS',
    });
  });

  it('refuses an answer that never ends', () => {
    const builder = createAnswerBuilder();
    const megabyte = 'x'.repeat(2 ** 20);
    expect(() => {
      for (let count = 0; count < 100; count++) builder.add({ type: 'text', text: megabyte });
    }).toThrow(expect.objectContaining({ kind: 'malformed_response' }));
  });
});
