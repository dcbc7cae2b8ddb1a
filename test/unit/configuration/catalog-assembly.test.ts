import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../src/catalog.ts';
import type { DiscoveredServer } from '../../../src/configuration/discovered-server.ts';
import { assembled, builtInCatalog, problemsIn, type Variables } from '../../support/configured.ts';

const problems = (yaml: string, variables: Variables = {}) => problemsIn(() => assembled(yaml, variables));

const acme = 'providers: { acme: { baseUrl: "http://127.0.0.1:9000/v1" } }';

describe('the assembled catalog', () => {
  it('has the built-in models, and answers with the one that ships, when nothing is configured', () => {
    const { catalog, providers, notes } = assembled('{}');
    expect(catalog.models.length).toBe(builtInCatalog().models.length);
    expect(catalog.defaultModel).toBe('pointsman/tiny-1m');
    expect([...providers.keys()]).toEqual(['local']);
    expect(providers.get('local')).toMatchObject({ dialect: 'local' });
    expect(catalog.available('pointsman/tiny-1m')).toBe(true);
    expect(catalog.available('openai/gpt-4o')).toBe(false);
    expect(notes).toEqual([]);
  });

  it('configures a provider by the first of its variables that is set', () => {
    const { catalog, providers } = assembled('', { GOOGLE_API_KEY: 'g-key', OPENAI_API_KEY: ' ' });
    expect(providers.get('google')).toEqual({
      slug: 'google',
      dialect: 'google',
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
      apiKey: 'g-key',
      allowPrivateNetwork: false,
    });
    expect(catalog.provider('google')?.configured).toBe(true);
    expect(catalog.provider('openai')?.configured).toBe(false);
  });

  it('adds a provider, a model and its endpoints', () => {
    const { catalog, providers } = assembled(`
      ${acme}
      models:
        acme/large:
          contextLength: 1000
          endpoints: [{ provider: acme, upstreamModel: big, pricing: { perMillion: { prompt: 1, completion: 2 } } }]
      defaultModel: acme/large
      aliases: { Big: acme/large }
    `);
    expect(catalog.model('BIG')).toMatchObject({ slug: 'acme/large', name: 'large', author: 'acme' });
    expect(catalog.defaultModel).toBe('acme/large');
    expect(catalog.endpointsOfModel('acme/large')).toMatchObject([
      {
        id: 'acme/large@acme',
        upstreamModel: 'big',
        contextLength: 1000,
        quantization: 'unknown',
        pricing: {
          prompt: '0.000001',
          completion: '0.000002',
          request: '0',
          overrides: [],
          provenance: 'configuration',
        },
      },
    ]);
    expect(catalog.available('acme/large')).toBe(true);
    expect(providers.get('acme')).toEqual({
      slug: 'acme',
      dialect: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:9000/v1',
      allowPrivateNetwork: true,
    });
  });

  it('adds a model that makes embeddings: paid by what goes in, without the parameters of chat, and not the default', () => {
    const { catalog } = assembled(`
      ${acme}
      builtInCatalog: false
      models:
        acme/vectors:
          contextLength: 1000
          outputModalities: [embeddings]
          endpoints: [{ provider: acme, upstreamModel: v, pricing: { perMillion: { prompt: 1 } } }]
        acme/large:
          contextLength: 1000
          endpoints: [{ provider: acme, upstreamModel: big, pricing: { perMillion: { prompt: 1, completion: 2 } } }]
    `);
    expect(catalog.endpoint('acme/vectors@acme')).toMatchObject({
      pricing: { prompt: '0.000001', completion: '0' },
      supportedParameters: new Set(),
    });
    expect(catalog.defaultModel).toBe('acme/large');
  });

  it('makes embeddings of the models of a local server that are for that', () => {
    const server: DiscoveredServer = {
      slug: 'ollama',
      name: 'Ollama',
      dialect: 'ollama',
      baseUrl: 'http://127.0.0.1:11434',
      models: [{ id: 'nomic-embed-text:latest', makesVectors: true }],
    };
    const { catalog } = assembled('', {}, [server]);
    expect(catalog.model('ollama/nomic-embed-text-latest')?.outputModalities).toEqual(['embeddings']);
    expect(catalog.endpointsOfProvider('ollama')[0]?.supportedParameters).toEqual(new Set());
  });

  it('changes of a known endpoint only what is written', () => {
    const before = assembled('').catalog.endpoint('openai/gpt-4o@openai');
    const { catalog } = assembled(
      'models: { openai/gpt-4o: { endpoints: [{ provider: openai, pricing: { prompt: 0.000001 } }] } }',
    );
    expect(catalog.endpoint('openai/gpt-4o@openai')).toEqual({
      ...before,
      pricing: { ...before?.pricing, prompt: '0.000001', provenance: 'configuration' },
    });
  });

  it('switches off endpoints, models with their aliases, and providers with their endpoints', () => {
    const { catalog, providers } = assembled(
      `
      models:
        openai/gpt-4: { enabled: false }
        openai/gpt-4o: { endpoints: [{ provider: openai, enabled: false }] }
      providers: { groq: { enabled: false } }
      `,
      { GROQ_API_KEY: 'key' },
    );
    expect(catalog.model('gpt-4')).toBeUndefined();
    expect(catalog.endpointsOfModel('openai/gpt-4o').map((endpoint) => endpoint.tag)).toEqual(['openrouter']);
    expect(catalog.provider('groq')).toBeUndefined();
    expect(catalog.endpoints.filter((endpoint) => endpoint.provider === 'groq')).toEqual([]);
    expect(providers.has('groq')).toBe(false);
  });

  it('starts from nothing on demand, still knowing the addresses of known providers', () => {
    const { catalog, providers } = assembled(
      `
      builtInCatalog: false
      providers: { openai: {} }
      models: { openai/mine: { contextLength: 10, endpoints: [{ provider: openai, upstreamModel: m, pricing: free }] } }
      `,
      { OPENAI_API_KEY: 'key' },
    );
    expect(catalog.models.map((model) => model.slug)).toEqual(['openai/mine']);
    expect(catalog.providers.map((provider) => provider.slug)).toEqual(['openai']);
    expect(catalog.defaultModel).toBe('openai/mine');
    expect(providers.get('openai')?.baseUrl).toBe('https://api.openai.com/v1');
  });

  it('passes a provider’s data policy on to its endpoints, before the built-in one and behind the endpoint’s own', () => {
    const { catalog } = assembled(`
      providers: { groq: { dataPolicy: { trainsOnPrompts: false, retention: none } } }
      models:
        openai/gpt-oss-20b: { endpoints: [{ provider: groq, dataPolicy: { retention: stored } }] }
    `);
    expect(catalog.endpoint('openai/gpt-oss-120b@groq')?.dataPolicy).toEqual({
      trainsOnPrompts: false,
      retention: 'none',
    });
    expect(catalog.endpoint('openai/gpt-oss-20b@groq')?.dataPolicy.retention).toBe('stored');
  });

  it('tells what does not fit, with paths and suggestions', () => {
    expect(
      problems(`
        providers: { acme: {} }
        aliases: { x: openai/gpt-4p, openai/gpt-4o: openai/gpt-4 }
        defaultModel: opennai/gpt-4o
        models:
          acme/new: {}
          acme/two: { contextLength: 5, endpoints: [{ provider: acm, upstreamModel: x, pricing: free }] }
          acme/three: { contextLength: 5, endpoints: [{ provider: acme }, { provider: acme, tag: other/fast }] }
          openai/gpt-4: { endpoints: [{ provider: openai, tag: openai/fats, enabled: false }] }
      `),
    ).toEqual([
      'pointsman.yaml: providers.acme.baseUrl: is missing: this is not a known provider, so its address must be given.',
      'pointsman.yaml: models["acme/new"].contextLength: is missing: say how many tokens, prompt and answer together, the model takes.',
      'pointsman.yaml: models["acme/two"].endpoints[0].provider: is "acm", which is not known. Did you mean "acme"?',
      'pointsman.yaml: models["acme/three"].endpoints[0].upstreamModel: is missing: write what acme calls this model.',
      'pointsman.yaml: models["acme/three"].endpoints[0].pricing: is missing: give prompt and completion, or write free for a server of your own.',
      'pointsman.yaml: models["acme/three"].endpoints[1].tag: must be "acme", or begin with "acme/".',
      'pointsman.yaml: models["openai/gpt-4"].endpoints[0]: switches off an endpoint that is not there.',
      'pointsman.yaml: aliases.x: names the model "openai/gpt-4p", which is not there. Did you mean "openai/gpt-4"?',
      'pointsman.yaml: aliases["openai/gpt-4o"]: is already the name of a model; choose another.',
      'pointsman.yaml: defaultModel: is "opennai/gpt-4o", and there is no such model. Did you mean "openai/gpt-4o"?',
    ]);
    expect(problems('builtInCatalog: false')).toEqual([
      'pointsman.yaml: models: is empty, and builtInCatalog is false: there is no model at all.',
    ]);
  });
});

describe('a suggestion', () => {
  const own = 'aliases: { quick: openai/gpt-4o-mini }\nmodels: { acme/housebot: { contextLength: 1000 } }';

  it.each([
    ['gpt-4o-minii', 'gpt-4o-mini'],
    ['openai/gpt-4o-minii', 'openai/gpt-4o-mini'],
    ['quik', 'quick'],
    ['housebott', 'acme/housebot'],
  ])('for the model %s is %s, among slugs, bare names and aliases', (written, meant) => {
    expect(problems(`${own}\ndefaultModel: ${written}`)).toEqual([
      `pointsman.yaml: defaultModel: is "${written}", and there is no such model. Did you mean "${meant}"?`,
    ]);
  });

  it('for an endpoint’s provider comes from those of the catalog, too', () => {
    const refusal = (provider: string) =>
      problems(
        `models: { openai/gpt-4o: { endpoints: [{ provider: ${provider}, upstreamModel: x, pricing: free }] } }`,
      );
    const path = 'pointsman.yaml: models["openai/gpt-4o"].endpoints[0].provider';
    expect(refusal('opnai')).toEqual([`${path}: is "opnai", which is not known. Did you mean "openai"?`]);
    expect(refusal('zzzzzzzz')).toEqual([`${path}: is "zzzzzzzz", which is not known. Describe it under providers.`]);
  });
});

describe('names in a configuration', () => {
  const of = (yaml: string, variables: Variables = {}) => assembled(yaml, variables).catalog;

  it('may have variants, be of a family, or be the auto router', () => {
    const catalog = of(`
      aliases: { fast: gpt-4o:nitro, Cheap: fast, sonnet: ~anthropic/claude-sonnet-latest, smart: pointsman/auto }
      defaultModel: sonnet:floor
    `);
    expect(catalog.named('cheap')).toMatchObject({ model: { slug: 'openai/gpt-4o' }, by: 'alias', variant: 'nitro' });
    expect(catalog.named(catalog.defaultModel)).toMatchObject({ by: 'alias', variant: 'floor' });
    expect(catalog.model('sonnet')).toBe(catalog.model('anthropic/claude-sonnet-latest'));
    expect(catalog.named('smart')?.by).toBe('auto');
    expect(of('defaultModel: pointsman/auto').model('pointsman/auto')?.slug).toBe('pointsman/auto');
  });

  it('move on to a newer model of a family when one becomes available', () => {
    const sonnets = (enabled: string, key: Variables) =>
      of(`models: { anthropic/claude-sonnet-5: { enabled: ${enabled} } }`, key).model('anthropic/claude-sonnet-latest')
        ?.slug;
    expect(sonnets('true', { ANTHROPIC_API_KEY: 'key' })).toBe('anthropic/claude-sonnet-5');
    expect(sonnets('false', { ANTHROPIC_API_KEY: 'key' })).toBe('anthropic/claude-sonnet-4.6');
  });

  it('that mean nothing, or take the auto router’s, are refused', () => {
    expect(
      problems(`
        defaultModel: gpt-4o:turbo
        aliases: { pointsman/auto: openai/gpt-4o, x: 'openai/gpt-4o:' }
        models: { pointsman/auto: { contextLength: 5 } }
      `),
    ).toEqual([
      'pointsman.yaml: models["pointsman/auto"]: is the name of the auto router; choose another.',
      'pointsman.yaml: aliases["pointsman/auto"]: is already the name of a model; choose another.',
      'pointsman.yaml: aliases.x: names the model "openai/gpt-4o:", which is not there. ":" is not a variant. Known: :nitro, :floor, :exacto, :free.',
      'pointsman.yaml: defaultModel: is "gpt-4o:turbo", and there is no such model. ":turbo" is not a variant. Known: :nitro, :floor, :exacto, :free.',
    ]);
    expect(problems('aliases: { pointsman/auto: openai/gpt-4o }')).toEqual([
      'pointsman.yaml: aliases["pointsman/auto"]: is the name of the auto router; choose another.',
    ]);
  });
});

describe('the section of the auto router', () => {
  it('says among which models it chooses', () => {
    const { catalog, notes } = assembled(
      `auto: { allow: [openai/*], exclude: ['*-pro'], prefer: [openai/gpt-4o], maxPrice: { perMillion: { prompt: 5 } } }`,
      { OPENAI_API_KEY: 'key', ANTHROPIC_API_KEY: 'key' },
    );
    const slugs = catalog.auto.choices.map(({ model }) => model.slug);
    expect(slugs).toContain('openai/gpt-4o');
    expect(slugs.filter((slug) => !slug.startsWith('openai/') || slug.endsWith('-pro'))).toEqual([]);
    expect(catalog.auto.maxPrice).toEqual({ prompt: '0.000005' });
    expect(notes).toEqual([]);
  });

  it('allows every available model where nothing is said: without a key the one that ships', () => {
    expect(assembled('').catalog.auto.choices.map(({ model }) => model.slug)).toEqual(['pointsman/tiny-1m']);
  });

  it('is told of patterns that mean no model, which may be there later', () => {
    expect(assembled('auto: { prefer: [ollama/*, openai/gpt-4oo] }').notes).toEqual([
      'auto.prefer[0]: no model is called "ollama/*" now.',
      'auto.prefer[1]: no model is called "openai/gpt-4oo" now. Did you mean "openai/gpt-4o"?',
    ]);
  });

  it.each([
    ['allow: []', 'auto.allow: must not be empty; leave it out to allow every model.'],
    [
      'exclude: ["openai/gpt-4o:free"]',
      'auto.exclude[0]: must be a pattern of slugs such as anthropic/* or */*-mini, without a variant.',
    ],
    ['only: [a/b]', 'auto.only: is not a setting. Known here: allow, exclude, prefer, maxPrice.'],
    ['maxPrice: 5', 'auto.maxPrice: must be a map of settings.'],
    [
      'maxPrice: { perMillion: { prompt: -1 } }',
      'auto.maxPrice.perMillion.prompt: must be a number of US dollars that is not negative, such as 0.0000025.',
    ],
  ])('is refused for %s', (yaml, problem) => {
    expect(problems(`auto: { ${yaml} }`)).toEqual([`pointsman.yaml: ${problem}`]);
  });
});

describe('a file that says nothing', () => {
  it.each(['', '\n\n', '# defaultModel: openai/gpt-4o\n', '---\n'])('is told of: %j', (text) => {
    expect(assembled(text).notes).toEqual(['pointsman.yaml is empty, so the defaults hold.']);
  });
});

describe('addresses', () => {
  const refusal = (baseUrl: string) => problems(`providers: { acme: { baseUrl: "${baseUrl}" } }`);

  it.each(['http://10.0.0.5/v1', 'https://192.168.1.2', 'http://[fd00::1]:8000'])(
    'refuses %s without a flag',
    (baseUrl) => {
      expect(refusal(baseUrl)).toEqual([
        expect.stringContaining('is a private address; add allowPrivateNetwork: true'),
      ]);
      const yaml = `providers: { acme: { baseUrl: "${baseUrl}", allowPrivateNetwork: true } }`;
      expect(assembled(yaml).providers.get('acme')?.allowPrivateNetwork).toBe(true);
    },
  );

  it('refuses clear text to a distant server', () => {
    expect(refusal('http://llm.example/v1')).toEqual([expect.stringContaining('clear text')]);
  });

  it.each(['http://localhost:8000', 'http://127.0.0.1:8000/v1', 'http://[::1]:8000'])('accepts %s', (baseUrl) => {
    expect(refusal(baseUrl)).toEqual([]);
  });
});

describe('servers found on this machine', () => {
  const ollama: DiscoveredServer = {
    slug: 'ollama',
    name: 'Ollama',
    dialect: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    models: [{ id: 'llama3.2:3b' }, { id: 'hf.co/Acme/Big-GGUF:Q4_K_M', contextLength: 4096 }],
  };

  it('bring their models, free and private, under names without a variant’s colon', () => {
    const { catalog, providers } = assembled('', {}, [ollama]);
    const [endpoint] = catalog.endpointsOfModel('ollama/llama3.2-3b');
    expect(endpoint).toMatchObject({
      upstreamModel: 'llama3.2:3b',
      pricing: { prompt: '0', completion: '0' },
      dataPolicy: { trainsOnPrompts: false, retention: 'none' },
    });
    expect(catalog.model('llama3.2:3b')?.slug).toBe('ollama/llama3.2-3b');
    expect(catalog.model('ollama/llama3.2:3b')?.slug).toBe('ollama/llama3.2-3b');
    expect(catalog.model('ollama/big-gguf-q4_k_m')?.contextLength).toBe(4096);
    expect(providers.get('ollama')).toMatchObject({ dialect: 'ollama', allowPrivateNetwork: true });
    expect(catalog.provider('ollama')).toMatchObject({ name: 'Ollama', configured: true });
  });

  it('obey the configuration', () => {
    expect(
      assembled('providers: { ollama: { enabled: false } }', {}, [ollama]).catalog.provider('ollama'),
    ).toBeUndefined();
    const { catalog } = assembled(
      `
      providers: { ollama: { name: My Ollama } }
      models: { ollama/llama3.2-3b: { contextLength: 131072, endpoints: [{ provider: ollama, contextLength: 8192 }] } }
      `,
      {},
      [ollama],
    );
    expect(catalog.provider('ollama')?.name).toBe('My Ollama');
    expect(catalog.model('ollama/llama3.2-3b')?.contextLength).toBe(131_072);
    expect(catalog.endpoint('ollama/llama3.2-3b@ollama')?.contextLength).toBe(8192);
  });
});

describe('deadlines', () => {
  const of = (yaml: string, id: string) => {
    const { catalog, deadlines } = assembled(yaml);
    return deadlines(catalog.endpoint(id) as Endpoint);
  };

  it('are short for distant models, longer for those that think, long for those nearby', () => {
    expect(of('', 'openai/gpt-4o@openai')).toEqual({
      connectMs: 3000,
      firstContentMs: 30_000,
      gapMs: 30_000,
      totalMs: 600_000,
    });
    expect(of('', 'openai/o3@openai')).toMatchObject({ firstContentMs: 120_000, gapMs: 120_000 });
    expect(of('', 'pointsman/tiny-1m@local')).toMatchObject({ firstContentMs: 300_000 });
  });

  it('follow the configuration, the provider’s before the general', () => {
    const yaml = 'deadlines: { gapMs: 1, totalMs: 2 }\nproviders: { openai: { deadlines: { totalMs: 3 } } }';
    expect(of(yaml, 'openai/o3@openai')).toEqual({ connectMs: 3000, firstContentMs: 120_000, gapMs: 1, totalMs: 3 });
    expect(of(yaml, 'openai/o3@openrouter')).toMatchObject({ gapMs: 1, totalMs: 2 });
  });
});
