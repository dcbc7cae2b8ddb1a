import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationFor, frames, model } from '../support/chat-upstream.ts';
import { proxyKinds, type ReverseProxy } from '../support/reverse-proxies.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { type StubAnswer, startStubUpstream } from '../support/stub-upstream.ts';

/** Longer than the proxies wait for a server that says nothing. */
const silenceMs = 20_000;
const patienceSeconds = 15;
/** Ten times what is promised: a guard against buffering, not a measurement. */
const firstByteMs = 2_000;

const upstream = await startStubUpstream();
let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram({ configuration: configurationFor({ acme: upstream }) });
});
afterAll(() => upstream.close());

const ask = (url: string, signal?: AbortSignal) =>
  fetch(`${url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello' }] }),
    ...(signal !== undefined && { signal }),
  });

const silent: StubAnswer = {
  headers: { 'content-type': 'text/event-stream' },
  body: [{ waitMs: silenceMs }, { write: frames.opening + frames.text('At last.') + frames.closing }],
};

for (const { name, executable, missing, start } of proxyKinds) {
  describe.skipIf(executable === undefined)(executable === undefined ? `${name} (${missing})` : name, () => {
    let proxy: ReverseProxy;
    beforeAll(async () => {
      proxy = await start(executable ?? '', program.url, patienceSeconds);
      return () => proxy[Symbol.asyncDispose]();
    });

    it(`passes the first byte on at once, and a stream whose provider is silent for ${silenceMs / 1_000} s survives`, async () => {
      upstream.respond(silent);
      const askedAt = performance.now();
      const response = await ask(proxy.url);
      expect(response.status).toBe(200);
      let text = '';
      let firstAfterMs: number | undefined;
      for await (const piece of response.body ?? []) {
        firstAfterMs ??= performance.now() - askedAt;
        text += Buffer.from(piece).toString();
      }
      expect(firstAfterMs).toBeLessThan(firstByteMs);
      expect(performance.now() - askedAt).toBeGreaterThan(silenceMs);
      expect(text.match(/^: POINTSMAN PROCESSING$/gm)?.length).toBeGreaterThanOrEqual(2);
      expect(text).toContain('At last.');
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
    }, 60_000);

    it('passes a hang-up on', async () => {
      upstream.forget();
      upstream.respond(silent);
      const abort = new AbortController();
      const response = await ask(proxy.url, abort.signal);
      await response.body?.getReader().read();
      await expect.poll(() => upstream.requests.length).toBe(1);
      abort.abort();
      await upstream.requests[0]?.closed;
    });
  });
}
