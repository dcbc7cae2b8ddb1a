import { expect, it } from 'vitest';
import { parseJsonObjects } from '../../../src/providers/json-objects.ts';

async function objectsOf(text: string, pieceBytes: number): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(text);
  const found: unknown[] = [];
  for await (const batch of parseJsonObjects(pieces(bytes, pieceBytes))) found.push(...batch);
  return found;
}
async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const list = '[{\n "a": {"b": "}{\\"]"}\n}\n,\r\n{"c": "ü😀\\\\"}]\n';

it.each([1, 2, 3, 7, 1000])('finds the objects of a list in pieces of %i bytes', async (size) => {
  expect(await objectsOf(list, size)).toEqual([{ a: { b: '}{"]' } }, { c: 'ü😀\\' }]);
});

it('takes a lone object, and an empty list', async () => {
  expect(await objectsOf('{"a":1}', 2)).toEqual([{ a: 1 }]);
  expect(await objectsOf('[]', 1)).toEqual([]);
});

it('is truncated where an object is', async () => {
  await expect(objectsOf(list.slice(0, -4), 5)).rejects.toMatchObject({ kind: 'truncated' });
});

it('refuses what is no JSON', async () => {
  await expect(objectsOf('[{a: 1}]', 100)).rejects.toMatchObject({ kind: 'malformed_response' });
});
