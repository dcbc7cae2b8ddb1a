import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToolCallParser, type Piece } from '../../../../src/providers/local/tool-calls.ts';

/** Feeds the texts one by one and joins neighbouring text. */
function parse(...texts: readonly string[]): Piece[] {
  const parser = createToolCallParser();
  const pieces: Piece[] = [];
  for (const piece of [...texts.flatMap(parser.push), ...parser.end()]) {
    const last = pieces.at(-1);
    if (piece.type === 'text' && last?.type === 'text')
      pieces[pieces.length - 1] = { type: 'text', text: last.text + piece.text };
    else pieces.push(piece);
  }
  return pieces;
}
const call = (name: string, json: string): Piece => ({ type: 'call', name, arguments: json });
const text = (value: string): Piece => ({ type: 'text', text: value });

describe('the tool call parser', () => {
  it('gives a call with its arguments as they were written', () => {
    expect(parse('<tool_call>\n{"name": "get_weather", "arguments": {"city":  "Paris"}}\n</tool_call>')).toEqual([
      call('get_weather', '{"city":  "Paris"}'),
    ]);
  });

  it('gives text before, between and after calls, without the white space behind a call', () => {
    expect(
      parse(
        'One moment. <tool_call>{"name":"a","arguments":{}}</tool_call>\n<tool_call>{"name":"b","arguments":{}}</tool_call>\nDone.',
      ),
    ).toEqual([text('One moment. '), call('a', '{}'), call('b', '{}'), text('Done.')]);
  });

  it('passes on text that only looks like a tag at first', () => {
    expect(parse('1 <tool_calm> 2 <tool_cal')).toEqual([text('1 <tool_calm> 2 <tool_cal')]);
  });

  it('gives text at once where no tag can begin in it', () => {
    const parser = createToolCallParser();
    expect(parser.push('Hello <')).toEqual([text('Hello ')]);
    expect(parser.push('b>')).toEqual([text('<b>')]);
  });

  it('reads a call in another order of keys', () => {
    expect(parse('<tool_call>{"arguments": {"n": 1}, "name": "count"}</tool_call>')).toEqual([
      call('count', '{"n":1}'),
    ]);
  });

  it('leaves out what follows the arguments inside a call', () => {
    expect(parse('<tool_call>{"name": "f", "arguments": {"n": 1}, "id": 3}</tool_call>')).toEqual([
      call('f', '{"n":1}'),
    ]);
  });

  it('passes broken arguments on to whoever runs the tool', () => {
    expect(parse('<tool_call>{"name": "f", "arguments": {"city": Paris}}</tool_call>')).toEqual([
      call('f', '{"city": Paris}'),
    ]);
  });

  it('keeps whole arguments where the call lacks its last brace', () => {
    expect(parse('<tool_call>{"name": "f", "arguments": {"n": 1}</tool_call>')).toEqual([call('f', '{"n": 1}')]);
  });

  it('gives a call that was cut off as far as it went', () => {
    expect(parse('<tool_call>\n{"name": "f", "arguments": {"city": "Pa')).toEqual([call('f', '{"city": "Pa')]);
    expect(parse('<tool_call>\n{"name": "f", "arguments": ')).toEqual([call('f', '{}')]);
    expect(parse('<tool_call>\n{"name": "f", "arguments": {"n": 1}}\n</tool_c')).toEqual([call('f', '{"n": 1}')]);
  });

  it('gives what is no call as text, without the tags', () => {
    expect(parse('<tool_call>nonsense</tool_call>')).toEqual([text('nonsense')]);
    expect(parse('<tool_call>{"name": 5, "arguments": {}}</tool_call>')).toEqual([
      text('{"name": 5, "arguments": {}}'),
    ]);
  });

  it('unescapes names', () => {
    expect(parse('<tool_call>{"name": "gr\\u00fc\\"n", "arguments": {}}</tool_call>')).toEqual([call('grü"n', '{}')]);
  });

  it('says what stands in the open call', () => {
    const parser = createToolCallParser();
    expect(parser.open()).toBe(undefined);
    parser.push('<tool_call>\n{"na');
    expect(parser.open()).toBe('\n{"na');
    parser.push('</tool_call>');
    expect(parser.open()).toBe(undefined);
  });

  it('gives the same however the text is cut, and never a tag', () => {
    const fragment = fc.constantFrom(
      '<tool_call>',
      '</tool_call>',
      '\n{"name": "f", "arguments": {"a": "b"}}\n',
      '{"name":"g","arguments":{}',
      '<tool_',
      '</',
      ' ',
      'Hello',
      '}',
      'call>',
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), cuts, (fragments, lengths) => {
        const whole = fragments.join('');
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const length = lengths[turn % lengths.length] ?? 1;
          pieces.push(whole.slice(at, at + length));
          at += length;
        }
        expect(parse(...pieces)).toEqual(parse(whole));
      }),
      { numRuns: 500 },
    );
  });
});
