import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
/** The program itself, and what only runs in a worker thread. */
const entries = ['src/main.ts', 'src/command.ts', 'src/token-counter-worker.ts', 'src/providers/local/worker.ts'];

it('every module can be imported with an empty environment, says nothing and leaves nothing running', () => {
  const modules = globSync(['src/**/*.ts', 'schema/**/*.ts'], { cwd: root }).filter((file) => !entries.includes(file));
  expect(modules.length).toBeGreaterThan(100);
  const script = modules.map((file) => `await import(${JSON.stringify(resolve(root, file))});`).join('\n');
  // Ends by itself, or not at all: a module that starts something on import runs into the time limit.
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: {},
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(output).toBe('');
});
