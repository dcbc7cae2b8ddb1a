import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { dollarsOfNano } from '../../src/accounts/amounts.ts';
import { streamDocument } from '../support/callers.ts';
import { configurationFor, model, stalledStream } from '../support/chat-upstream.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { openLedger } from '../support/keyed-caller.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
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

const followDocument = `subscription ($id: ID!) {
  followGeneration(id: $id) {
    __typename
    ... on CompletionFailed { content cost usage { completionTokens } error { __typename } }
  }
}`;
const variables = { input: { model, messages: [{ role: 'USER', content: 'Hello!' }] } };
/** Ten times what is promised. */
const cutWithinMs = 10_000;

/** As an operator would, in a process of its own. */
async function pointsman(...words: readonly string[]): Promise<number> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: databaseUrl };
  await promisify(execFile)(process.execPath, [command, ...words], { env });
  return performance.now();
}

/** Opens a stream over a socket, and gives it back once the provider has said something. */
async function streaming(program: RunningProgram, headers: object) {
  const socket = await openSocket(program.ws);
  await socket.init(headers);
  socket.subscribe('1', streamDocument, { variables });
  for (;;) {
    const { payload } = await socket.receive();
    const event = (payload as { data: { streamChatCompletion: { generationId: string; text?: string } } }).data
      .streamChatCompletion;
    if (event.text !== undefined) return { socket, id: event.generationId, request: await upstream.nextRequest() };
  }
}

describe('a key that is revoked from the command line', () => {
  it('cuts its running streams, which cost what was delivered, and leaves those of other keys alone', {
    timeout: 60_000,
  }, async () => {
    const [doomed, other] = [await ledger.makeKey({ limitNano: 1_000_000_000 }), await ledger.makeKey()];
    const token = await ledger.makeToken(doomed.id);
    upstream.respond(stalledStream('one two three four five'));
    await using program = await startProgram({
      configuration: configurationFor({ acme: upstream }),
      environment: { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key' },
    });
    const [cut, tokens, kept] = [
      await streaming(program, doomed.headers),
      await streaming(program, token.headers),
      await streaming(program, other.headers),
    ];

    // Another key of the account reads along, and is told how it ended.
    await using follower = await openSocket(program.ws);
    await follower.init(other.headers);
    follower.subscribe('1', followDocument, { variables: { id: cut.id } });
    await follower.receive();
    const followed = follower.receiveUntil('complete');

    const revokedAtMs = await pointsman('keys', 'revoke', doomed.id);
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
    const { costNano } = await ledger.ended(cut.id);
    expect((await followed).at(-2)?.payload).toEqual({
      data: {
        followGeneration: {
          __typename: 'CompletionFailed',
          content: 'one two three four five',
          cost: dollarsOfNano(costNano),
          usage: { completionTokens: expect.toBeOneOf([5, 6]) },
          error: { __typename: 'Forbidden' },
        },
      },
    });
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

it('an account that is closed from the command line ends what runs by its keys, and is not served any more', {
  timeout: 60_000,
}, async () => {
  const accountId = await ledger.makeAccount({});
  const { headers } = await ledger.makeKey({ accountId });
  upstream.respond(stalledStream('one two three'));
  await using program = await startProgram({
    configuration: configurationFor({ acme: upstream }),
    environment: { DATABASE_URL: databaseUrl, POINTSMAN_ADMIN_KEY: 'an-administrators-key' },
  });
  const running = await streaming(program, headers);
  const closedAtMs = await pointsman('accounts', 'close', accountId);
  expect(await running.socket.closed).toMatchObject({ code: 4403 });
  await running.request.closed;
  expect(performance.now() - closedAtMs).toBeLessThan(cutWithinMs);
  expect(await ledger.ended(running.id)).toMatchObject({ termination: 'cancelled', usage: { completionTokens: 3 } });
  const response = await program.post({ query: '{ __typename }' }, headers);
  expect(response.status).toBe(401);
  expect(await response.text()).toContain('closed');
});
