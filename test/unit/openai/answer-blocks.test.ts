import { describe, expect, it } from 'vitest';
import type { ReasoningDetail, ToolCallPart } from '../../../src/chat.ts';
import { type AnswerBlock, blocksOf, createBlockReader } from '../../../src/openai/answer-blocks.ts';
import { completionOf } from '../../support/sample-answers.ts';

type Event = Parameters<ReturnType<typeof createBlockReader>['read']>[0];

function told(...events: readonly Event[]) {
  const log: string[] = [];
  const blocks: AnswerBlock[] = [];
  const reader = createBlockReader({
    begin: (block, place) => log.push(`begin ${place} ${block.type}`),
    grow: (_block, place, piece) => log.push(`grow ${place} ${piece}`),
    cite: (annotations, place, first) => log.push(`cite ${place} ${first} ${annotations.length}`),
    end: (block, place) => {
      log.push(`end ${place}`);
      blocks.push(block);
    },
  });
  for (const event of events) reader.read(event);
  reader.finish();
  return { log, blocks };
}

const text = (said: string): Event => ({ type: 'text', text: said });
const thought = (said: string): Event => ({ type: 'reasoning', text: said });
const details = (...list: readonly ReasoningDetail[]): Event => ({ type: 'reasoningDetails', details: list });
const call = (index: number, piece: string, id?: string): ToolCallPart => ({
  type: 'toolCall',
  index,
  arguments: piece,
  ...(id !== undefined && { id, name: 'look' }),
});
const callOf = (id: string, json: string): AnswerBlock => ({
  type: 'toolCall',
  call: { id, name: 'look', arguments: json },
});

describe('the blocks of an answer', () => {
  it('begin, grow and end one after the other', () => {
    const { log } = told(thought('a'), text('b'), text('c'), call(0, '{}', 'x'), text('d'));
    expect(log).toEqual([
      ...['begin 0 reasoning', 'grow 0 a', 'end 0'],
      ...['begin 1 text', 'grow 1 b', 'grow 1 c', 'end 1'],
      ...['begin 2 toolCall', 'grow 2 {}', 'end 2'],
      ...['begin 3 text', 'grow 3 d', 'end 3'],
    ]);
  });

  it('stay one after the other where an upstream writes several calls at once, and lose nothing', () => {
    const { log, blocks } = told(
      call(0, '{"a":', 'x'),
      call(1, '{"b"', 'y'),
      text('so'),
      call(0, '1}'),
      call(1, ':2}'),
    );
    expect(blocks).toEqual([
      callOf('x', '{"a":1}'),
      callOf('y', '{"b":2}'),
      { type: 'text', text: 'so', annotations: [] },
    ]);
    expect(log.filter((line) => !line.startsWith('grow'))).toEqual([
      ...['begin 0 toolCall', 'end 0', 'begin 1 toolCall', 'end 1', 'begin 2 text', 'end 2'],
    ]);
  });

  it('tell a call at once, without waiting for the ones before it that are whole', () => {
    const reader: string[] = [];
    const blocks = createBlockReader({
      begin: (_block, place) => reader.push(`begin ${place}`),
      grow: () => {},
      cite: () => {},
      end: (_block, place) => reader.push(`end ${place}`),
    });
    blocks.read(call(0, '{"a":1}', 'x'));
    blocks.read(call(1, '{"b"', 'y'));
    expect(reader).toEqual(['begin 0', 'end 0', 'begin 1']);
  });

  it('keep a call whose arguments broke off', () => {
    const { blocks } = told(call(0, '{"a":', 'x'), call(1, '{"b"', 'y'));
    expect(blocks).toEqual([callOf('x', '{"a":'), callOf('y', '{"b"')]);
  });

  it('keep what must be replayed with the text that it vouches for', () => {
    const first: ReasoningDetail = { type: 'reasoning.text', format: 'f', index: 0, text: 'one', signature: 's' };
    const second: ReasoningDetail = { type: 'reasoning.encrypted', format: 'f', index: 1, data: 'd' };
    const { blocks } = told(thought('on'), thought('e'), details(first), thought('two'), details(second));
    expect(blocks).toEqual([
      { type: 'reasoning', text: 'one', details: [first] },
      { type: 'reasoning', text: 'two', details: [second] },
    ]);
  });

  it('join the pieces in which a detail came', () => {
    const piece = { type: 'reasoning.text', format: 'f', index: 0 } as const;
    const { blocks } = told(
      thought('on'),
      details({ ...piece, text: 'on' }),
      thought('e'),
      details({ ...piece, text: 'e' }),
      details({ ...piece, signature: 's' }),
    );
    expect(blocks).toEqual([{ type: 'reasoning', text: 'one', details: [{ ...piece, text: 'one', signature: 's' }] }]);
  });

  it('give sources to the text before them', () => {
    const annotations = [{ type: 'url_citation', url: 'https://a.example/' } as const];
    const { log, blocks } = told(text('a'), { type: 'annotations', annotations }, { type: 'annotations', annotations });
    expect(log).toEqual(['begin 0 text', 'grow 0 a', 'cite 0 0 1', 'cite 0 1 1', 'end 0']);
    expect(blocks).toEqual([{ type: 'text', text: 'a', annotations: [...annotations, ...annotations] }]);
  });

  it('are the same for a whole answer', () => {
    const image = { url: 'data:image/png;base64,AA==' };
    const completion = completionOf({
      reasoning: 'hm',
      content: 'Hello',
      refusal: 'No.',
      toolCalls: [{ id: 'x', name: 'look', arguments: '{}' }],
      images: [image],
    });
    expect(blocksOf(completion)).toEqual([
      { type: 'reasoning', text: 'hm', details: [] },
      { type: 'text', text: 'Hello', annotations: [] },
      { type: 'refusal', text: 'No.' },
      callOf('x', '{}'),
      { type: 'image', image },
    ]);
  });
});
