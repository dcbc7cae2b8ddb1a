import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The real program in a process of its own, which can be killed. */
export interface MortalProgram {
  /** `http://127.0.0.1:…`; another one after each start. */
  readonly url: string;
  /** Kills it with SIGKILL. Rejects with all that it said where it had ended by itself. */
  readonly kill: () => Promise<void>;
  /** Asks it to end with SIGTERM. Rejects with all that it said where it ends with an exit code other than 0. */
  readonly stop: () => Promise<void>;
}

const root = resolve(import.meta.dirname, '../..');
const keptLines = 200;

/** Starts the program in a directory that holds its `pointsman.yaml`, and waits until it listens. */
export async function startMortalProgram(directory: string, databaseUrl: string): Promise<MortalProgram> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // Shared with others, since only programs that end by themselves write it, and these are killed.
      NODE_COMPILE_CACHE: join(tmpdir(), 'pointsman-compile-cache'),
      PORT: '0',
      HOST: '127.0.0.1',
      POINTSMAN_DISCOVERY: 'off',
      POINTSMAN_ADMIN_KEY: 'an-administrators-key',
      DATABASE_URL: databaseUrl,
      REPLICA_ID: 'chaos',
      LOG_LEVEL: 'error',
    },
  });
  const said: string[] = [];
  const ended = once(child, 'close');
  const url = await new Promise<string>((found, failed) => {
    const hear = (line: string) => {
      said.push(line);
      if (said.length > keptLines) said.shift();
      const [, listening] = /listens on (\S+)/.exec(line) ?? [];
      if (listening !== undefined) found(listening);
    };
    createInterface(child.stdout).on('line', hear);
    createInterface(child.stderr).on('line', hear);
    child.once('error', failed);
    child.once('close', () => failed(new Error(`the program did not start:\n${said.join('\n')}`)));
  });
  const end = async (sent: 'SIGKILL' | 'SIGTERM') => {
    const living = child.exitCode === null && child.signalCode === null;
    child.kill(sent);
    await ended;
    const asMeant = sent === 'SIGKILL' ? child.signalCode === sent : child.exitCode === 0;
    if (living && asMeant) return;
    throw new Error(`the program ended with ${child.exitCode ?? child.signalCode}:\n${said.join('\n')}`);
  };
  return { url, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
