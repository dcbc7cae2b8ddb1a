import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const leash = resolve(import.meta.dirname, '../support/leash.ts');
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
});

function sleeper(): ChildProcess {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  started.push(child);
  return child;
}

it('a process on a leash ends with the one that holds it, even where that one is killed; one that was let go lives on', async () => {
  const [held, alsoHeld, letGo] = [sleeper(), sleeper(), sleeper()];
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { leash } from ${JSON.stringify(leash)};
      leash(${held.pid}, 'KILL');
      const release = leash(${letGo.pid}, 'KILL');
      leash(${alsoHeld.pid}, 'TERM');
      release();
      setTimeout(() => console.log('held'), 0);
      setInterval(() => {}, 1_000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  started.push(holder);
  const ends = [once(held, 'exit'), once(alsoHeld, 'exit')];
  await once(holder.stdout, 'data');
  holder.kill('SIGKILL');
  expect((await Promise.all(ends)).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGTERM']);
  expect([letGo.exitCode, letGo.signalCode]).toEqual([null, null]);
});
