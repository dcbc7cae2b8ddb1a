import { afterAll, describe, expect, it } from 'vitest';
import { AllAttemptsFailed, Cancelled } from '../../src/errors.ts';
import { postBare } from '../support/callers.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';
import { createStubGenerations } from '../support/stub-generations.ts';

const catalog = createSmallCatalog();
const generations = createStubGenerations();
const clock = createManualClock();
const running = await startServer({ generations, clock, catalog: () => catalog });
afterAll(() => running[Symbol.asyncDispose]());

const path = '/api/v1/chat/completions';
const request = { messages: [{ role: 'user', content: 'Hello' }], stream: true };
const accepted = { type: 'accepted' } as const;
const comment = ': POINTSMAN PROCESSING\n';

async function began() {
  const { socket, text } = postBare(running, path, request);
  const generation = await generations.next();
  const seen = (pattern: RegExp | string) => expect.poll(text).toMatch(pattern);
  return { socket, text, generation, seen };
}

describe('a stream over REST', () => {
  it('says something at once, before the first token, and every 10 seconds, each time with one newline', async () => {
    const { socket, text, generation, seen } = await began();
    generation.push(accepted);
    await clock.advance(100);
    await seen(comment);
    expect(text()).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(text().toLowerCase()).toContain('cache-control: no-cache, no-transform\r\n');
    expect(text().toLowerCase()).toContain('x-accel-buffering: no\r\n');
    expect(text()).toMatch(/x-generation-id: gen-/);
    await clock.advance(10_000);
    await expect.poll(() => text().split(comment)).toHaveLength(3);
    await clock.advance(10_000);
    await expect.poll(() => text().split(comment)).toHaveLength(4);
    expect(text()).not.toContain(`${comment}\n`);
    socket.destroy();
    await generation.hungUp;
  });

  it('that fails before anything was said has a status of its own', async () => {
    const { text, generation, seen } = await began();
    const error = new AllAttemptsFailed('It is down.', { attempts: [], retryable: true });
    generation.push(accepted);
    generation.push({ type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: [] });
    await seen('It is down.');
    expect(text()).toMatch(/^HTTP\/1.1 502 /);
    expect(text()).toContain('"error_type":"provider_unavailable"');
  });

  it('that fails later ends with the error, and what it cost, as a chunk', async () => {
    const { text, generation, seen } = await began();
    const { model, endpoint, usage, cost } = completionBy(catalog, 'birch/reader@quarry');
    generation.push(accepted);
    generation.push({ type: 'started', model, endpoint, attempts: [] });
    generation.push({ type: 'text', text: 'Half' });
    await seen('Half');
    const error = new AllAttemptsFailed('It broke.', { attempts: [], retryable: true });
    generation.push({ type: 'failed', error, partial: { content: 'Half', toolCalls: [] }, attempts: [], usage, cost });
    generation.end();
    await seen('[DONE]');
    const chunks = [...text().matchAll(/^data: (\{.*\})\r?$/gm)].map(([, chunk]) => JSON.parse(chunk ?? ''));
    expect(chunks.at(-1)).toMatchObject({
      error: { code: 502, message: 'It broke.', metadata: { error_type: 'provider_unavailable' } },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      usage: { total_tokens: usage.totalTokens, cost: Number(cost) },
    });
  });

  it('that was cancelled ends its connection without a last word', async () => {
    const { socket, text, generation, seen } = await began();
    const { model, endpoint } = completionBy(catalog, 'birch/reader@quarry');
    generation.push(accepted);
    generation.push({ type: 'started', model, endpoint, attempts: [] });
    await seen('"role":"assistant"');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const error = new Cancelled('It was cancelled.');
    generation.push({ type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: [] });
    await closed;
    expect(text()).not.toContain('[DONE]');
    expect(text()).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});
