import { describe, expect, it } from 'vitest';
import { assembled, problemsIn, type Variables } from '../../support/configured.ts';

const problems = (yaml: string, variables: Variables = {}) => problemsIn(() => assembled(yaml, variables));

describe('credentials', () => {
  const moved = 'providers: { openai: { baseUrl: "https://proxy.example/v1" } }';

  it('do not follow a provider that the configuration sends to another origin', () => {
    const { providers, notes } = assembled(moved, { OPENAI_API_KEY: 'sk-secret' });
    expect(providers.get('openai')).toMatchObject({ baseUrl: 'https://proxy.example/v1' });
    expect(providers.get('openai')).not.toHaveProperty('apiKey');
    expect(notes).toEqual([expect.stringContaining('OPENAI_API_KEY is not sent to https://proxy.example')]);
    expect(notes.join()).not.toContain('sk-secret');
  });

  it('go there when the configuration says so', () => {
    const yaml = 'providers: { openai: { baseUrl: "https://proxy.example/v1", apiKey: "$' + '{OPENAI_API_KEY}" } }';
    const { providers, notes } = assembled(yaml, { OPENAI_API_KEY: 'sk-secret' });
    expect(providers.get('openai')?.apiKey).toBe('sk-secret');
    expect(notes).toEqual([]);
  });

  it('stay with the provider’s own origin when only the path changes', () => {
    const yaml = 'providers: { openai: { baseUrl: "https://api.openai.com/v2" } }';
    expect(assembled(yaml, { OPENAI_API_KEY: 'key' }).providers.get('openai')?.apiKey).toBe('key');
  });

  it('that are named and not set leave the provider unconfigured', () => {
    const yaml = 'providers: { acme: { baseUrl: "https://acme.example/v1", apiKey: "$' + '{ACME_KEY}" } }';
    const { catalog, providers } = assembled(yaml);
    expect(catalog.provider('acme')?.configured).toBe(false);
    expect(providers.has('acme')).toBe(false);
  });

  it.each([
    ['"$' + '{ACME_KEY}"', 'ACME_KEY is not set'],
    ['"$' + '{ACME_ID}.$' + '{ACME_KEY}.$' + '{ACME_ID}"', 'ACME_ID and ACME_KEY are not set'],
    ['', 'apiKey is empty'],
  ])('that are missing are told of: %s', (apiKey, what) => {
    const yaml = `providers: { acme: { baseUrl: "https://acme.example/v1", apiKey: ${apiKey} } }`;
    expect(assembled(yaml).notes).toEqual([`providers.acme: ${what}, so its endpoints are listed and not tried.`]);
    expect(assembled(yaml.replace('acme: {', 'acme: { enabled: false,')).notes).toEqual([]);
  });

  it('that are missing are told of for a known provider, even when its usual variable is set', () => {
    const yaml = 'providers: { openai: { apiKey: "$' + '{MY_KEY}" } }';
    const { notes } = assembled(yaml, { OPENAI_API_KEY: 'sk-secret' });
    expect(notes).toEqual(['providers.openai: MY_KEY is not set, so its endpoints are listed and not tried.']);
    expect(assembled(yaml, { MY_KEY: 'key' }).notes).toEqual([]);
  });

  it('of Azure need the address of a resource, and its absence is told', () => {
    const key = { AZURE_OPENAI_API_KEY: 'key' };
    const without = assembled('{}', key);
    expect(without.catalog.provider('azure')?.configured).toBe(false);
    expect(without.notes).toEqual([
      expect.stringMatching(/^Azure OpenAI has a key and no address, .*: set AZURE_OPENAI_ENDPOINT to a URL such as /),
    ]);
    expect(assembled('providers: { azure: { baseUrl: "https://mine.example/openai/v1" } }', key).notes).not.toContain(
      without.notes[0],
    );
    const { providers, notes } = assembled('{}', { ...key, AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com/' });
    expect(notes).toEqual([]);
    expect(providers.get('azure')).toMatchObject({ baseUrl: 'https://mine.openai.azure.com/openai/v1', apiKey: 'key' });
    expect(problems('', { ...key, AZURE_OPENAI_ENDPOINT: 'mine' })[0]).toContain('AZURE_OPENAI_ENDPOINT must be a URL');
  });
});
