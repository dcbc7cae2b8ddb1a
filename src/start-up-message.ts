import type { AssembledCatalog } from './configuration/catalog-assembly.ts';
import type { DiscoveredServer } from './configuration/discovered-server.ts';

/** What the operator is told when the server listens. */
export interface StartUp {
  readonly url: string;
  readonly assembled: AssembledCatalog;
  readonly discovered: readonly DiscoveredServer[];
  /** Whether local servers were looked for. */
  readonly searched: boolean;
  readonly configurationFile: string | undefined;
  readonly keyed: boolean;
  readonly graphiql: boolean;
}

/** Some lines for a person: where the server listens, what it found, and what to try. */
export function startUpMessage(startUp: StartUp): string {
  const { url, assembled, discovered, searched, configurationFile, keyed, graphiql } = startUp;
  const { catalog, notes } = assembled;
  const local = new Set(discovered.map(({ slug }) => slug));
  const providers = catalog.providers.filter(({ slug, configured }) => configured && !local.has(slug));
  const callable = catalog.models.filter(({ slug }) => catalog.available(slug));
  const found = discovered.map(
    ({ name, baseUrl, models }) => `${name} at ${baseUrl} (${counted(models.length, 'model')})`,
  );
  const rows = [
    ['GraphQL', `${url}/graphql${graphiql ? '  (open it in a browser for GraphiQL)' : ''}`],
    ['REST', `${url}/api/v1  (the base URL for clients of OpenAI or OpenRouter)`],
    ['Also', `${url}/health  /ready  /metrics`],
    [
      'Access',
      keyed
        ? 'with the key in POINTSMAN_ADMIN_KEY, or one made by it'
        : 'open to this machine as acct-local, no key asked',
    ],
    [
      'Providers',
      `${providers.map(({ slug }) => slug).join(', ')}${onlyLocal(providers) ? '  (set OPENAI_API_KEY or another key to add more)' : ''}`,
    ],
    ['Found here', searched ? found.join(', ') || 'no Ollama, LM Studio, llama.cpp or vLLM' : 'not searched'],
    ['Models', `${callable.length} of ${catalog.models.length} can be called; the default is ${catalog.defaultModel}`],
    ['Settings', configurationFile ?? 'no pointsman.yaml, so the defaults'],
    ...notes.map((note) => ['Note', note]),
  ];
  const key = keyed ? ` -H 'authorization: Bearer <key>'` : '';
  return [
    `Pointsman listens on ${url}`,
    '',
    ...rows.map(([name = '', text]) => `  ${name.padEnd(11)}${text}`),
    '',
    'Try:',
    `  curl ${url}/graphql -H 'content-type: application/json'${key} -d '${example}'`,
    '',
  ].join('\n');
}

const example = JSON.stringify({
  query:
    'mutation { createChatCompletion(input: { messages: [{ role: USER, content: "Hello" }] }) { ... on ChatCompletion { content } } }',
});

function onlyLocal(providers: readonly { readonly slug: string }[]): boolean {
  return providers.every(({ slug }) => slug === 'local');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
