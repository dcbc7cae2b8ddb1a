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

const contracts = [
  'src/account-errors.ts',
  'src/provider-preferences.ts',
  'src/chat.ts',
  'src/errors.ts',
  'src/completion.ts',
  'src/catalog.ts',
  'src/clock.ts',
  'src/caller.ts',
];

/** What the catalog is made with: which name means which model. */
const modelNames = ['src/model-names.ts', 'src/model-families.ts', 'src/auto-models.ts'];

/** Who may import whom. The same table stands in ARCHITECTURE.md. The first rule that names a file holds. */
const rules: readonly Rule[] = [
  { part: ['src/provider-preferences.ts', 'src/clock.ts', 'src/media-url.ts'], ours: [], packages: [] },
  { part: ['src/chat.ts'], ours: ['src/provider-preferences.ts'], packages: [] },
  { part: ['src/vector-base64.ts'], ours: ['src/chat.ts'], packages: [] },
  {
    part: ['src/errors.ts', 'src/account-errors.ts', 'src/completion.ts', 'src/caller.ts'],
    ours: contracts,
    packages: [],
  },
  { part: ['src/catalog.ts', ...modelNames], ours: [...contracts, ...modelNames], packages: [] },
  { part: ['src/pricing.ts'], ours: ['src/chat.ts', 'src/catalog.ts'], packages: ['big.js'] },
  { part: ['src/log.ts'], ours: ['src/server/server-log.ts'], packages: ['pino'] },
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
    ours: ['src/chat.ts', 'src/clock.ts', 'src/errors.ts', 'src/vector-base64.ts', 'src/providers/**'],
    packages: ['zod', 'node:*'],
  },
  {
    part: ['src/routing/cache-affinity.ts'],
    ours: ['src/chat.ts', 'src/clock.ts', 'src/catalog.ts', 'src/pricing.ts'],
    packages: ['node:crypto'],
  },
  {
    part: ['src/routing/health-windows.ts'],
    ours: [...contracts, 'src/routing/*.ts'],
    packages: ['@datadog/sketches-js'],
  },
  {
    part: ['src/routing/tool-schema.ts', 'src/routing/tool-schema-copy.ts'],
    ours: [...contracts, 'src/routing/*.ts'],
    packages: ['@cfworker/json-schema'],
  },
  {
    part: ['src/routing/*.ts'],
    ours: [...contracts, 'src/pricing.ts', 'src/routing/*.ts', 'src/providers/provider.ts'],
    packages: [],
  },
  {
    part: ['src/accounts/**'],
    ours: [
      ...contracts,
      'src/pricing.ts',
      'src/accounts/*.ts',
      'src/storage/{store,books-contract,records,cap-ids,analytics-contract,spool}.ts',
    ],
    packages: ['rate-limiter-flexible', 'ioredis', 'lru-cache', 'node:*'],
  },
  {
    part: ['src/commands/*.ts'],
    ours: [
      'src/account-errors.ts',
      'src/errors.ts',
      'src/clock.ts',
      'src/caller.ts',
      'src/commands/*.ts',
      'src/accounts/{administration,amounts,api-keys,audit-trail}.ts',
      'src/storage/{store,records}.ts',
    ],
    packages: ['node:*'],
  },
  { part: ['src/streams/*.ts'], ours: [...contracts, 'src/streams/*.ts'], packages: ['node:crypto'] },
  {
    part: ['src/storage/*.ts'],
    ours: ['src/chat.ts', 'src/provider-preferences.ts', 'src/caller.ts', 'src/clock.ts', 'src/storage/*.ts'],
    packages: ['kysely', 'pg', 'node:*'],
  },
  {
    part: ['src/configuration/**'],
    ours: [
      ...contracts,
      'src/pricing.ts',
      ...modelNames,
      'src/configuration/**',
      'src/log.ts',
      'src/server/{access,client-address}.ts',
      'src/routing/ranking.ts',
      'src/providers/{body,connector,create-provider,http,ollama,provider}.ts',
      'src/providers/local/facts.ts',
    ],
    packages: ['zod', 'yaml', 'big.js', 'node:*'],
  },
  {
    part: ['src/graphql/**'],
    ours: [
      ...contracts,
      'src/caller.ts',
      'src/graphql/**',
      'src/server/*.ts',
      'src/storage/store.ts',
      'src/streams/*.ts',
      'schema/builder.ts',
    ],
    packages: ['graphql', 'graphql-yoga', 'graphql-ws', 'ws', 'node:*'],
  },
  {
    part: ['src/server/**', 'src/server.ts'],
    ours: [
      ...contracts,
      'src/caller.ts',
      'src/accounts/{accounts,authentication,secret}.ts',
      'src/server/*.ts',
      'src/graphql/**',
      'src/streams/*.ts',
      'src/openai/rest.ts',
      'src/routing/endpoint-health.ts',
      'schema/builder.ts',
    ],
    packages: ['graphql', '@graphql-yoga/render-graphiql', 'prom-client', 'node:*'],
  },
  {
    part: ['src/openai/**'],
    ours: [
      ...contracts,
      'src/pricing.ts',
      'src/media-url.ts',
      'src/vector-base64.ts',
      'src/accounts/*.ts',
      'src/storage/{store,records,analytics-contract}.ts',
      'src/streams/*.ts',
      'src/routing/endpoint-health.ts',
      'src/routing/health-windows.ts',
      'src/server/{event-stream,http-answers,http-guards,json-depth,request-bytes,server-log}.ts',
      'src/openai/**',
    ],
    packages: ['zod', 'node:*'],
  },
  {
    part: ['schema/**'],
    ours: [
      ...contracts,
      'src/pricing.ts',
      'src/media-url.ts',
      'src/vector-base64.ts',
      'src/accounts/*.ts',
      'src/storage/{store,records,analytics-contract}.ts',
      'src/streams/*.ts',
      'src/routing/endpoint-health.ts',
      'src/routing/health-windows.ts',
      'schema/**',
    ],
    packages: ['graphql', '@pothos/*', 'zod'],
  },
];

const sources = globSync(['src/**/*.ts', 'schema/**/*.ts'], { cwd: root }).filter(
  (file) => !file.includes('generated'),
);

describe('the architecture', () => {
  const compositionRoot = [
    'src/main.ts',
    'src/command.ts',
    'src/live-upstreams.ts',
    'src/start-up-failure.ts',
    'src/start-up-message.ts',
  ];
  for (const file of sources.sort().filter((source) => !compositionRoot.includes(source))) {
    const rule = rules.find(({ part }) => part.some((glob) => matchesGlob(file, glob)));
    if (rule === undefined) {
      it(`has a rule for ${file}`, () =>
        expect.fail('add the file to a row of the table, here and in ARCHITECTURE.md'));
      continue;
    }
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

it('the table in ARCHITECTURE.md is this one', () => {
  const text = readFileSync(resolve(root, 'ARCHITECTURE.md'), 'utf8');
  const table = text.slice(text.indexOf('<!-- rules -->'), text.indexOf('<!-- /rules -->'));
  const cell = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' ') || '–';
  const named = (ours: readonly string[]) =>
    contracts.every((file) => ours.includes(file))
      ? ['contracts', ...ours.filter((file) => !contracts.includes(file))]
      : ours;
  const rows = rules.map(({ part, ours, packages }) => `| ${cell(part)} | ${cell(named(ours))} | ${cell(packages)} |`);
  expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});

function importsOf(file: string): string[] {
  const text = readFileSync(resolve(root, file), 'utf8');
  return [
    ...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}
