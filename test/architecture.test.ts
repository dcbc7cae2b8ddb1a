import { globSync, readFileSync } from 'node:fs';
import { dirname, matchesGlob, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Rule {
  /** Which files it is about, as globs. */
  readonly part: readonly string[];
  /** Which of our files they may import. */
  readonly ours: readonly string[];
  /** Which packages and Node modules they may import. */
  readonly packages: readonly string[];
}

const contracts = ['src/chat.ts', 'src/errors.ts', 'src/completion.ts', 'src/catalog.ts', 'src/clock.ts'];

/** Who may import whom. The same table stands in ARCHITECTURE.md. The first rule that names a file holds. */
const rules: readonly Rule[] = [
  { part: ['src/chat.ts', 'src/clock.ts'], ours: [], packages: [] },
  { part: ['src/catalog.ts', 'src/errors.ts', 'src/completion.ts'], ours: contracts, packages: [] },
  { part: ['src/pricing.ts'], ours: ['src/chat.ts', 'src/catalog.ts'], packages: ['big.js'] },
  { part: ['src/log.ts'], ours: ['src/server-log.ts'], packages: ['pino'] },
  {
    part: ['src/token-counter*.ts'],
    ours: [...contracts, 'src/token-counter*.ts'],
    packages: ['gpt-tokenizer', 'node:worker_threads'],
  },
  {
    part: ['src/providers/http.ts', 'src/providers/connector.ts'],
    ours: ['src/clock.ts', 'src/errors.ts', 'src/providers/*.ts'],
    packages: ['undici', 'node:*'],
  },
  {
    part: ['src/providers/local/**'],
    ours: ['src/chat.ts', 'src/clock.ts', 'src/errors.ts', 'src/catalog.ts', 'src/providers/**'],
    packages: ['node:*'],
  },
  {
    part: ['src/providers/*.ts'],
    ours: ['src/chat.ts', 'src/clock.ts', 'src/errors.ts', 'src/providers/**'],
    packages: ['zod', 'node:*'],
  },
  {
    part: ['src/routing/*.ts'],
    ours: [...contracts, 'src/pricing.ts', 'src/routing/*.ts', 'src/providers/provider.ts'],
    packages: [],
  },
  { part: ['src/streams/*.ts'], ours: [...contracts, 'src/streams/*.ts'], packages: [] },
  {
    part: ['schema/**'],
    ours: [...contracts, 'src/pricing.ts', 'src/streams/*.ts', 'src/routing/endpoint-health.ts', 'schema/**'],
    packages: ['graphql', '@pothos/*', 'zod'],
  },
];

const sources = globSync(['src/**/*.ts', 'schema/**/*.ts'], { cwd: root }).filter(
  (file) => !file.includes('generated'),
);

describe('the architecture', () => {
  for (const file of sources.sort()) {
    const rule = rules.find(({ part }) => part.some((glob) => matchesGlob(file, glob)));
    if (rule === undefined) continue;
    it(`lets ${file} import only what its part may`, () => {
      const strangers = importsOf(file).filter((imported) =>
        imported.startsWith('.')
          ? !rule.ours.some((glob) => matchesGlob(relative(root, resolve(root, dirname(file), imported)), glob))
          : !rule.packages.some(
              (allowed) => matchesGlob(imported, allowed) || imported === allowed || imported.startsWith(`${allowed}/`),
            ),
      );
      expect(strangers).toEqual([]);
    });
  }
});

function importsOf(file: string): string[] {
  const text = readFileSync(resolve(root, file), 'utf8');
  return [
    ...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}
