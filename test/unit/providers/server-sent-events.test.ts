import { describe, expect, it } from 'vitest';
import { eventJson, parseServerSentEvents, type ServerSentEvent } from '../../../src/providers/server-sent-events.ts';

async function* bodyOf(pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
}

async function batches(...pieces: (string | Uint8Array)[]): Promise<(readonly ServerSentEvent[])[]> {
  const found: (readonly ServerSentEvent[])[] = [];
  for await (const batch of parseServerSentEvents(bodyOf(pieces), { maxEventBytes: 1000 })) found.push(batch);
  return found;
}

const events = async (...pieces: (string | Uint8Array)[]) => (await batches(...pieces)).flat();

describe('the reader of server-sent events', () => {
  it('reads types, data of several lines, comments and every line end', async () => {
    expect(await events('event: ping\r\ndata: a\r\ndata:b\r\n\r\n: note\rdata:  c\r\rdata\n\n')).toEqual([
      { event: 'ping', data: 'a\nb' },
      { event: 'message', data: ' c' },
      { event: 'message', data: '' },
    ]);
  });

  it('leaves out a byte order mark, and only at the start', async () => {
    expect(await events('\ufeffdata: a\n\n', 'data: \ufeffb\n\n')).toEqual([
      { event: 'message', data: 'a' },
      { event: 'message', data: '\ufeffb' },
    ]);
  });

  it('joins characters and line ends that are split between reads', async () => {
    const bytes = new TextEncoder().encode('data: é👋\r\n\r\n');
    expect(await events(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([{ event: 'message', data: 'é👋' }]);
  });

  it('gives the events of one read as one batch, and none for a read that ended none', async () => {
    expect(await batches('data: 1\n\ndata: 2\n\nda', 'ta: 3', '\n\n: nothing\n\n', ':\n\n')).toEqual([
      [
        { event: 'message', data: '1' },
        { event: 'message', data: '2' },
      ],
      [{ event: 'message', data: '3' }],
    ]);
  });

  it('tells of fields that the standard does not know', async () => {
    expect(await events('error: {"code":1}\n\n', 'data: x\nfoo: bar\n\n')).toEqual([
      { event: 'message', data: '', unknownFields: { error: '{"code":1}' } },
      { event: 'message', data: 'x', unknownFields: { foo: 'bar' } },
    ]);
  });

  it('tells of JSON that has no field name, whole', async () => {
    const [event] = await events('{\n  "error": {\n    "code": 503\n  }\n}\n');
    expect(JSON.parse(event?.unknownFields?.[''] ?? '')).toEqual({ error: { code: 503 } });
  });

  it('is not confused by a field named like a member of every object', async () => {
    const [event] = await events('__proto__: x\nconstructor: y\n\n');
    expect(Object.entries(event?.unknownFields ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('marks what stands after the last blank line', async () => {
    expect(await events('data: 1\n\ndata: [DONE]')).toEqual([
      { event: 'message', data: '1' },
      { event: 'message', data: '[DONE]', unterminated: true },
    ]);
  });

  it('refuses a line, and an event, beyond the limit', async () => {
    await expect(events(`data: ${'x'.repeat(1200)}`)).rejects.toMatchObject({ kind: 'malformed_response' });
    await expect(events('data: xxxxx\n'.repeat(200))).rejects.toMatchObject({ kind: 'malformed_response' });
    await expect(events('data: xxxxx\n\n'.repeat(200))).resolves.toHaveLength(200);
  });

  it('looks at a long line once, in however many reads it comes', async () => {
    const count = 20_000;
    const piece = new TextEncoder().encode('x'.repeat(500));
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('data: ');
      for (let index = 0; index < count; index += 1) yield piece;
      yield new TextEncoder().encode('\n\n');
    }
    for await (const [event] of parseServerSentEvents(endless())) expect(event?.data.length).toBe(500 * count);
  });

  it('takes data that are no JSON for a cut only where the event was cut', () => {
    expect(eventJson({ event: 'message', data: '{"a":1}', unterminated: true })).toEqual({ a: 1 });
    expect(() => eventJson({ event: 'message', data: '{"a"', unterminated: true })).toThrow(
      expect.objectContaining({ kind: 'truncated' }),
    );
    expect(() => eventJson({ event: 'message', data: '{"a"' })).toThrow(
      expect.objectContaining({ kind: 'malformed_response' }),
    );
  });
});
