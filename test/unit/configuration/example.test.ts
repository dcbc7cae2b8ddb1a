import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configurationSchema } from '../../../src/configuration/configuration.ts';
import { assembled } from '../../support/configured.ts';

const example = readFileSync(new URL('../../../pointsman.example.yaml', import.meta.url), 'utf8');

/** The paths of all settings of a schema, with `*` for the names in a map and the places in a list. */
function settingsOf(schema: unknown, path = ''): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, field]) => [
      `${path}.${key}`,
      ...settingsOf(field, `${path}.${key}`),
    ]);
  }
  if (schema instanceof z.ZodRecord) return settingsOf(schema.valueType, `${path}.*`);
  if (schema instanceof z.ZodArray) return settingsOf(schema.element, `${path}.*`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => settingsOf(option, path));
  if (schema instanceof z.ZodPipe) return settingsOf(schema.in, path);
  if (schema instanceof z.ZodType && 'innerType' in schema.def) return settingsOf(schema.def.innerType, path);
  return [];
}

/** Whether a value has something at a path of `settingsOf`. */
function shows(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  return entries.some(([name, inner]) => (key === '*' || key === name) && shows(inner, rest));
}

function missingFrom(text: string): string[] {
  const value: unknown = parse(text);
  return settingsOf(configurationSchema).filter((path) => !shows(value, path.slice(1).split('.')));
}

describe('pointsman.example.yaml', () => {
  it('is valid, whether its keys are set or not', () => {
    const { catalog, providers, notes } = assembled(example);
    expect(catalog.defaultModel).toBe('meta-llama/llama-3.3-70b-instruct');
    expect([...providers.keys()]).toEqual(['local', 'acme-vllm']);
    expect(notes).toEqual([expect.stringContaining('ACME_API_KEY is not set')]);
    expect([...assembled(example, { ACME_API_KEY: 'key' }).providers.keys()]).toContain('acme-cloud');
  });

  it('shows every setting there is', () => {
    expect(missingFrom(example)).toEqual([]);
    expect(missingFrom(example.replace('pingMs', '# pingMs'))).toEqual(['.server.sockets.pingMs']);
    expect(settingsOf(configurationSchema)).toEqual(
      expect.arrayContaining([
        '.routing.strategy',
        '.discovery.timeoutMs',
        '.models.*.outputModalities',
        '.models.*.endpoints.*.pricing.overrides.*.perMillion.cacheWrite',
      ]),
    );
  });

  it('shows what it promises', () => {
    const { catalog } = assembled(example);
    expect(catalog.endpointsOfModel('acme/support-7b').map((endpoint) => endpoint.provider)).toEqual([
      'acme-vllm',
      'acme-cloud',
    ]);
    expect(catalog.model('house-model')?.slug).toBe('acme/support-7b');
    expect(catalog.named('fast')).toMatchObject({ model: { slug: 'openai/gpt-oss-20b' }, variant: 'nitro' });
    expect(catalog.auto.choices.find(({ model }) => model.slug === 'acme/support-7b')?.preference).toBe(0);
    expect(catalog.auto.choices.some(({ model }) => model.slug === 'pointsman/tiny-1m')).toBe(false);
    expect(catalog.auto.maxPrice).toEqual({ prompt: '0.000005', completion: '0.000025' });
    expect(catalog.endpoint('openai/gpt-4o@openai')?.pricing).toMatchObject({
      prompt: '0.000002',
      cacheRead: '0.000001',
    });
    expect(catalog.endpoint('openai/gpt-oss-20b@together')).toBeUndefined();
    expect(catalog.endpointsOfModel('meta-llama/llama-3.3-70b-instruct').length).toBeGreaterThan(5);
  });

  it('calls a deployment at Azure once its key and its address are set', () => {
    const { catalog, providers } = assembled(example, {
      AZURE_OPENAI_API_KEY: 'key',
      AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com',
    });
    expect(providers.get('azure')).toMatchObject({ baseUrl: 'https://mine.openai.azure.com/openai/v1', apiKey: 'key' });
    expect(catalog.endpoint('openai/gpt-4o@azure')).toMatchObject({
      upstreamModel: 'my-gpt-4o-deployment',
      pricing: { prompt: '0.0000025', completion: '0.00001' },
    });
  });
});
