#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it: the machine's own may be older than the one that runs the program, which comes
// with its dependencies.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [first, ...rest] = process.argv.slice(2);
const entry = join(root, 'src', first === 'start' ? 'main.ts' : 'command.ts');
const words = first === 'start' ? rest : process.argv.slice(2);

const own = join(root, 'node_modules', '.bin', 'node');
const recent = Number(process.versions.node.split('.')[0]) >= 24;
if (!recent && !existsSync(own)) {
  console.error(
    `Pointsman needs Node 24 or newer; this is ${process.version}. Run npm ci in ${root}, which brings one.`,
  );
  process.exit(1);
}
const child = spawn(recent ? process.execPath : own, [entry, ...words], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
