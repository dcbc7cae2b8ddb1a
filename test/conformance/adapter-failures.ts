import { expect, it } from 'vitest';
import type { FailureKind } from '../../src/errors.ts';
import { jsonAnswer, type StubRequest, startStubUpstream } from '../support/stub-upstream.ts';
import { type AdapterBench, type AdapterUnderTest, canaryKey } from './adapter-bench.ts';

/** Every way in which an upstream fails has its kind, and none tells the key. */
export function testFailures({ wire }: AdapterUnderTest, bench: AdapterBench): void {
  const { complete, stream, streamed, failureOf } = bench;
  for (const { title, status, headers, body, kind, retryAfterMs } of wire.failures) {
    it(`fails as ${kind} for ${title}`, async () => {
      bench.upstream.respond(jsonAnswer(body, status, headers));
      for (const work of [complete, stream]) {
        const failure = await failureOf(work());
        expect(failure).toMatchObject({ kind, status, retryAfterMs });
        expect(failure.message).not.toBe('');
      }
    });
  }

  for (const { title, whole, kind } of wire.errorsInside) {
    it(`fails as ${kind} for ${title} inside an answer with status 200`, async () => {
      bench.upstream.respond(jsonAnswer(whole));
      expect(await failureOf(complete())).toMatchObject({ kind });
      // Some upstreams answer the wish for a stream so, too.
      expect(await failureOf(stream())).toMatchObject({ kind });
    });
  }

  for (const { title, frames, kind } of wire.errorFrames) {
    it(`fails as ${kind} for ${title} inside a stream, before and after content`, async () => {
      bench.upstream.respond(streamed(frames));
      expect(await failureOf(stream())).toMatchObject({ kind });
      bench.upstream.respond(streamed([...(wire.openingFrames ?? []), wire.contentFrame, ...frames]));
      expect(await failureOf(stream())).toMatchObject({ kind });
    });
  }

  it('fails for statuses that no dialect defines', async () => {
    const kinds: Readonly<Record<number, FailureKind>> = {
      418: 'invalid_request',
      429: 'rate_limited',
      502: 'server_failed',
      504: 'server_failed',
    };
    for (const [status, kind] of Object.entries(kinds)) {
      bench.upstream.respond({
        status: Number(status),
        headers: { 'content-type': 'text/html' },
        body: [{ write: `<html><head><title>${status} Nothing</title></head><body>x</body></html>` }],
      });
      expect(await failureOf(complete())).toMatchObject({
        kind,
        status: Number(status),
        message: `${status} Nothing`,
      });
      expect(await failureOf(stream())).toMatchObject({ kind, status: Number(status) });
    }
  });

  it('honours Retry-After', async () => {
    bench.upstream.respond({ status: 429, headers: { 'retry-after': '7' }, body: [] });
    expect(await failureOf(complete())).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7000 });
  });

  it('follows no redirect', async () => {
    const elsewhere = await startStubUpstream();
    try {
      bench.upstream.respond({ status: 307, headers: { location: `${elsewhere.url}/steal` }, body: [] });
      expect(await failureOf(complete())).toMatchObject({
        kind: expect.stringMatching(/malformed_response|server_failed/),
        status: 307,
      });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('never tells its key, even where the upstream repeats it', async () => {
    const said = (request: StubRequest) => `the key ${canaryKey} of ${JSON.stringify(request.headers)} is wrong`;
    for (const status of [200, 400, 401, 403, 404, 429, 500]) {
      bench.upstream.respond((request) =>
        jsonAnswer({ error: { message: said(request) }, message: said(request) }, status),
      );
      await failureOf(complete());
      bench.upstream.respond((request) => jsonAnswer(said(request), status));
      await failureOf(complete());
      await failureOf(stream());
    }
  });

  it('says that an upstream cannot be reached', async () => {
    await bench.upstream.close();
    expect(await failureOf(complete())).toMatchObject({ kind: 'unreachable', status: undefined });
    expect(await failureOf(stream())).toMatchObject({ kind: 'unreachable', status: undefined });
  });

  it('says that an upstream hung up before it answered', async () => {
    bench.upstream.respond({ before: [{ reset: true }], body: [] });
    expect(await failureOf(complete())).toMatchObject({ kind: 'unreachable' });
  });
}
