import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerSentEvents } from '../../src/providers/server-sent-events.ts';

const line = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'data',
    'data:',
    'data: ',
    'data: x',
    'data:  two spaces',
    ': comment',
    'event: ping',
    'event:',
    'id: 1',
    'retry: 5',
  ),
  fc.constantFrom(
    'data: {"a":"ü 👋"}',
    'dat',
    'data : no field',
    'foo: bar',
    'event: ä',
    'Data: not one',
    ' data: nor this',
    ':',
  ),
  fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
);
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\r');
const body = fc
  .array(fc.tuple(line, lineEnd), { maxLength: 30 })
  .map((lines) => lines.map(([text, end]) => text + end).join(''));

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** By the standard: without what differs on purpose. */
async function ours(text: string, cuts: readonly number[]): Promise<{ event: string; data: string }[]> {
  const events: { event: string; data: string }[] = [];
  for await (const batch of parseServerSentEvents(pieces(new TextEncoder().encode(text), cuts))) {
    for (const { event, data, unknownFields, unterminated } of batch) {
      if (unterminated !== true && !(unknownFields !== undefined && data === '')) events.push({ event, data });
    }
  }
  return events;
}

function theirs(text: string): { event: string; data: string }[] {
  const events: { event: string; data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event: event || 'message', data }) });
  parser.feed(text);
  // It waits to see whether a carriage return at the end is half of a line end.
  if (text.endsWith('\r')) parser.feed('\n');
  return events;
}

describe('the reader of server-sent events', () => {
  it('reads what another reader of the standard does, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.nat(4000), { maxLength: 12 }), async (text, cuts) => {
        const known = theirs(text).filter(({ data }) => data !== '');
        const read = (await ours(text, cuts)).filter(({ data }) => data !== '');
        expect(read).toEqual(known);
      }),
      { numRuns: 1500 },
    );
  });

  it('reads the same events when every byte comes by itself', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { length } = new TextEncoder().encode(text);
        expect(await ours(text, [...Array(length).keys()])).toEqual(await ours(text, []));
      }),
      { numRuns: 300 },
    );
  });

  it('reads any bytes without failing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.nat(400), { maxLength: 5 }),
        async (bytes, cuts) => {
          for await (const batch of parseServerSentEvents(pieces(bytes, cuts))) expect(batch.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
