import { describe, expect, it } from 'vitest';
import type { ToolCallPart } from '../../../src/chat.ts';
import { createToolCallTracker, type ToolCallDelta } from '../../../src/providers/tool-calls.ts';

function track(...deltas: ToolCallDelta[]) {
  const tracker = createToolCallTracker((index) => `made_${index}`);
  const parts = deltas.flatMap((delta) => tracker.add(delta) ?? []);
  parts.push(...tracker.finish());
  return { calls: tracker.calls(), parts };
}

function joined(parts: readonly ToolCallPart[]) {
  const calls: { id: string | undefined; name: string | undefined; arguments: string }[] = [];
  for (const part of parts) {
    const call = calls[part.index];
    if (call === undefined) calls[part.index] = { id: part.id, name: part.name, arguments: part.arguments };
    else call.arguments += part.arguments;
  }
  return calls;
}

const a = { id: 'a', name: 'f', arguments: '{"x":1}' };
const b = { id: 'b', name: 'g', arguments: '{"y":2}' };

const shapes: Readonly<Record<string, { deltas: readonly ToolCallDelta[]; calls: readonly unknown[] }>> = {
  'as documented': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '' },
      { index: 0, arguments: '{"x"' },
      { index: 1, id: 'b', name: 'g', arguments: '{"y"' },
      { index: 0, arguments: ':1}' },
      { index: 1, arguments: ':2}' },
    ],
    calls: [a, b],
  },
  'indexes that start at 1': {
    deltas: [
      { index: 1, id: 'a', name: 'f', arguments: '{"x":1}' },
      { index: 2, id: 'b', name: 'g', arguments: '{"y":2}' },
    ],
    calls: [a, b],
  },
  'no indexes': {
    deltas: [
      { id: 'a', name: 'f', arguments: '{"x"' },
      { arguments: ':1}' },
      { id: 'b', name: 'g', arguments: '{"y"' },
      { arguments: ':2}' },
    ],
    calls: [a, b],
  },
  'one index for every call': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x":1}' },
      { index: 0, id: 'b', name: 'g', arguments: '{"y":2}' },
    ],
    calls: [a, b],
  },
  'one index, no ids, and the same function twice': {
    deltas: [
      { index: 0, name: 'f', arguments: '{"x":1}' },
      { index: 0, name: 'f', arguments: '{"x":2}' },
    ],
    calls: [
      { id: 'made_0', name: 'f', arguments: '{"x":1}' },
      { id: 'made_1', name: 'f', arguments: '{"x":2}' },
    ],
  },
  'an index that jumps in the middle of a call': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
      { index: 3, arguments: ':1}' },
    ],
    calls: [a],
  },
  'empty ids after the first piece': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '' },
      { index: 0, id: '', name: '', arguments: '{"x"' },
      { index: 0, id: '', name: null, arguments: ':1}' },
    ],
    calls: [a],
  },
  'no ids at all': {
    deltas: [
      { index: 0, id: '', name: 'f', arguments: '{"x":1}' },
      { index: 1, id: null, name: 'g', arguments: '{"y":2}' },
    ],
    calls: [
      { ...a, id: 'made_0' },
      { ...b, id: 'made_1' },
    ],
  },
  'the same id twice': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x":1}' },
      { index: 1, id: 'a', name: 'g', arguments: '{"y":2}' },
    ],
    calls: [a, { ...b, id: 'made_1' }],
  },
  'id and name with every piece': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
      { index: 0, id: 'a', name: 'f', arguments: ':1' },
      { index: 0, id: 'a', name: 'f', arguments: '}' },
      { index: 0, id: 'a', name: 'f', arguments: '' },
    ],
    calls: [a],
  },
  'another id with every piece': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
      { index: 0, id: 'z', arguments: ':1}' },
    ],
    calls: [a],
  },
  'ids and names but no indexes, in every piece': {
    deltas: [
      { id: 'a', name: 'f', arguments: '{"x"' },
      { id: 'a', name: 'f', arguments: ':1}' },
      { id: 'b', name: 'g', arguments: '{"y":2}' },
    ],
    calls: [a, b],
  },
  'the name after the id': {
    deltas: [
      { index: 0, id: 'a', arguments: '{"x"' },
      { index: 0, name: 'f' },
      { index: 0, arguments: ':1}' },
    ],
    calls: [a],
  },
  'arguments that are an object': {
    deltas: [{ id: 'a', name: 'f', arguments: { x: 1 } }],
    calls: [a],
  },
  'no arguments, in every way to say so': {
    deltas: [
      { index: 0, id: 'a', name: 'f' },
      { index: 1, id: 'b', name: 'f', arguments: null },
      { index: 2, id: 'c', name: 'f', arguments: '' },
      { index: 3, id: 'd', name: 'f', arguments: '{}' },
      { index: 4, id: 'e', name: 'f', arguments: {} },
    ],
    calls: ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, name: 'f', arguments: '{}' })),
  },
  'an empty object before the pieces of the real one': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{}' },
      { index: 0, arguments: '{"x"' },
      { index: 0, arguments: ':1}' },
    ],
    calls: [a],
  },
  'the whole arguments again at the end': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x"' },
      { index: 0, arguments: ':1}' },
      { index: 0, arguments: '{"x":1}' },
    ],
    calls: [a],
  },
  'an object that begins in the middle of the arguments': {
    deltas: [
      { index: 0, id: 'a', name: 'f', arguments: '{"x":[{}' },
      { index: 0, arguments: ',{}' },
      { index: 0, arguments: ']}' },
    ],
    calls: [{ ...a, arguments: '{"x":[{},{}]}' }],
  },
};

describe('the tracker of tool calls', () => {
  for (const [title, { deltas, calls }] of Object.entries(shapes)) {
    it(`makes whole calls of ${title}`, () => {
      const tracked = track(...deltas);
      expect(tracked.calls).toEqual(calls);
      expect(joined(tracked.parts)).toEqual(calls);
    });
  }

  it('gives id and name with the first piece of each call, and only there', () => {
    const { parts } = track(
      { index: 7, id: 'a', name: 'f', arguments: '{' },
      { index: 7, id: 'a', name: 'f', arguments: '}' },
    );
    expect(parts).toEqual([
      { type: 'toolCall', index: 0, id: 'a', name: 'f', arguments: '' },
      { type: 'toolCall', index: 0, arguments: '{}' },
    ]);
  });

  it('fails for a call that never gets a name', () => {
    expect(() => track({ index: 0, id: 'a', arguments: '{}' })).toThrow(
      expect.objectContaining({ kind: 'malformed_response' }),
    );
  });

  it('leaves what the model wrote as it is, even where it is no JSON', () => {
    expect(track({ index: 0, id: 'a', name: 'f', arguments: '{"x": tru' }).calls).toEqual([
      { id: 'a', name: 'f', arguments: '{"x": tru' },
    ]);
  });
});
