import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { completeDocument, readStream } from '../support/callers.ts';
import { configurationFor, model, saying } from '../support/chat-upstream.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { startProgram } from '../support/running-program.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const prompt = 'Zprompt0canary0my0diary';
const answer = 'Zanswer0canary0dear0diary';
const dayMs = 86_400_000;
const variables = { input: { model, messages: [{ role: 'USER', content: prompt }] } };

const directory = await mkdtemp(join(tmpdir(), 'pointsman-contents-'));
const databaseUrl = join(directory, 'pointsman.db');
const upstream = await startStubUpstream();
upstream.respond(saying(answer));
const ledger = await openLedger(databaseUrl);
afterAll(async () => {
  await upstream.close();
  await ledger[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** The tables of which a row holds one of the words. */
function tablesWith(...words: readonly string[]): readonly string[] {
  const database = new DatabaseSync(databaseUrl, { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const holding = tables
    .map(({ name }) => String(name))
    .filter((name) => {
      const text = JSON.stringify(database.prepare(`select * from "${name}"`).all());
      return words.some((word) => text.includes(word));
    });
  database.close();
  return holding;
}

async function filesWith(...words: readonly string[]): Promise<readonly string[]> {
  const files = await readdir(directory);
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file))));
  return files.filter((_, index) => words.some((word) => texts[index]?.includes(word)));
}

describe('prompts and answers', () => {
  it('are kept where the account asks for it, in one table, until their time is over, and nowhere else', async () => {
    const silent = await ledger.makeKey({ accountId: await ledger.makeAccount() });
    const keeping = await ledger.makeKey({ accountId: await ledger.makeAccount({ contentRetentionDays: 7 }) });
    await using program = await startProgram({
      configuration: configurationFor({ acme: upstream }),
      environment: { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key', LOG_LEVEL: 'trace' },
    });
    const ask = async ({ headers }: typeof silent) => {
      const response = await program.post({ query: completeDocument, variables }, headers);
      expect(await response.json()).toMatchObject({ data: { createChatCompletion: { content: answer } } });
      const post = (query: string, asked: object, more?: Readonly<Record<string, string>>) =>
        program.post({ query, variables: asked }, { ...headers, ...more });
      await readStream({ post }, variables);
    };
    await ask(silent);
    expect((await ledger.records()).map(({ keyId }) => keyId)).toEqual([silent.id, silent.id]);
    expect(await filesWith(prompt, answer)).toEqual([]);

    await ask(keeping);
    await program.stop();
    expect(tablesWith(prompt, answer)).toEqual(['contents']);
    const kept = (await ledger.records()).filter(({ keyId }) => keyId === keeping.id);
    expect(kept).toHaveLength(2);
    for (const { id, accountId } of kept) {
      const content = await ledger.store.contents.get({ accountId }, id);
      expect(JSON.stringify([content?.prompt, content?.answer])).toMatch(new RegExp(`${prompt}.*${answer}`));
    }
    expect(program.output()).not.toMatch(new RegExp(`${prompt}|${answer}`));

    let aheadMs = 6 * dayMs;
    const later = await openStore({ url: databaseUrl, clock: { ...systemClock, now: () => Date.now() + aheadMs } });
    expect(await later.contents.purge()).toBe(0);
    aheadMs = 7 * dayMs;
    expect(await later.contents.purge()).toBe(2);
    await later.close();
    expect(tablesWith(prompt, answer)).toEqual([]);
    expect(await filesWith(prompt, answer)).toEqual([]);
    expect((await ledger.records()).filter(({ keyId }) => keyId === keeping.id)).toEqual(kept);
  });
});
