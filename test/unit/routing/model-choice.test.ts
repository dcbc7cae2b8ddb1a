import { describe, expect, it } from 'vitest';
import { type CatalogData, createCatalog } from '../../../src/catalog.ts';
import type { ChatRequest } from '../../../src/chat.ts';
import { modelChoices } from '../../../src/routing/model-choice.ts';
import { aModel, anEndpoint, aProvider, hello } from '../../support/router-bench.ts';

const data: CatalogData = {
  models: [aModel('m/one-1'), aModel('m/two-2')],
  providers: [aProvider('p')],
  endpoints: [anEndpoint('m/one-1', 'p'), anEndpoint('m/two-2', 'p')],
  aliases: new Map([
    ['quick', 'm/one-1:nitro'],
    ['newest', 'm/two-latest'],
  ]),
  defaultModel: 'm/one-1',
};
const choose = (request: Partial<ChatRequest>, more: Partial<CatalogData> = {}) =>
  modelChoices({ ...hello, ...request }, createCatalog({ ...data, ...more }));
const names = (request: Partial<ChatRequest>) => choose(request).map(({ name }) => name);

describe('the models to try', () => {
  it('are those that the request names, in order, each once', () => {
    expect(names({ model: 'm/two-2', models: ['quick', 'M/Two-2', 'm/one-1'] })).toEqual([
      'm/two-2',
      'm/one-1:nitro',
      'm/one-1',
    ]);
  });

  it('leave out names that nothing has while another is left', () => {
    expect(names({ model: 'm/none', models: ['m/one-1:turbo', 'm/two-2'] })).toEqual(['m/two-2']);
    expect(() => choose({ model: 'm/one-1:turbo', models: ['m/none'] })).toThrow(
      expect.objectContaining({
        name: 'ModelNotFound',
        model: 'm/one-1:turbo',
        suggestions: ['m/one-1:nitro', 'm/one-1:floor', 'm/one-1:exacto', 'm/one-1:free'],
      }),
    );
  });

  it('are looked for among names that look alike only once, for the error', () => {
    const catalog = createCatalog(data);
    const sought: string[] = [];
    const watched = {
      ...catalog,
      suggest: (name: string) => {
        sought.push(name);
        return catalog.suggest(name);
      },
    };
    const models = ['m/none-1', 'm/none-2', 'm/none-3'];
    expect(() => modelChoices({ ...hello, models }, watched)).toThrow(expect.objectContaining({ model: 'm/none-1' }));
    expect(sought).toEqual(['m/none-1']);
  });

  it.each([
    ['nitro', { sort: 'throughput' }],
    ['floor', { sort: 'price' }],
    ['exacto', { sort: 'exacto' }],
    ['free', { maxPrice: { prompt: '0', completion: '0', request: '0', image: '0' } }],
  ])('take what :%s asks for beside the caller’s own preferences', (variant, added) => {
    const [chosen] = choose({ model: `m/one-1:${variant}`, provider: { only: ['p'] } });
    expect(chosen.preferences).toEqual({ only: ['p'], ...added });
    expect(chosen.choice).toMatchObject({ strategy: 'variant', variant, requested: `m/one-1:${variant}` });
    expect(chosen.choice.reason).toContain(`:${variant}`);
  });

  it('take a variant for the model alone that bears it', () => {
    const chosen = choose({ models: ['m/one-1:floor', 'm/two-2'] });
    expect(chosen.map(({ preferences }) => preferences?.sort)).toEqual(['price', undefined]);
  });

  it.each([{ sort: 'latency' }, { order: ['p'] }] as const)('let %j of the request win over a variant', (provider) => {
    const [chosen] = choose({ model: 'm/one-1:nitro', provider });
    expect(chosen.preferences).toEqual(provider);
    expect(chosen.choice.reason).toContain('gives way');
  });

  it('let neither an empty order nor a price limit of the caller weaken a variant', () => {
    expect(choose({ model: 'm/one-1:nitro', provider: { order: [] } })[0].preferences?.sort).toBe('throughput');
    expect(
      choose({ model: 'm/one-1:free', provider: { maxPrice: { prompt: '1', image: '0' } } })[0].preferences?.maxPrice,
    ).toEqual({ prompt: '0', completion: '0', request: '0', image: '0' });
  });

  it('are the default where the request names none, by whatever name the operator gave it', () => {
    expect(choose({})[0]).toMatchObject({ name: 'm/one-1', choice: { strategy: 'direct' } });
    expect(choose({})[0].choice.requested).toBeUndefined();
    const [chosen] = choose({}, { defaultModel: 'quick' });
    expect(chosen).toMatchObject({ name: 'm/one-1:nitro', preferences: { sort: 'throughput' } });
    expect(chosen.choice).toMatchObject({ strategy: 'alias', variant: 'nitro' });
    expect(chosen.choice.reason).toContain('names no model');
  });
});

describe('what is told of a choice', () => {
  it.each([
    ['m/one-1', 'direct', 'm/one-1 is named by its slug.'],
    ['quick', 'alias', 'quick is an alias of m/one-1.'],
    [
      'newest',
      'alias',
      'newest is an alias of m/two-latest. m/two-2 is the newest available model of the family m/two-latest.',
    ],
    ['~m/two-latest', 'latest', 'm/two-2 is the newest available model of the family m/two-latest.'],
  ])('%s: %s', (model, strategy, reason) => {
    const { choice } = choose({ model })[0];
    expect(choice).toMatchObject({ requested: model, strategy });
    expect(choice.reason).toContain(reason);
  });

  it('says that a family has no available model', () => {
    const { choice } = choose({ model: 'm/two-latest' }, { providers: [aProvider('p', { configured: false })] })[0];
    expect(choice.reason).toContain('of which none is available');
  });

  it('says what a fallback came after, and lists all that would be tried', () => {
    const [, second] = choose({ model: 'm/one-1', models: ['newest'] });
    expect(second?.choice).toMatchObject({ requested: 'newest', strategy: 'fallback' });
    expect(second?.choice.reason).toContain('It came after m/one-1.');
    expect(second?.choice.considered).toMatchObject([
      { model: { slug: 'm/one-1' }, note: 'named by its slug' },
      { model: { slug: 'm/two-2' }, note: 'named as newest' },
    ]);
  });

  it('stays short, however long and many the names are', () => {
    const models = [
      ...Array.from({ length: 500 }, (_, index) => `${index}${'ä'.repeat(10_000)}`),
      'm/one-1',
      'm/two-2',
    ];
    for (const { choice } of choose({ models })) expect(JSON.stringify(choice).length).toBeLessThan(2_000);
  });
});
