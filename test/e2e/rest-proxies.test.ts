import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamDocument } from '../support/callers.ts';
import { configurationFor, frames } from '../support/chat-upstream.ts';
import { proxyKinds, type ReverseProxy } from '../support/reverse-proxies.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { type Action, type StubAnswer, type StubRequest, startStubUpstream } from '../support/stub-upstream.ts';

/** Four times as long as the proxies wait for a server that says nothing. */
const silenceMs = 60_000;
const patienceSeconds = 15;
/** What is promised of the first byte. The fastest of so many tries has to keep it: the others may meet a busy machine. */
const firstByteMs = 200;
const tries = 5;

/** What is measured of an endpoint may shorten its deadlines, so that the long silence has a model for itself. */
const models = { slow: 'acme/slow', prompt: 'acme/prompt' } as const;

/** The two streams over server-sent events, and what keeps each open. */
const faces = [
  {
    face: 'REST',
    path: '/api/v1/chat/completions',
    body: (model: string, content: string) => ({ model, stream: true, messages: [{ role: 'user', content }] }),
    keepAlive: /^: POINTSMAN PROCESSING$/gm,
    end: /data: \[DONE\]\n\n$/,
  },
  {
    face: 'GraphQL',
    path: '/graphql',
    body: (model: string, content: string) => ({
      query: streamDocument,
      variables: { input: { model, messages: [{ role: 'USER', content }] } },
    }),
    keepAlive: /^:$/gm,
    end: /event: complete\ndata:\n\n$/,
  },
] as const;

/** How the upstream answers each question. */
const answers = new Map<string, StubAnswer>();
const questionOf = ({ json }: StubRequest) => (json as { messages: [{ content: string }] }).messages[0].content;
const requestsOf = (question: string) => upstream.requests.filter((request) => questionOf(request) === question);

const upstream = await startStubUpstream();
upstream.respond((request) => answers.get(questionOf(request)) ?? { status: 500, body: [] });
let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram({ configuration: configurationFor({ acme: upstream }, {}, Object.values(models)) });
});
afterAll(() => upstream.close());

/** Says nothing but its headers until then, and then all. */
const sayingAfter = (silence: Action): StubAnswer => ({
  headers: { 'content-type': 'text/event-stream' },
  body: [silence, { write: frames.opening + frames.text('At last.') + frames.closing }],
});

for (const { name, executable, missing, start } of proxyKinds) {
  const title = executable === undefined ? `${name} (${missing})` : name;
  // All silences at the same time.
  describe.skipIf(executable === undefined).concurrent(title, () => {
    let proxy: ReverseProxy;
    beforeAll(async () => {
      proxy = await start(executable ?? '', program.url, patienceSeconds);
      return () => proxy[Symbol.asyncDispose]();
    });

    for (const { face, path, body, keepAlive, end } of faces) {
      const ask = (model: string, question: string, signal?: AbortSignal) =>
        fetch(`${proxy.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify(body(model, question)),
          ...(signal !== undefined && { signal }),
        });

      it(`carries a stream over ${face} whose provider is silent for ${silenceMs / 1_000} s`, async () => {
        const question = `silence, ${name}, ${face}`;
        answers.set(question, sayingAfter({ waitMs: silenceMs }));
        const askedAt = performance.now();
        const response = await ask(models.slow, question);
        expect(response.status).toBe(200);
        const text = await response.text();
        expect(performance.now() - askedAt).toBeGreaterThan(silenceMs);
        expect(text.match(keepAlive)?.length).toBeGreaterThanOrEqual(Math.floor(silenceMs / 1_000 / patienceSeconds));
        expect(text).toContain('At last.');
        expect(text).toMatch(end);
        expect(requestsOf(question)).toHaveLength(1);
      }, 120_000);

      it(`passes the first byte over ${face} on within ${firstByteMs} ms, while the provider is silent`, async ({
        annotate,
      }) => {
        const waits: number[] = [];
        for (let attempt = 0; attempt < tries; attempt += 1) {
          const question = `first byte ${attempt}, ${name}, ${face}`;
          const { promise: seen, resolve: see } = Promise.withResolvers<void>();
          answers.set(question, sayingAfter({ until: seen }));
          const askedAt = performance.now();
          const response = await ask(models.prompt, question);
          let text = '';
          // Without a first byte the provider stays silent, and the test ends in its timeout.
          for await (const piece of response.body ?? []) {
            if (text === '') waits.push(performance.now() - askedAt);
            see();
            text += Buffer.from(piece).toString();
          }
          expect(text).toContain('At last.');
        }
        await annotate(`the first byte through ${name} over ${face} came after ${waits.map(Math.round).join(', ')} ms`);
        expect(waits).toHaveLength(tries);
        expect(Math.min(...waits)).toBeLessThan(firstByteMs);
      });

      it(`passes a hang-up over ${face} on`, async () => {
        const question = `hang-up, ${name}, ${face}`;
        answers.set(question, sayingAfter({ stall: true }));
        const abort = new AbortController();
        const response = await ask(models.prompt, question, abort.signal);
        await response.body?.getReader().read();
        await expect.poll(() => requestsOf(question).length).toBe(1);
        abort.abort();
        await requestsOf(question)[0]?.closed;
      });
    }
  });
}
