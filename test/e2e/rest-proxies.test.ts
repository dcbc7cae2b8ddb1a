import { afterAll, beforeAll, it } from 'vitest';
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

const ask = (url: string, content: string, signal?: AbortSignal) =>
  fetch(`${url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content }] }),
    ...(signal !== undefined && { signal }),
  });

const silent: StubAnswer = {
  headers: { 'content-type': 'text/event-stream' },
  body: [{ waitMs: silenceMs }, { write: frames.opening + frames.text('At last.') + frames.closing }],
};

upstream.respond(silent);

const installed = proxyKinds.filter(({ executable }) => executable !== undefined);
const proxies = new Map<string, ReverseProxy>();
beforeAll(async () => {
  for (const { name, executable = '', start } of installed) {
    proxies.set(name, await start(executable, program.url, patienceSeconds));
  }
});
afterAll(() => Promise.all([...proxies.values()].map((proxy) => proxy[Symbol.asyncDispose]())));

// All at once, since each does little but wait.
for (const { name, executable, missing } of proxyKinds) {
  const test = it.skipIf(executable === undefined);
  const subject = executable === undefined ? `${name} (${missing})` : name;
  const url = () => proxies.get(name)?.url ?? '';

  test(`${subject} passes the first byte on at once, and a stream whose provider is silent for ${silenceMs / 1_000} s survives`, {
    concurrent: true,
  }, async ({ expect }) => {
    const askedAt = performance.now();
    const response = await ask(url(), `A question through ${name}`);
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
  });

  test(`${subject} passes a hang-up on`, { concurrent: true }, async ({ expect }) => {
    const question = `A question through ${name}, not waited for`;
    const calls = () => upstream.requests.filter(({ text }) => text.includes(question));
    const abort = new AbortController();
    const response = await ask(url(), question, abort.signal);
    await response.body?.getReader().read();
    await expect.poll(() => calls().length).toBe(1);
    abort.abort();
    await calls()[0]?.closed;
  });
}
