/**
 * Writes src/configuration/built-in-catalog.json from two MIT-licensed packages and the hand-written facts in scripts/catalog.
 *
 *     node scripts/generate-catalog.ts [--date 2026-11-22] [--pi-catalog FOLDER]
 *
 * `@pydantic/genai-prices` (a dev dependency) has the prices; where the sources disagree it is right and the difference is
 * printed. `@oh-my-pi/pi-catalog` says who serves what; it is fetched with `npm pack` into a temporary folder, or read from
 * FOLDER, which holds the unpacked tarball's `package`. It cannot be a dependency: one of its own is not published. The
 * server and the tests need neither package.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './catalog/build.ts';
import { render } from './catalog/render.ts';
import { readPiCatalog } from './catalog/sources.ts';

const piCatalogVersion = '18.2.11';

const { values } = parseArgs({ options: { date: { type: 'string' }, 'pi-catalog': { type: 'string' } } });
const today = values.date ?? new Date().toISOString().slice(0, 10);
const fetched = values['pi-catalog'] === undefined ? fetchPiCatalog() : undefined;
try {
  const folder = values['pi-catalog'] ?? fetched ?? '';
  const { catalog, notes } = build(readPiCatalog(folder), today, [
    source(
      new URL('../node_modules/@pydantic/genai-prices/package.json', import.meta.url),
      'https://github.com/pydantic/genai-prices',
    ),
    source(join(folder, 'package/package.json'), 'https://github.com/can1357/oh-my-pi'),
  ]);
  writeFileSync(new URL('../src/configuration/built-in-catalog.json', import.meta.url), render(catalog));
  for (const note of notes) console.log(note);
} finally {
  if (fetched !== undefined) rmSync(fetched, { recursive: true });
}

function fetchPiCatalog(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pi-catalog-'));
  execFileSync('npm', ['pack', '--silent', `@oh-my-pi/pi-catalog@${piCatalogVersion}`], {
    cwd: folder,
    stdio: 'ignore',
  });
  execFileSync('tar', ['xzf', `oh-my-pi-pi-catalog-${piCatalogVersion}.tgz`], { cwd: folder });
  return folder;
}

function source(manifest: string | URL, url: string) {
  const { name, version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
  return { name: String(name), version: String(version), licence: String(license), url };
}
