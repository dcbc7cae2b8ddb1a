import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { completeDocument, readStream, type SeenEvent } from '../support/callers.ts';
import { configurationFor, frames, heldStream, model } from '../support/chat-upstream.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

const directory = await mkdtemp(join(tmpdir(), 'pointsman-idempotency-'));
const databaseUrl = join(directory, 'pointsman.db');
const ledger = await openLedger(databaseUrl);
afterAll(async () => {
  await ledger[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const start = (upstream: StubUpstream) =>
  startProgram({
    configuration: configurationFor({ acme: upstream }),
    environment: { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key' },
  });
const variables = (idempotencyKey: string) => ({
  input: { model, messages: [{ role: 'USER', content: 'Hello!' }], idempotencyKey },
});
const speaker = (program: RunningProgram, headers: object) => ({
  post: (query: string, asked: object, more: Readonly<Record<string, string>> = {}) =>
    program.post({ query, variables: asked }, { ...headers, ...more }),
});
const textOf = (events: readonly SeenEvent[]) => events.map(({ text = '' }) => text).join('');

it('a request that is sent twice over two connections is asked once, answered twice and billed once', async () => {
  const upstream = await startStubUpstream();
  const held = heldStream('one ', 'two');
  upstream.respond(held.answer);
  const { id, headers } = await ledger.makeKey({ limitNano: 1_000_000_000 });
  await using program = await start(upstream);
  const answers = [1, 2].map(() => readStream(speaker(program, headers), variables('twice')));
  await upstream.nextRequest();
  held.release();
  const [first = [], second = []] = await Promise.all(answers);
  const late = await readStream(speaker(program, headers), variables('twice'));

  expect([first, second, late].map(textOf)).toEqual(['one two', 'one two', 'one two']);
  const ids = new Set([...first, ...second, ...late].map(({ generationId }) => generationId));
  expect(ids.size).toBe(1);
  expect(upstream.requests).toHaveLength(1);
  const record = await ledger.ended([...ids][0] ?? '');
  expect(await ledger.store.generations.count('everyone', { keyId: id })).toBe(1);
  expect(await ledger.store.caps.get(`limit:${id}`)).toMatchObject({ reservedNano: 0, spentNano: record.costNano });
  await upstream.close();
});

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'after an end by %s a request that was served before is not sent again, and the error names its generation',
  async (signal) => {
    const upstream = await startStubUpstream();
    upstream.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: [{ write: frames.opening + frames.text('one') + frames.closing }],
    });
    const { id, headers } = await ledger.makeKey({ limitNano: 1_000_000_000 });
    const before = await start(upstream);
    const [{ generationId = '' } = {}] = await readStream(speaker(before, headers), variables(`before-${signal}`));
    const { costNano } = await ledger.ended(generationId);
    await before.stop(signal);

    await using after = await start(upstream);
    const events = await readStream(speaker(after, headers), variables(`before-${signal}`));
    expect(events.map(({ __typename }) => __typename)).toEqual(['CompletionAccepted', 'CompletionFailed']);
    expect(events.at(-1)?.error).toMatchObject({ __typename: 'IdempotencyConflict' });
    expect(events.at(-1)?.error?.message).toContain(generationId);
    const whole = await speaker(after, headers).post(completeDocument, variables(`before-${signal}`));
    expect(await whole.json()).toMatchObject({
      data: {
        createChatCompletion: { __typename: 'IdempotencyConflict', message: expect.stringContaining(generationId) },
      },
    });
    const changed = { input: { ...variables(`before-${signal}`).input, maxTokens: 7 } };
    const other = await readStream(speaker(after, headers), changed);
    expect(other.at(-1)?.error?.__typename).toBe('IdempotencyConflict');

    expect(upstream.requests).toHaveLength(1);
    expect(await ledger.store.generations.count('everyone', { keyId: id })).toBe(1);
    expect(await ledger.store.caps.get(`limit:${id}`)).toMatchObject({ reservedNano: 0, spentNano: costNano });
    await upstream.close();
  },
);
