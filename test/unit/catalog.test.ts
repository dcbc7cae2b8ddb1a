import { describe, expect, it } from 'vitest';
import { type CatalogData, createCatalog } from '../../src/catalog.ts';
import { aModel, anEndpoint, aProvider } from '../support/router-bench.ts';

const data: CatalogData = {
  models: [aModel('meta/llama-3-70b'), aModel('openai/gpt-4o'), aModel('openai/gpt-4o-mini'), aModel('gone/model')],
  providers: [aProvider('a'), aProvider('b', { configured: false })],
  endpoints: [anEndpoint('openai/gpt-4o', 'a'), anEndpoint('openai/gpt-4o', 'b'), anEndpoint('meta/llama-3-70b', 'b')],
  aliases: new Map([['GPT4', 'openai/gpt-4o']]),
  defaultModel: 'openai/gpt-4o',
};
const catalog = createCatalog(data);

describe('the catalog', () => {
  it('finds a model by slug and alias, in any case', () => {
    for (const name of ['openai/gpt-4o', 'OpenAI/GPT-4o', 'gpt4', 'GPT4'])
      expect(catalog.model(name)?.slug).toBe('openai/gpt-4o');
    expect(catalog.model('gpt-5')).toBeUndefined();
  });

  it('knows which models could be tried', () => {
    expect(['openai/gpt-4o', 'meta/llama-3-70b', 'gone/model'].map(catalog.available)).toEqual([true, false, false]);
  });

  it('lists endpoints by model and by provider', () => {
    expect(catalog.endpointsOfModel('openai/gpt-4o').map(({ provider }) => provider)).toEqual(['a', 'b']);
    expect(catalog.endpointsOfProvider('b')).toHaveLength(2);
    expect(catalog.endpoint('openai/gpt-4o@b')?.provider).toBe('b');
  });

  it('suggests what looks alike, and nothing for nonsense', () => {
    expect(catalog.suggest('gpt-4-o')).toEqual(['openai/gpt-4o', 'openai/gpt-4o-mini']);
    expect(catalog.suggest('lama-3-70b')).toEqual(['meta/llama-3-70b']);
    expect(catalog.suggest('zzzz')).toEqual([]);
    expect(catalog.suggest('')).toEqual([]);
  });

  it.each([
    [{ endpoints: [anEndpoint('no/model', 'a')] }, 'endpoint no/model@a: no model no/model'],
    [{ endpoints: [anEndpoint('openai/gpt-4o', 'nobody')] }, 'endpoint openai/gpt-4o@nobody: no provider nobody'],
    [{ aliases: new Map([['x', 'no/model']]) }, 'alias x: no model no/model'],
    [{ defaultModel: 'no/model' }, 'default model: no model no/model'],
  ])('refuses what names something that is not there: %j', (part, message) => {
    expect(() => createCatalog({ ...data, ...part })).toThrow(message);
  });
});
