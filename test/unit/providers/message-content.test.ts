import { expect, it } from 'vitest';
import type { Message } from '../../../src/chat.ts';
import {
  argumentsObject,
  calledFunction,
  parseObject,
  partsOf,
  textOf,
} from '../../../src/providers/message-content.ts';

it('writes the name of a participant in front, but not that of a tool', () => {
  expect(partsOf({ role: 'user', name: 'Ada', content: 'Hello' })).toEqual([{ type: 'text', text: 'Ada: Hello' }]);
  expect(partsOf({ role: 'tool', name: 'now', content: 'noon' })).toEqual([{ type: 'text', text: 'noon' }]);
  const image = { type: 'image', url: 'https://example.com/a.png' } as const;
  expect(partsOf({ role: 'user', name: 'Ada', content: [image] })).toEqual([{ type: 'text', text: 'Ada:' }, image]);
});

it('leaves empty texts out', () => {
  expect(partsOf({ role: 'assistant' })).toEqual([]);
  expect(partsOf({ role: 'assistant', content: '' })).toEqual([]);
});

it('joins texts, and refuses what is none where only text can stand', () => {
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ] as const;
  expect(textOf({ role: 'system', content: parts }, 'Acme')).toBe('ab');
  const image = { type: 'image', url: 'https://example.com/a.png' } as const;
  expect(() => textOf({ role: 'system', content: [image] }, 'Acme')).toThrow(
    'Acme takes no image parts in system messages',
  );
});

it('finds the function that a result answers, the last call with that id before it', () => {
  const call = (name: string): Message => ({ role: 'assistant', toolCalls: [{ id: 'call_0', name, arguments: '' }] });
  const answer: Message = { role: 'tool', toolCallId: 'call_0', content: '' };
  const second: Message = { ...answer };
  const messages = [call('first'), answer, call('second'), second, call('third')];
  expect(calledFunction(messages, answer)).toBe('first');
  expect(calledFunction(messages, second)).toBe('second');
  const stray: Message = { role: 'tool', toolCallId: 'x', name: 'named', content: '' };
  expect(calledFunction([stray], stray)).toBe('named');
});

it('makes an object of any arguments', () => {
  expect(argumentsObject(' ')).toEqual({});
  expect(argumentsObject('{"a":[1]}')).toEqual({ a: [1] });
  expect(argumentsObject('[1]')).toEqual({ INVALID_JSON: '[1]' });
  expect(parseObject('{"a":')).toBeUndefined();
  expect(parseObject('"a"')).toBeUndefined();
});
