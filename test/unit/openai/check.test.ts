import { expect, it } from 'vitest';
import { z } from 'zod';
import { chatBody } from '../../../src/openai/chat/request-body.ts';
import { atMostEntries, listedText, parsed } from '../../../src/openai/check.ts';
import { messagesBody } from '../../../src/openai/messages/request.ts';
import { responsesBody } from '../../../src/openai/responses/request-body.ts';

it('looks no further in a list than to the first item that does not fit', () => {
  let looks = 0;
  const item = z.preprocess((value) => {
    looks += 1;
    return value;
  }, listedText(1));
  const body = z.object({ names: z.array(item) });
  expect(() => parsed(body, { names: ['a', '', ...Array(1_000).fill('')] })).toThrow('`names[1]`');
  expect(looks).toBe(2);
});

it('looks at no entry of a record that has too many', () => {
  const record = atMostEntries(2, z.record(z.string(), z.string()));
  expect(parsed(record, { a: 'x', b: 'y' })).toEqual({ a: 'x', b: 'y' });
  expect(() => parsed(z.object({ record }), { record: { a: 1, b: 2, c: 3 } })).toThrow('`record`: has 3 entries');
});

/** Issues are what costs: some microseconds each, in which nobody else is served. */
it.each([
  ['chat/completions', chatBody, { messages: [{ role: 'user', content: '' }] }],
  ['messages', messagesBody, { messages: [{ role: 'user', content: '' }] }],
  ['responses', responsesBody, { input: 'x' }],
] as const)('finds few faults in a body of POST /%s however many it has', (_, schema, least) => {
  const context: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true };
  const many = <Item>(item: Item) => Array(1_000).fill(item);
  const names = Object.keys(schema.shape);
  for (const bad of [many(''), many({}), many({ type: 'function' }), many(7), many(null), many([[]])]) {
    for (const name of names) {
      const { error } = schema.safeParse({ ...least, [name]: bad }, context);
      expect(JSON.stringify(error?.issues ?? []).length, name).toBeLessThan(5_000);
    }
  }
});
