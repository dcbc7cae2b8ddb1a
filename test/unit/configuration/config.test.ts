import { describe, expect, it } from 'vitest';
import { defaultConfiguration } from '../../../src/configuration/configuration.ts';
import { configured, problemsIn, type Variables } from '../../support/configured.ts';

const problems = (yaml: string, variables: Variables = {}) => problemsIn(() => configured(yaml, variables));

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(configured('{}')).toEqual({ ...defaultConfiguration, file: 'pointsman.yaml' });
    expect(configured('')).toEqual({ ...defaultConfiguration, file: 'pointsman.yaml', empty: true });
    expect(defaultConfiguration).toMatchObject({
      builtInCatalog: true,
      server: {
        bodyLimitBytes: 20 * 1024 * 1024,
        shutdownMs: 30_000,
        corsOrigins: [],
        trustedProxies: [],
        allowedHosts: [],
        shedding: true,
      },
    });
  });

  it('reads JSON as it reads YAML', () => {
    expect(configured('{"defaultModel": "a/b", "aliases": {"x": "a/b"}}')).toMatchObject({
      defaultModel: 'a/b',
      aliases: { x: 'a/b' },
    });
  });

  it('tells every mistake at once, one line each, with file, path and fix', () => {
    const yaml = `
      aliasses: { x: y }
      providers:
        acme: { baseURL: "https://x.example", dialect: opena, apiKey: 12, headers: { "a b": c } }
        Foo: { baseUrl: https://x.example }
      models:
        x: {}
        a/b: { contextLength: -1, endpoints: [{ provider: acme, pricng: free }] }
      discovery: { olama: 1 }
      deadlines: { gapMs: 3.5 }
      server: 5
    `;
    expect(problems(yaml).toSorted()).toEqual(
      [
        'pointsman.yaml: aliasses: is not a setting. Did you mean "aliases"?',
        'pointsman.yaml: deadlines.gapMs: must be a whole number.',
        'pointsman.yaml: discovery.olama: is not a setting. Did you mean "ollama"?',
        'pointsman.yaml: models["a/b"].contextLength: must be at least 1.',
        'pointsman.yaml: models["a/b"].endpoints[0].pricng: is not a setting. Did you mean "pricing"?',
        'pointsman.yaml: models.x: must be author/name: lower-case letters, digits, ".", "_" and "-".',
        'pointsman.yaml: providers.Foo: must be a short name of lower-case letters, digits and "-".',
        'pointsman.yaml: providers.acme.apiKey: must be a text.',
        'pointsman.yaml: providers.acme.baseURL: is not a setting. Did you mean "baseUrl"?',
        'pointsman.yaml: providers.acme.dialect: must be one of openai-compatible, anthropic, google, ollama, cohere, local.',
        'pointsman.yaml: providers.acme.headers["a b"]: must be the name of a header.',
        'pointsman.yaml: server: must be a map of settings.',
      ].toSorted(),
    );
  });

  it('lists what is known where a setting resembles nothing', () => {
    expect(problems('server: { zzzzzz: 1 }')).toEqual([
      'pointsman.yaml: server.zzzzzz: is not a setting. Known here: corsOrigins, allowedHosts, trustedProxies, bodyLimitBytes, shutdownMs, graphiql, shedding, sockets.',
    ]);
  });

  it.each([
    ['alias', 'aliases'],
    ['model', 'models'],
    ['provider', 'providers'],
    ['default_model', 'defaultModel'],
    ['rout', 'routing'],
  ])('takes %s for %s', (written, meant) => {
    expect(problems(`${written}: {}`)).toEqual([
      `pointsman.yaml: ${written}: is not a setting. Did you mean "${meant}"?`,
    ]);
  });

  it('says what is missing', () => {
    expect(problems('models: { a/b: { endpoints: [{ upstreamModel: b }] } }')).toEqual([
      'pointsman.yaml: models["a/b"].endpoints[0].provider: is missing.',
    ]);
  });

  it('says where YAML is broken without showing what stands there', () => {
    for (const yaml of [
      'providers:\n  acme: { apiKey: "sk-secret-1234567890',
      'a: b: "sk-secret-1234567890"\n c: d',
      '"sk-secret-1234567890"',
      'providers: *sk-secret-1234567890',
      'apiKey: sk-secret-1234567890\napiKey: sk-secret-1234567890',
      'providers: { acme: { baseUrl: sk-secret-1234567890, apiKey: [sk-secret-1234567890] } }',
      'providers: { acme: { apiKey: "sk-secret 1234567890" } }',
    ]) {
      const lines = problems(yaml);
      expect(lines.length, yaml).toBeGreaterThan(0);
      expect(lines.join('\n')).not.toContain('sk-secret');
    }
    expect(problems('a: [1')[0]).toMatch(/^pointsman\.yaml: line 1, column \d+: /);
  });

  it('puts environment variables where they are named', () => {
    const { providers } = configured(
      `providers: { acme: { baseUrl: "https://\${ACME_HOST}/v1", apiKey: "\${ACME_KEY}", headers: { x-team: "a-\${TEAM}" } } }`,
      { ACME_HOST: 'llm.example', ACME_KEY: 'secret-key', TEAM: 'blue' },
    );
    expect(providers.acme).toMatchObject({
      baseUrl: 'https://llm.example/v1',
      apiKey: 'secret-key',
      headers: { 'x-team': 'a-blue' },
    });
  });

  it('takes a key whose variable is not set, or is empty, as a key that is missing', () => {
    const yaml = `providers: { acme: { baseUrl: https://x.example, apiKey: "\${ACME_KEY}" } }`;
    expect(configured(yaml).providers.acme?.apiKey).toBeNull();
    expect(configured(yaml, { ACME_KEY: ' ' }).providers.acme?.apiKey).toBeNull();
  });

  it('remembers which variables a key lacks', () => {
    const yaml = `providers: { acme: { baseUrl: https://x.example, apiKey: "\${ACME_ID}-\${ACME_KEY}" } }`;
    expect(configured(yaml, { ACME_ID: 'id' }).unsetKeys).toEqual(new Map([['acme', ['ACME_KEY']]]));
    expect(configured(yaml, { ACME_ID: 'id', ACME_KEY: 'key' })).not.toHaveProperty('unsetKeys');
  });

  it('takes a header by the name of apiKey for a header', () => {
    const yaml = `providers: { acme: { baseUrl: https://x.example, headers: { apiKey: "\${ACME_KEY}" } } }`;
    expect(problems(yaml)).toEqual([
      'pointsman.yaml: providers.acme.headers.apiKey: the environment variable ACME_KEY is not set.',
    ]);
  });

  it('refuses other texts that name a variable which is not set', () => {
    expect(problems(`providers: { acme: { baseUrl: "https://\${ACME_HOST}" } }`)).toEqual([
      'pointsman.yaml: providers.acme.baseUrl: the environment variable ACME_HOST is not set.',
    ]);
  });

  it.each(['ftp://x.example', 'x.example', 'https://user:word@x.example'])('refuses %s as a base URL', (baseUrl) => {
    expect(problems(`providers: { acme: { baseUrl: "${baseUrl}" } }`)).toEqual([
      expect.stringMatching(/^pointsman\.yaml: providers\.acme\.baseUrl: must /),
    ]);
  });

  it.each(['proxy.example', '10.0.0.0/40', '10.0.0.1:80'])('refuses %s as a trusted proxy', (proxy) => {
    expect(problems(`server: { trustedProxies: ["${proxy}"] }`)).toEqual([
      'pointsman.yaml: server.trustedProxies[0]: must be an IP address, or a network such as 10.0.0.0/8.',
    ]);
  });

  it.each(['*', 'https://app.example/', 'app.example'])('refuses %s as an origin', (origin) => {
    expect(problems(`server: { corsOrigins: ["${origin}"] }`)).toEqual([
      'pointsman.yaml: server.corsOrigins[0]: must be an origin such as https://app.example.com, without a path.',
    ]);
  });
});

describe('prices in the configuration', () => {
  const pricing = (text: string) =>
    configured(`models: { a/b: { endpoints: [{ provider: p, pricing: ${text} }] } }`).models['a/b']?.endpoints?.[0]
      ?.pricing;
  const refusals = (text: string) => problems(`models: { a/b: { endpoints: [{ provider: p, pricing: ${text} }] } }`);

  it('keep every digit, written as numbers or as texts, with exponents or without', () => {
    expect(pricing('{ prompt: 0.000000123456789012345678901, completion: "0.0000001", cacheRead: 2.5e-7 }')).toEqual({
      prompt: '0.000000123456789012345678901',
      completion: '0.0000001',
      cacheRead: '0.00000025',
    });
  });

  it('may be per million tokens, divided exactly', () => {
    expect(pricing('{ perMillion: { prompt: 0.1, completion: 0.3, reasoning: "1.000000000000000000001" } }')).toEqual({
      prompt: '0.0000001',
      completion: '0.0000003',
      reasoning: '0.000001000000000000000000001',
    });
  });

  it('may be free, and may change with the length of the prompt', () => {
    expect(pricing('free')).toEqual({ prompt: '0', completion: '0', request: '0', overrides: [] });
    expect(pricing('{ overrides: [{ minPromptTokens: 1000, perMillion: { prompt: 2 } }] }')).toEqual({
      overrides: [{ minPromptTokens: 1000, prompt: '0.000002' }],
    });
  });

  it('are refused where they are negative, no number, or meant per million', () => {
    expect(refusals('{ prompt: -1 }')[0]).toContain(
      'pricing.prompt: must be a number of US dollars that is not negative',
    );
    expect(refusals('{ prompt: cheap }')[0]).toContain('pricing.prompt: must be a number of US dollars');
    expect(refusals('{ prompt: .inf }')[0]).toContain('pricing.prompt: must be a number of US dollars');
    expect(refusals('{ prompt: 2.5 }')[0]).toContain('write it under perMillion');
    expect(refusals('cheap')).toEqual([
      'pointsman.yaml: models["a/b"].endpoints[0].pricing: must be free, or a map of prices.',
    ]);
  });
});
