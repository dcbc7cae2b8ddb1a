import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/catalog.ts';
import { familiesOf, familyPlaceOf } from '../../src/model-families.ts';
import { builtInCatalog } from '../support/configured.ts';
import { aModel, anEndpoint, aProvider } from '../support/router-bench.ts';

const latestOf = (slugs: readonly string[], available: readonly string[] = slugs) =>
  Object.fromEntries(
    [
      ...familiesOf(
        slugs.map((slug) => aModel(slug)),
        (slug) => available.includes(slug),
      ).latest,
    ].map(([name, { slug }]) => [name, slug]),
  );

describe('the family of a model', () => {
  it.each([
    ['a/claude-3.5-sonnet', 'a/claude-sonnet', [3.5], ''],
    ['a/claude-sonnet-4.5', 'a/claude-sonnet', [4.5], ''],
    ['a/claude-opus-4-1-20250805', 'a/claude-opus', [4.1], '20250805'],
    ['a/gpt-5.4-mini', 'a/gpt-mini', [5.4], ''],
    ['a/gpt-4o-2024-08-06', 'a/gpt-4o', [], '20240806'],
    ['a/command-r-08-2024', 'a/command-r', [], '202408'],
    ['a/gemini-2.0-flash-001', 'a/gemini-flash', [2], '001'],
    ['a/qwen3.8-max', 'a/qwen-max', [3.8], ''],
    ['a/qwen3.5-flash-02-23', 'a/qwen-flash', [3.5], '0223'],
    ['a/kimi-k2-0905', 'a/kimi', [2], '0905'],
    ['a/o4-mini', 'a/o-mini', [4], ''],
    ['a/llama-3.3-70b-instruct', 'a/llama-70b-instruct', [3.3], ''],
    ['a/qwen3-30b-a3b', 'a/qwen-30b-a3b', [3], ''],
    ['a/mixtral-8x22b-instruct', 'a/mixtral-8x22b-instruct', [], ''],
    ['a/moonshot-v1-128k', 'a/moonshot-128k', [1], ''],
    ['a/nova-2-lite-v1', 'a/nova-lite', [2, 1], ''],
    ['a/solar-pro4', 'a/solar-pro', [4], ''],
  ])('%s is %s', (slug, family, versions, date) => {
    expect(familyPlaceOf(slug)).toEqual({ family, versions, date, preview: false });
  });

  it.each(['a/gemini-3-pro-preview', 'a/v3.2-exp', 'a/grok-3-beta'])('%s is a preview', (slug) => {
    expect(familyPlaceOf(slug).preview).toBe(true);
  });
});

describe('the newest model of a family', () => {
  it('has the highest version, and then the latest date', () => {
    expect(latestOf(['a/m-2', 'a/m-10', 'a/m-9.5'])).toEqual({ 'a/m-latest': 'a/m-10' });
    expect(latestOf(['a/grok-4.20', 'a/grok-4.7', 'a/grok-4.3'])).toEqual({ 'a/grok-latest': 'a/grok-4.7' });
    expect(latestOf(['a/large-2407', 'a/large', 'a/large-2512'])).toEqual({ 'a/large-latest': 'a/large-2512' });
  });

  it('is one that could be called, as long as there is one', () => {
    const slugs = ['a/m-1', 'a/m-2', 'a/m-3'];
    expect(latestOf(slugs, ['a/m-1', 'a/m-2'])).toEqual({ 'a/m-latest': 'a/m-2' });
    expect(latestOf(slugs, [])).toEqual({ 'a/m-latest': 'a/m-3' });
  });

  it('is a preview only where nothing else is available', () => {
    const slugs = ['a/m-3-preview', 'a/m-2'];
    expect(latestOf(slugs)).toEqual({ 'a/m-latest': 'a/m-2' });
    expect(latestOf(slugs, ['a/m-3-preview'])).toEqual({ 'a/m-latest': 'a/m-3-preview' });
  });

  it('is never a deprecated one, or one that moves by itself', () => {
    const models = [aModel('a/m-2', { deprecatedAt: '2026-01-01' }), aModel('a/m-1'), aModel('a/m-latest')];
    expect([...familiesOf(models, () => true).latest.values()].map(({ slug }) => slug)).toEqual(['a/m-1']);
  });

  it('decides by the release where the names are equal but for that', () => {
    const models = [aModel('a/m-1', { createdAt: '2026-01-01' }), aModel('a/m-v1', { createdAt: '2026-02-01' })];
    expect(familiesOf(models, () => true).latest.get('a/m-latest')?.slug).toBe('a/m-v1');
  });

  it('has no name of its own where nothing in the family has a version', () => {
    expect(latestOf(['a/mini', 'a/gpt-oss-120b'])).toEqual({});
  });

  it('is what a person expects, in the catalog that ships', () => {
    const { latest } = familiesOf(builtInCatalog().models, () => true);
    for (const [name, slug] of [
      ['anthropic/claude-sonnet-latest', 'anthropic/claude-sonnet-5'],
      ['anthropic/claude-opus-latest', 'anthropic/claude-opus-5.5'],
      ['anthropic/claude-haiku-latest', 'anthropic/claude-haiku-4.5'],
      ['openai/gpt-mini-latest', 'openai/gpt-5.4-mini'],
      ['openai/o-mini-latest', 'openai/o4-mini'],
      ['google/gemini-pro-latest', 'google/gemini-2.5-pro'],
      ['google/gemini-flash-latest', 'google/gemini-3.8-flash'],
      ['meta-llama/llama-70b-instruct-latest', 'meta-llama/llama-3.3-70b-instruct'],
      ['mistralai/mistral-large-latest', 'mistralai/mistral-large-2512'],
      ['moonshotai/kimi-latest', 'moonshotai/kimi-k3'],
      ['x-ai/grok-latest', 'x-ai/grok-4.7'],
    ])
      expect(`${name} ${latest.get(name ?? '')?.slug}`).toBe(`${name} ${slug}`);
  });

  it('changes with the catalog', () => {
    const data = (slugs: readonly string[]) => ({
      models: slugs.map((slug) => aModel(slug)),
      providers: [aProvider('p')],
      endpoints: slugs.map((slug) => anEndpoint(slug, 'p')),
      aliases: new Map(),
      defaultModel: slugs[0] ?? '',
    });
    expect(createCatalog(data(['a/m-1'])).model('a/m-latest')?.slug).toBe('a/m-1');
    expect(createCatalog(data(['a/m-1', 'a/m-2'])).model('a/m-latest')?.slug).toBe('a/m-2');
  });
});
