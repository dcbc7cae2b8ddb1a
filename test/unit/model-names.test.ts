import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatalogData, createCatalog } from '../../src/catalog.ts';
import { modelVariants } from '../../src/chat.ts';
import { aModel, anEndpoint, aProvider } from '../support/router-bench.ts';

const data: CatalogData = {
  models: ['openai/gpt-5', 'openai/gpt-5.5', 'openai/gpt-chat-latest', 'openai/gpt-5-chat', 'odd/name:free'].map(
    (slug) => aModel(slug),
  ),
  providers: [aProvider('p')],
  endpoints: ['openai/gpt-5', 'openai/gpt-5.5', 'odd/name:free'].map((slug) => anEndpoint(slug, 'p')),
  aliases: new Map([
    ['Fast', 'openai/gpt-5:nitro'],
    ['newest', 'openai/gpt-latest'],
    ['smart', 'pointsman/auto'],
    ['llama3.2:3b', 'openai/gpt-5'],
  ]),
  defaultModel: 'openai/gpt-5',
};
const catalog = createCatalog(data);

const meaning = (name: string) => {
  const { model, by, variant } = catalog.named(name) ?? {};
  return model && [model.slug, by, ...(variant === undefined ? [] : [variant])].join(' ');
};

describe('a name', () => {
  it.each([
    ['openai/gpt-5', 'openai/gpt-5 slug'],
    ['OpenAI/GPT-5:Nitro', 'openai/gpt-5 slug nitro'],
    ['openai/gpt-5:exacto', 'openai/gpt-5 slug exacto'],
    ['fast', 'openai/gpt-5 alias nitro'],
    ['fast:floor', 'openai/gpt-5 alias floor'],
    ['openai/gpt-latest', 'openai/gpt-5.5 latest'],
    ['~openai/gpt-latest:free', 'openai/gpt-5.5 latest free'],
    ['newest', 'openai/gpt-5.5 alias'],
    ['openai/gpt-chat-latest', 'openai/gpt-chat-latest slug'],
    ['~openai/gpt-chat-latest', 'openai/gpt-5-chat latest'],
    ['pointsman/auto', 'pointsman/auto auto'],
    ['smart:free', 'pointsman/auto auto free'],
    ['odd/name:free', 'odd/name:free slug'],
    ['odd/name:free:free', 'odd/name:free slug free'],
    ['llama3.2:3b', 'openai/gpt-5 alias'],
    ['llama3.2:3b:floor', 'openai/gpt-5 alias floor'],
  ])('%s means %s', (name, expected) => {
    expect(meaning(name)).toBe(expected);
  });

  it.each([
    'openai/gpt-5:turbo',
    'openai/gpt-5:',
    ':nitro',
    '~openai/gpt-5',
    '~fast',
    '~',
    '',
    ':',
    'openai/gpt-5:nitro:floor',
  ])('%j means nothing', (name) => expect(catalog.named(name)).toBeUndefined());

  it('with an unknown variant is answered with the known ones of that model', () => {
    expect(catalog.suggest('fast:turbo')).toEqual(modelVariants.map((variant) => `openai/gpt-5:${variant}`));
  });

  it('that is misspelt keeps its variant in the suggestions, and finds families', () => {
    expect(catalog.suggest('openai/gtp-5.5:nitro')[0]).toBe('openai/gpt-5.5:nitro');
    expect(catalog.suggest('openai/gtp-latest')).toContain('openai/gpt-latest');
    expect(catalog.suggest('pointman/auto')).toEqual(['pointsman/auto']);
  });

  it('of the operator’s wins over a family', () => {
    const own = createCatalog({ ...data, aliases: new Map([['openai/gpt-latest', 'openai/gpt-5']]) });
    expect(own.named('openai/gpt-latest')).toMatchObject({ by: 'alias', model: { slug: 'openai/gpt-5' } });
  });

  it('is listed with its model', () => {
    expect(catalog.aliasesOf('openai/gpt-5')).toEqual(['fast', 'llama3.2:3b']);
    expect(catalog.aliasesOf('openai/gpt-5.5')).toEqual(['newest', 'openai/gpt-latest']);
    expect(catalog.aliasesOf('pointsman/auto')).toEqual(['smart']);
    expect(catalog.models.some(({ slug }) => slug === 'pointsman/auto')).toBe(false);
  });

  it('means the same in any case of letters, and whatever it is, its variant is one that exists', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'openai/gpt-5',
        'fast',
        'odd/name',
        ':',
        ':nitro',
        ':free',
        '~',
        ' ',
        '-latest',
        '/',
        'pointsman/auto',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    );
    const names = fc.oneof(
      fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', minLength: 10_000, maxLength: 10_000 }),
      fc.constantFrom(':'.repeat(10_000), '~'.repeat(10_000), `openai/gpt-5${':free'.repeat(2_000)}`),
    );
    fc.assert(
      fc.property(names, (name) => {
        const named = catalog.named(name);
        expect(catalog.suggest(name).length).toBeLessThanOrEqual(4);
        expect(catalog.model(name)).toBe(named?.model);
        if (named === undefined) return;
        expect(catalog.named(name.toUpperCase().toLowerCase())).toEqual(named);
        if (named.variant !== undefined && named.by !== 'alias') expect(name.toLowerCase()).toMatch(/:[a-z]+$/);
        expect(catalog.named(named.canonical)?.model).toBe(named.model);
      }),
      { numRuns: 300 },
    );
  });
});
