import { describe, expect, it } from 'vitest';
import { parseJsonLines } from '../../../src/providers/json-lines.ts';

async function batches(...pieces: string[]): Promise<(readonly unknown[])[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield new TextEncoder().encode(piece);
  }
  const found: (readonly unknown[])[] = [];
  for await (const batch of parseJsonLines(body(), { maxLineBytes: 100 })) found.push(batch);
  return found;
}

describe('the reader of JSON lines', () => {
  it('gives the values of one read as one batch', async () => {
    expect(await batches('{"a":1}\n\r\n{"a":2}\r\n{"a"', ':3}\n', '\n')).toEqual([[{ a: 1 }, { a: 2 }], [{ a: 3 }]]);
  });

  it('reads a last line without an end', async () => {
    expect(await batches('{"a":1}\n{"b":2}')).toEqual([[{ a: 1 }], [{ b: 2 }]]);
  });

  it('takes a last line that is no JSON for a cut, and any other for garbage', async () => {
    await expect(batches('{"a":1}\n{"b"')).rejects.toMatchObject({ kind: 'truncated' });
    await expect(batches('{"a"\n{"b":1}\n')).rejects.toMatchObject({ kind: 'malformed_response' });
  });

  it('refuses a line beyond the limit', async () => {
    await expect(batches(`"${'x'.repeat(60)}`, 'x'.repeat(60))).rejects.toMatchObject({ kind: 'malformed_response' });
  });
});
