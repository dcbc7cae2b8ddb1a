import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { leash } from './leash.ts';

const usualPlaces = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];

/** Why there is no Redis for the tests, and what would help. */
export const noRedis = 'redis-server is not installed: apt-get install redis-server';

/** The redis-server that is installed on this machine, if one is. */
export function findRedisServer(): string | undefined {
  return usualPlaces.find((path) => existsSync(path));
}

/** A real Redis of the test's own, in memory alone. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  /** Lets it hang, as a machine does that swaps, and go on. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Starts Redis on a free port of this machine. */
export async function startRedisServer(executable: string): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-redis-'));
  const child = spawn(
    executable,
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  if (child.pid !== undefined) child.once('exit', leash(child.pid, 'KILL'));
  await ready(child);
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  let said = '';
  for await (const chunk of child.stdout ?? []) {
    said += chunk;
    if (said.includes('Ready to accept connections')) {
      child.stdout?.on('data', () => {});
      return;
    }
  }
  throw new Error(`redis-server did not start:\n${said}`);
}
