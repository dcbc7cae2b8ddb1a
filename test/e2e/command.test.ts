import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { startProgram } from '../support/running-program.ts';

const command = resolve(import.meta.dirname, '../../bin/pointsman.js');
const directory = await mkdtemp(join(tmpdir(), 'pointsman-command-'));
const environment = { DATABASE_URL: join(directory, 'pointsman.db'), POINTSMAN_ADMIN_KEY: 'an-administrators-key' };
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the command as an operator would, beside the server. */
async function pointsman(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: environment.DATABASE_URL };
  const run = promisify(execFile)(process.execPath, [command, ...words], { env });
  return run.then(
    (output) => ({ code: 0, ...output }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe('the command', () => {
  it('makes a key that opens the running server, and ends it within a second, with the sockets that it opened', async () => {
    await using program = await startProgram({ environment });
    const made = await pointsman('keys', 'create', '--name', 'ci', '--limit', '5', '--reset', 'monthly');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk-pm-v1-\w{49}\n$/) });
    const key = { authorization: `Bearer ${made.stdout.trim()}` };
    const status = async () => (await program.post({ query: '{ __typename }' }, key)).status;
    expect(await status()).toBe(200);
    expect((await program.post({ query: '{ __typename }' })).status).toBe(401);
    await using socket = await openSocket(program.ws);
    await socket.init(key);

    const listed = await pointsman('keys', 'list');
    const id = listed.stdout.match(/key-\S+/)?.[0] ?? '';
    expect(listed.stdout).toContain('0 of 5 USD monthly');
    expect(await pointsman('keys', 'revoke', id)).toMatchObject({ code: 0, stderr: `Revoked ${id}.\n` });
    expect(await socket.closed).toMatchObject({ code: 4403 });
    expect(await status()).toBe(401);
  });

  it('says what is wrong in one line, with an exit code', async () => {
    const failed = await pointsman('keys', 'revoke', 'key-none');
    expect(failed).toEqual({ code: 1, stdout: '', stderr: 'There is no API key "key-none" that you may see.\n' });
    expect((await pointsman('keys', 'create')).code).toBe(2);
    expect((await pointsman('--help')).stdout).toContain('pointsman keys create --name NAME [options]');
  });
});
