import { describe, expect, it } from 'vitest';
import { jsonAnswer, type StubAnswer, type StubRequest } from '../support/stub-upstream.ts';
import { type AdapterBench, type AdapterUnderTest, canaryKey } from './adapter-bench.ts';

const usualHeaders = [
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'user-agent',
];

/** Requests hold what was asked for; connections end when their reader leaves, wait when it waits, and are used again. */
export function testConnections({ wire }: AdapterUnderTest, bench: AdapterBench): void {
  const { call, complete, stream, streamed } = bench;
  describe('closes the upstream connection at once when it is aborted', () => {
    const contentThen = (...then: StubAnswer['body']): StubAnswer => {
      const answer = streamed([...(wire.openingFrames ?? []), wire.contentFrame]);
      return { ...answer, body: [...answer.body, ...then] };
    };
    const phases: Readonly<Record<string, StubAnswer>> = {
      'before the headers': { before: [{ stall: true }], body: [] },
      'before the first event': { ...streamed([]), body: [{ stall: true }] },
      'in the middle of the body': contentThen({ stall: true }),
      'while the upstream writes without end': contentThen({ repeat: wire.contentFrame }),
    };
    for (const [phase, answer] of Object.entries(phases)) {
      for (const [way, work] of Object.entries({ complete, stream })) {
        it(`${phase}, in ${way}`, async () => {
          bench.upstream.respond(answer);
          const abort = new AbortController();
          const reason = new Error('the caller has left');
          const outcome = work(abort.signal).then(
            () => 'succeeded',
            (error: unknown) => error,
          );
          const request = await bench.upstream.nextRequest();
          await new Promise((resolve) => setTimeout(resolve, 20));
          abort.abort(reason);
          expect(await outcome).toBe(reason);
          await request.closed;
        });
      }
    }

    it('before the connection, and then asks nothing', async () => {
      const reason = new Error('the caller has left');
      for (const work of [complete, stream]) {
        await expect(work(AbortSignal.abort(reason))).rejects.toBe(reason);
        const abort = new AbortController();
        const outcome = work(abort.signal).catch((error: unknown) => error);
        abort.abort(reason);
        expect(await outcome).toBe(reason);
      }
      expect(bench.upstream.requests).toEqual([]);
    });
  });

  it('lets a slow reader slow the upstream', async () => {
    const answer = streamed([...(wire.openingFrames ?? [])]);
    bench.upstream.respond({ ...answer, body: [...answer.body, { repeat: wire.contentFrame.repeat(100) }] });
    const abort = new AbortController();
    const reader = bench.provider.stream(call, abort.signal)[Symbol.asyncIterator]();
    await reader.next();
    const request = await bench.upstream.nextRequest();
    const paused = await standstill(request);
    // What the two kernels' socket buffers take, with room to spare.
    expect(paused).toBeLessThan(48 * 1024 * 1024);
    while (request.bytesWritten() === paused) await reader.next();
    abort.abort(new Error('enough'));
    await request.closed;
  });

  it('sends what the caller asked for, and nothing else', async () => {
    const { minimalRequest } = wire;
    bench.upstream.respond(jsonAnswer(wire.text.whole));
    await complete();
    bench.upstream.respond(streamed(wire.text.frames));
    await stream();
    const [whole, streaming] = bench.upstream.requests;
    for (const [request, expected] of [
      [whole, minimalRequest.whole] as const,
      [streaming, minimalRequest.stream] as const,
    ]) {
      expect({ url: request?.url, json: request?.json }).toEqual(expected);
      expect(request?.url).not.toContain(canaryKey);
      expect(Object.keys(request?.headers ?? {}).sort()).toEqual([...usualHeaders, ...minimalRequest.headers].sort());
      expect(request?.headers).toMatchObject({ 'content-type': 'application/json', 'accept-encoding': 'identity' });
    }
  });

  it('uses a connection again', async () => {
    bench.upstream.respond(streamed(wire.text.frames));
    for (let times = 0; times < 5; times += 1) {
      await stream();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(bench.upstream.connections()).toBe(1);
  });
}

/** How much an upstream has written when it writes no more. */
async function standstill(request: StubRequest): Promise<number> {
  let written = -1;
  for (let calm = 0; calm < 5; calm += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (request.bytesWritten() !== written) calm = 0;
    written = request.bytesWritten();
    if (written > 256 * 1024 * 1024) break;
  }
  return written;
}
