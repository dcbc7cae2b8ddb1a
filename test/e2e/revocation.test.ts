import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { streamDocument } from '../support/callers.ts';
import { configurationFor, model, stalledStream } from '../support/chat-upstream.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { startProgram } from '../support/running-program.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const command = resolve(import.meta.dirname, '../../bin/pointsman.js');
const directory = await mkdtemp(join(tmpdir(), 'pointsman-revocation-'));
const databaseUrl = join(directory, 'pointsman.db');
const upstream = await startStubUpstream();
const ledger = await openLedger(databaseUrl);
afterAll(async () => {
  await upstream.close();
  await ledger[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const variables = { input: { model, messages: [{ role: 'USER', content: 'Hello!' }] } };
/** Ten times what is promised. */
const cutWithinMs = 10_000;

/** As an operator would, in a process of its own. */
async function revoke(id: string): Promise<number> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: databaseUrl };
  await promisify(execFile)(process.execPath, [command, 'keys', 'revoke', id], { env });
  return performance.now();
}

describe('a key that is revoked from the command line', () => {
  it('cuts its running streams, which cost what was delivered, and leaves those of other keys alone', async () => {
    const [doomed, other] = [await ledger.makeKey({ limitNano: 1_000_000_000 }), await ledger.makeKey()];
    const token = await ledger.makeToken(doomed.id);
    upstream.respond(stalledStream('one two three four five'));
    await using program = await startProgram({
      configuration: configurationFor({ acme: upstream }),
      environment: { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key' },
    });
    const streaming = async (headers: object) => {
      const socket = await openSocket(program.ws);
      await socket.init(headers);
      socket.subscribe('1', streamDocument, { variables });
      for (;;) {
        const { payload } = await socket.receive();
        const event = (payload as { data: { streamChatCompletion: { generationId: string; text?: string } } }).data
          .streamChatCompletion;
        if (event.text !== undefined) return { socket, id: event.generationId, request: await upstream.nextRequest() };
      }
    };
    const [cut, tokens, kept] = [
      await streaming(doomed.headers),
      await streaming(token.headers),
      await streaming(other.headers),
    ];

    const revokedAtMs = await revoke(doomed.id);
    // Where counting takes more than three seconds, as it may on a busy machine, five words are estimated as six tokens.
    for (const { socket, request, id } of [cut, tokens]) {
      expect(await socket.closed).toMatchObject({ code: 4403 });
      await request.closed;
      expect(performance.now() - revokedAtMs).toBeLessThan(cutWithinMs);
      const { costNano, termination, usage, reservedNano } = await ledger.ended(id);
      expect({ termination, reservedNano }).toEqual({ termination: 'cancelled', reservedNano: 0 });
      expect(usage?.completionTokens).toBe(usage?.source === 'estimated' ? 6 : 5);
      expect(['counted', 'estimated']).toContain(usage?.source);
      expect(costNano).toBe(((usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0)) * 1_000);
    }
    const [spent] = await ledger.store.caps.list([`limit:${doomed.id}`]);
    const records = await Promise.all([cut, tokens].map(({ id }) => ledger.ended(id)));
    expect(spent).toMatchObject({
      reservedNano: 0,
      spentNano: records.reduce((sum, { costNano }) => sum + costNano, 0),
    });

    expect(kept.request.isClosed()).toBe(false);
    expect(await ledger.store.generations.get('everyone', kept.id)).toMatchObject({ state: 'open' });
    await kept.socket[Symbol.asyncDispose]();
    expect(await ledger.ended(kept.id)).toMatchObject({ termination: 'client_abort' });
  });
});
