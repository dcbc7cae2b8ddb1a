import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { completeDocument, readStream } from '../support/callers.ts';
import { configurationFor, heldStream, model, saying } from '../support/chat-upstream.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { startPausableProxy } from '../support/pausable-proxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const postgres = await startPostgres();
const upstream = await startStubUpstream();
const directory = await mkdtemp(join(tmpdir(), 'pointsman-outage-'));
afterAll(async () => {
  await Promise.all([postgres.stop(), upstream.close()]);
  await rm(directory, { recursive: true, force: true });
});

const variables = { input: { model, messages: [{ role: 'USER', content: 'Hello!' }] } };
const wholeDocument = completeDocument.replace('ChatCompletion { content', 'ChatCompletion { generationId content');

interface Told {
  readonly __typename: string;
  readonly generationId?: string;
  readonly retryable?: boolean;
}

/** A loose guard against hanging: each store call may take half a second. */
const boundMs = 8_000;

async function ask(program: RunningProgram, headers: Readonly<Record<string, string>>) {
  const startedMs = performance.now();
  const response = await program.post({ query: wholeDocument, variables }, headers);
  const { data } = (await response.json()) as { data?: { createChatCompletion: Told } };
  expect(performance.now() - startedMs).toBeLessThan(boundMs);
  return { status: response.status, ...data?.createChatCompletion };
}

/** A stream that has said its first text. */
async function begun(program: RunningProgram, headers: Readonly<Record<string, string>>) {
  const speaker = {
    post: (query: string, asked: object, more?: Readonly<Record<string, string>>) =>
      program.post({ query, variables: asked }, { ...headers, ...more }),
  };
  const { promise: spoken, resolve: speak } = Promise.withResolvers<void>();
  const events = readStream(speaker, variables, ({ text }) => {
    if (text !== undefined) speak();
  });
  await Promise.race([spoken, events]);
  return { events };
}

describe('while PostgreSQL is silent', () => {
  it('keys seen before go on, what they use is in the books when it is back, and nothing is spent that is capped', {
    timeout: 240_000,
  }, async () => {
    const url = await postgres.createDatabase();
    await using ledger = await openLedger(url);
    await using proxy = await startPausableProxy(url);
    const [plain, capped, unseen] = [
      await ledger.makeKey(),
      await ledger.makeKey({ limitNano: 1_000_000_000 }),
      await ledger.makeKey(),
    ];
    await using program = await startProgram({
      configuration: configurationFor({ acme: upstream }),
      environment: { DATABASE_URL: proxy.url, POINTSMAN_ADMIN_KEY: 'an-administrators-key' },
    });
    upstream.respond(saying('well'));
    const ids: string[] = [];
    const served = async (headers: Readonly<Record<string, string>>) => {
      const told = await ask(program, headers);
      expect(told).toMatchObject({ status: 200, __typename: 'ChatCompletion' });
      ids.push(told.generationId ?? '');
    };
    await served(plain.headers);
    await served(capped.headers);

    // Two streams begin before the outage, and end while it lasts.
    const held = heldStream('one ', 'two');
    upstream.respond(held.answer);
    const streams = await Promise.all([plain, capped].map((key) => begun(program, key.headers)));
    upstream.respond(saying('well'));
    proxy.pause();
    held.release();
    for (const events of await Promise.all(streams.map(({ events }) => events))) {
      expect(events.at(-1)?.__typename).toBe('CompletionFinished');
      ids.push(events[0]?.generationId ?? '');
    }

    for (let count = 0; count < 5; count += 1) await served(plain.headers);
    await Promise.all(Array.from({ length: 20 }, () => served(plain.headers)));
    const calls = upstream.requests.length;
    const refused = await Promise.all([1, 2, 3].map(() => ask(program, capped.headers)));
    for (const told of refused) expect(told).toMatchObject({ retryable: true });
    expect(await ask(program, unseen.headers)).toMatchObject({ status: 503 });
    expect(upstream.requests).toHaveLength(calls);
    expect((await fetch(`${program.url}/ready`)).status).toBe(200);
    expect((await fetch(`${program.url}/health`)).status).toBe(200);

    proxy.resume();
    const records = await Promise.all(ids.map((id) => ledger.ended(id)));
    expect(records.map(({ termination }) => termination)).toEqual(ids.map(() => 'complete'));
    const answered = async (headers: Readonly<Record<string, string>>) => {
      const told = await ask(program, headers);
      if (told.generationId !== undefined) ids.push(told.generationId);
      return told;
    };
    await expect
      .poll(() => answered(capped.headers), { timeout: 60_000 })
      .toMatchObject({ __typename: 'ChatCompletion' });
    expect(await answered(unseen.headers)).toMatchObject({ __typename: 'ChatCompletion' });
    await program.stop('SIGTERM');

    const all = await ledger.records();
    expect(all.filter(({ state }) => state === 'open')).toEqual([]);
    // What was refused may have a record, too, which costs nothing.
    expect(
      all
        .filter(({ costNano }) => costNano > 0)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.toSorted());
    const spentNano = all.filter(({ keyId }) => keyId === capped.id).reduce((sum, { costNano }) => sum + costNano, 0);
    expect(await ledger.store.caps.get(`limit:${capped.id}`)).toMatchObject({ reservedNano: 0, spentNano });
  });

  it('a program that is told to end does so, and the next one brings what waits on disk into the books', {
    timeout: 240_000,
  }, async () => {
    const url = await postgres.createDatabase();
    await using ledger = await openLedger(url);
    await using proxy = await startPausableProxy(url);
    const [plain, capped] = [await ledger.makeKey(), await ledger.makeKey({ limitNano: 1_000_000_000 })];
    const start = () =>
      startProgram({
        configuration: configurationFor({ acme: upstream }, { server: { shutdownMs: 200 } }),
        environment: {
          DATABASE_URL: proxy.url,
          POINTSMAN_ADMIN_KEY: 'an-administrators-key',
          POINTSMAN_SPOOL: join(directory, 'pointsman.spool'),
          REPLICA_ID: 'outage',
        },
      });
    await using first = await start();
    upstream.respond(saying('well'));
    const served = [await ask(first, plain.headers), await ask(first, capped.headers)];
    const held = heldStream('one two three', 'never');
    upstream.respond(held.answer);
    const running = await Promise.all([plain, capped].map((key) => begun(first, key.headers)));
    upstream.respond(saying('well'));
    proxy.pause();
    served.push(await ask(first, plain.headers), await ask(first, plain.headers));
    const toldMs = performance.now();
    expect(await first.stop('SIGTERM')).toMatchObject({ code: 0 });
    expect(performance.now() - toldMs).toBeLessThan(boundMs);
    const cut = await Promise.all(running.map(async ({ events }) => (await events)[0]?.generationId ?? ''));

    proxy.resume();
    await using second = await start();
    for (const { generationId = '' } of served) {
      expect(await ledger.ended(generationId)).toMatchObject({ termination: 'complete' });
    }
    for (const id of cut) {
      const { termination, usage, costNano } = await ledger.ended(id);
      expect(termination).toBe('cancelled');
      // Where counting takes more than three seconds, as it may on a busy machine, three words are estimated as four tokens.
      expect(usage?.completionTokens).toBe(usage?.source === 'estimated' ? 4 : 3);
      expect(costNano).toBe(((usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0)) * 1_000);
    }
    await second.stop('SIGTERM');
    const all = await ledger.records();
    expect(all).toHaveLength(served.length + cut.length);
    const spentNano = all.filter(({ keyId }) => keyId === capped.id).reduce((sum, { costNano }) => sum + costNano, 0);
    expect(await ledger.store.caps.get(`limit:${capped.id}`)).toMatchObject({ reservedNano: 0, spentNano });
  });

  it('what was let in meanwhile has a record even where the program is killed then, and is not sent again under its key', {
    timeout: 240_000,
  }, async () => {
    const url = await postgres.createDatabase();
    await using ledger = await openLedger(url);
    await using proxy = await startPausableProxy(url);
    const { headers } = await ledger.makeKey();
    const start = () =>
      startProgram({
        configuration: configurationFor({ acme: upstream }),
        environment: {
          DATABASE_URL: proxy.url,
          POINTSMAN_ADMIN_KEY: 'an-administrators-key',
          POINTSMAN_SPOOL: join(directory, 'killed.spool'),
          REPLICA_ID: 'killed',
        },
      });
    const killed = await start();
    upstream.respond(saying('well'));
    await ask(killed, headers);
    proxy.pause();
    upstream.respond(heldStream('one', 'never').answer);
    const asked = { input: { ...variables.input, idempotencyKey: 'killed' } };
    const seen: string[] = [];
    const { promise: spoken, resolve: speak } = Promise.withResolvers<void>();
    const speaker = (program: RunningProgram) => ({
      post: (query: string, input: object, more?: Readonly<Record<string, string>>) =>
        program.post({ query, variables: input }, { ...headers, ...more }),
    });
    // At first the database may only be slow, and who might be repeating a request is asked to come back; then it counts as away.
    const askUntilLetIn = async (): Promise<unknown> => {
      const events = await readStream(speaker(killed), asked, ({ generationId, text }) => {
        seen.push(generationId);
        if (text !== undefined) speak();
      });
      return events.at(-1)?.error?.__typename === 'Overloaded' ? askUntilLetIn() : events;
    };
    const broken = askUntilLetIn().catch(() => 'broken');
    await spoken;
    await killed.stop('SIGKILL');
    expect(await broken).toBe('broken');
    const calls = upstream.requests.length;

    proxy.resume();
    await using next = await start();
    const id = seen.at(-1) ?? '';
    expect(await ledger.ended(id)).toMatchObject({ termination: 'crash' });
    const again = await readStream(speaker(next), asked);
    expect(again.at(-1)?.error).toMatchObject({
      __typename: 'IdempotencyConflict',
      message: expect.stringContaining(id),
    });
    expect(upstream.requests).toHaveLength(calls);
  });
});
