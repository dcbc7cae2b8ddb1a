import { expect, it } from 'vitest';
import type { StreamPart } from '../../src/chat.ts';
import { answerOf } from '../../src/providers/answer.ts';
import { byteByByte, gzipped, jsonAnswer, stoppedAfter } from '../support/stub-upstream.ts';
import type { AdapterBench, AdapterUnderTest, RecordedAnswer } from './adapter-bench.ts';

/** Answers say what they say, whole or streamed, however they are cut; and what is cut short is no answer. */
export function testAnswers({ wire }: AdapterUnderTest, bench: AdapterBench): void {
  const { call, complete, stream, streamed, failureOf } = bench;
  const signal = new AbortController().signal;
  const answers: Readonly<Record<string, RecordedAnswer>> = {
    text: wire.text,
    'a tool call': wire.tool,
    'parallel tool calls': wire.parallelTools,
    ...(wire.reasoning === undefined ? {} : { reasoning: wire.reasoning }),
    ...wire.others,
  };

  for (const [title, recorded] of Object.entries(answers)) {
    it(`reads ${title}, whole`, async () => {
      bench.upstream.respond(jsonAnswer(recorded.whole));
      expect(await complete()).toEqual(recorded.answer);
    });

    it(`reads ${title}, streamed, and it says the same`, async () => {
      bench.upstream.respond(streamed(recorded.frames));
      const parts = await stream();
      expect(answerOf(parts)).toEqual(recorded.answer);
      expect(parts.filter((part) => part.type === 'finish')).toHaveLength(1);
      expect(parts.filter((part) => part.type === 'usage').length).toBeLessThanOrEqual(1);
      const begun = new Set<number>();
      for (const part of parts) {
        if (part.type !== 'toolCall') continue;
        if (!begun.has(part.index)) expect(part).toMatchObject({ id: expect.any(String), name: expect.any(String) });
        begun.add(part.index);
      }
      expect([...begun]).toEqual([...begun.keys()].map((_, index) => index));
    });

    it(`reads ${title} in the same parts when each byte comes by itself`, async () => {
      bench.upstream.respond(streamed(recorded.frames));
      const parts = await stream();
      bench.upstream.respond(byteByByte(streamed(recorded.frames)));
      expect(await stream()).toEqual(parts);
    });
  }

  it('reads answers that are compressed against its wish', async () => {
    bench.upstream.respond(gzipped(jsonAnswer(wire.text.whole)));
    expect(await complete()).toEqual(wire.text.answer);
    bench.upstream.respond(gzipped(streamed(wire.text.frames)));
    expect(answerOf(await stream())).toEqual(wire.text.answer);
  });

  it('passes on that a limit is used up, whole or streamed', async () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2s' };
    const told: (number | undefined)[] = [];
    const watched = { ...call, onQuotaUsedUp: (resetMs: number | undefined) => told.push(resetMs) };
    const whole = jsonAnswer(wire.text.whole);
    bench.upstream.respond({ ...whole, headers: { ...whole.headers, ...headers } });
    await bench.provider.complete(watched, signal);
    const frames = streamed(wire.text.frames);
    bench.upstream.respond({ ...frames, headers: { ...frames.headers, ...headers } });
    for await (const _ of bench.provider.stream(watched, signal));
    expect(told).toEqual([2_000, 2_000]);
  });

  it('yields nothing for keep-alives', async () => {
    bench.upstream.respond(streamed(wire.text.frames.flatMap((frame) => [...wire.keepAlives, frame])));
    expect(answerOf(await stream())).toEqual(wire.text.answer);
    const [first = ''] = wire.text.frames;
    bench.upstream.respond({
      ...streamed([...wire.keepAlives, first]),
      body: [...streamed(wire.keepAlives).body, { drop: true }],
    });
    const batches: (readonly StreamPart[])[] = [];
    const work = async () => {
      for await (const batch of bench.provider.stream(call, signal)) batches.push(batch);
    };
    expect(await failureOf(work())).toMatchObject({ kind: 'truncated' });
    expect(batches.flat()).toEqual([]);
  });

  it('never takes a stream that breaks off for a whole answer', async () => {
    const answer = streamed(wire.text.frames);
    const total = Buffer.byteLength(wire.text.frames.join(''));
    const lastFrame = total - Buffer.byteLength(wire.text.frames.at(-1) ?? '');
    for (const bytes of offsets(wire.text.frames, lastFrame)) {
      bench.upstream.respond(stoppedAfter(answer, bytes, bytes % 2 === 0 ? { drop: true } : { reset: true }));
      expect(await failureOf(stream()), `broken after ${bytes} bytes`).toMatchObject({ kind: 'truncated' });
    }
  });

  it('never takes a stream that ends too early for a whole answer', async () => {
    const answer = streamed(wire.text.frames);
    const needed = wire.text.frames
      .slice(0, wire.text.frames.length - wire.optionalFrames)
      .join('')
      .trimEnd();
    for (const bytes of offsets(wire.text.frames, Buffer.byteLength(needed) - 1)) {
      bench.upstream.respond(stoppedAfter(answer, bytes));
      expect(await failureOf(stream()), `ended after ${bytes} bytes`).toMatchObject({ kind: 'truncated' });
    }
  });

  it('delivers what came before a break', async () => {
    const text = [...(wire.openingFrames ?? []), wire.contentFrame];
    bench.upstream.respond({ ...streamed(text), body: [...streamed(text).body, { waitMs: 20 }, { drop: true }] });
    const parts: StreamPart[] = [];
    const work = async () => {
      for await (const batch of bench.provider.stream(call, signal)) parts.push(...batch);
    };
    expect(await failureOf(work())).toMatchObject({ kind: 'truncated' });
    expect(parts).not.toEqual([]);
  });

  it('fails for an answer that breaks off or is garbage', async () => {
    const whole = jsonAnswer(wire.text.whole);
    const { length } = JSON.stringify(wire.text.whole);
    bench.upstream.respond(stoppedAfter(whole, length - 5, { drop: true }));
    expect(await failureOf(complete())).toMatchObject({ kind: 'truncated' });
    for (const garbage of ['', '{"a":', '<html><body>Welcome</body></html>', '[]', 'null', '42', '{}']) {
      bench.upstream.respond(jsonAnswer(garbage));
      expect(await failureOf(complete()), garbage).toMatchObject({
        kind: expect.stringMatching(/malformed|truncated/),
      });
      bench.upstream.respond(streamed([garbage]));
      expect(await failureOf(stream()), garbage).toMatchObject({
        kind: expect.stringMatching(/malformed|truncated/),
      });
    }
    bench.upstream.respond({ raw: true, body: [{ write: 'this is no HTTP\r\n\r\n' }] });
    expect(await failureOf(complete())).toMatchObject({ kind: 'malformed_response' });
  });

  it('fails for a line without an end before it fills the memory', async () => {
    bench.upstream.respond({ ...streamed([]), body: [{ write: 'data: ' }, { repeat: 'x'.repeat(65_536) }] });
    expect(await failureOf(stream())).toMatchObject({ kind: 'malformed_response' });
    await (await bench.upstream.nextRequest()).closed;
  });

  it('reads no more than the start of an error without an end', async () => {
    bench.upstream.respond({ status: 500, headers: {}, body: [{ repeat: 'x'.repeat(65_536) }] });
    expect(await failureOf(complete())).toMatchObject({ kind: 'server_failed', status: 500 });
    await (await bench.upstream.nextRequest()).closed;
  });
}

/** Every event boundary, and every seventh byte, below `end`. */
function offsets(frames: readonly string[], end: number): number[] {
  const found = new Set<number>();
  let boundary = 0;
  for (const frame of frames) {
    found.add(boundary);
    boundary += Buffer.byteLength(frame);
  }
  for (let offset = 0; offset < end; offset += 7) found.add(offset);
  return [...found].filter((offset) => offset <= end).sort((a, b) => a - b);
}
