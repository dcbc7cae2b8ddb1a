import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deadlines } from '../../src/catalog.ts';
import { systemClock } from '../../src/clock.ts';
import { type FailureKind, failureKinds } from '../../src/errors.ts';
import { createProvider } from '../../src/providers/create-provider.ts';
import { cheapestFirst, collect, createRouterBench, hello } from '../support/router-bench.ts';
import { type StubAnswer, type StubUpstream, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';

let upstream: StubUpstream;
let silent: Server;
beforeAll(async () => {
  upstream = await startStubUpstream();
  // Takes connections and never says a word, so that no TLS handshake ends.
  silent = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
});
afterAll(async () => {
  await upstream.close();
  silent.close();
});

const silentPort = () => {
  const address = silent.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
const refusal = (status: number, error: object): StubAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: [{ write: JSON.stringify({ error }) }],
});
const delta = (content: string) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

interface Fixture {
  readonly answer?: StubAnswer;
  readonly baseUrl?: () => string;
  readonly deadlines?: Partial<Deadlines>;
}

/** A way in which a real socket leads to each kind. Does not compile until a new kind has one. */
const fixtures: Readonly<Record<FailureKind, Fixture>> = {
  rate_limited: { answer: refusal(429, { message: 'slow down' }) },
  overloaded: { answer: refusal(503, { message: 'too much to do' }) },
  server_failed: { answer: refusal(500, { message: 'broken' }) },
  unreachable: { baseUrl: () => 'http://127.0.0.1:9/v1' },
  connect_timeout: { baseUrl: () => `https://127.0.0.1:${silentPort()}/v1`, deadlines: { connectMs: 50 } },
  first_content_timeout: { answer: { body: [{ stall: true }] }, deadlines: { firstContentMs: 50 } },
  gap_timeout: { answer: { body: [{ write: delta('half') }, { stall: true }] }, deadlines: { gapMs: 50 } },
  total_timeout: { answer: { body: [{ write: delta('half') }, { stall: true }] }, deadlines: { totalMs: 100 } },
  malformed_response: { answer: streamAnswer(['data: <html>\n\n', 'data: [DONE]\n\n']) },
  truncated: { answer: streamAnswer([delta('half')]) },
  credentials_rejected: { answer: refusal(401, { message: 'who are you?' }) },
  provider_credits_exhausted: { answer: refusal(402, { message: 'pay first' }) },
  model_not_found: { answer: refusal(404, { message: 'no such model', code: 'model_not_found' }) },
  context_length_exceeded: { answer: refusal(400, { message: 'too long', code: 'context_length_exceeded' }) },
  unsupported_parameter: { answer: refusal(400, { message: 'no seed here', code: 'unsupported_parameter' }) },
  content_filtered: { answer: refusal(400, { message: 'not that', code: 'content_filter' }) },
  invalid_request: { answer: refusal(400, { message: 'what?' }) },
};

describe('every kind of failure', () => {
  for (const kind of failureKinds) {
    it(`${kind} comes from an upstream that really fails so`, async () => {
      const { answer, baseUrl = () => upstream.url, deadlines = {} } = fixtures[kind];
      if (answer !== undefined) upstream.respond(answer);
      const settings = {
        slug: 'a',
        dialect: 'openai-compatible',
        baseUrl: baseUrl(),
        allowPrivateNetwork: true,
      } as const;
      const provider = createProvider(settings, systemClock);
      const { router, attempts } = createRouterBench(systemClock, { a: provider }, cheapestFirst('m/m', 'a'), {
        deadlines,
      });
      const options = { generationId: 'gen-1', signal: new AbortController().signal };
      const events = await collect(router.stream({ ...hello, provider: { allowFallbacks: false } }, options));
      expect(events.at(-1)?.type).toBe('failed');
      expect(attempts[0]?.failureKind).toBe(kind);
      await provider.close();
    });
  }
});
