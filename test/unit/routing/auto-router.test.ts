import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AutoSettings, createCatalog, type Endpoint, type Model } from '../../../src/catalog.ts';
import { type ChatRequest, type Parameter, parameters } from '../../../src/chat.ts';
import { NoEndpointAvailable } from '../../../src/errors.ts';
import { modelChoices } from '../../../src/routing/model-choice.ts';
import { aModel, anEndpoint, aProvider, hello } from '../../support/router-bench.ts';

interface Sort {
  readonly slug: string;
  /** Per token, of prompt and answer. */
  readonly price: string;
  readonly context?: number;
  readonly without?: readonly Parameter[];
  readonly model?: Partial<Model>;
  readonly endpoint?: Partial<Endpoint>;
  readonly provider?: string;
}

const usable = { without: ['reasoning'], context: 64_000 } as const;
const sorts: readonly Sort[] = [
  { slug: 'a/tiny', price: '0', context: 2_048, without: ['reasoning', 'tools'] },
  { slug: 'a/small', price: '0.0000001', ...usable },
  { slug: 'a/medium', price: '0.0000002', ...usable },
  { slug: 'b/low', price: '0.000001', context: 200_000 },
  { slug: 'b/mid', price: '0.000003', context: 200_000 },
  { slug: 'b/high', price: '0.00002', context: 1_000_000 },
];

function catalogOf(all: readonly Sort[], autoSettings?: AutoSettings) {
  return createCatalog({
    models: all.map(({ slug, context = 8_192, model }) => aModel(slug, { contextLength: context, ...model })),
    providers: [aProvider('p'), aProvider('away', { configured: false })],
    endpoints: all.map(({ slug, price, context = 8_192, without = [], provider = 'p', endpoint }) =>
      anEndpoint(slug, provider, {
        contextLength: context,
        supportedParameters: new Set(parameters).difference(new Set(without)),
        pricing: { prompt: price, completion: price, request: '0', overrides: [] },
        ...endpoint,
      }),
    ),
    aliases: new Map(),
    defaultModel: all[0]?.slug ?? '',
    ...(autoSettings !== undefined && { autoSettings }),
  });
}

const chosen = (request: Partial<ChatRequest>, all: readonly Sort[] = sorts, settings?: AutoSettings) =>
  modelChoices({ ...hello, model: 'pointsman/auto', ...request }, catalogOf(all, settings));
const slugs = (...parts: Parameters<typeof chosen>) => chosen(...parts).map(({ model }) => model.slug);
const refusal = (...parts: Parameters<typeof chosen>): NoEndpointAvailable => {
  try {
    throw new Error(`chose ${slugs(...parts)}`);
  } catch (error) {
    if (error instanceof NoEndpointAvailable) return error;
    throw error;
  }
};

const tools = [{ name: 'look' }];
const letters = (tokens: number) => [{ role: 'user', content: 'x'.repeat(tokens * 4) }] as const;
const schema = { type: 'json_schema', name: 'x', schema: {} } as const;

describe('the auto router', () => {
  it('gives a light request to the cheapest usable model, and takes the next ones for when it fails', () => {
    expect(slugs({})).toEqual(['a/small', 'a/medium', 'b/low']);
  });

  it.each<[string, Partial<ChatRequest>]>([
    ['tools', { tools }],
    ['reasoning', { reasoning: { effort: 'high' } }],
    ['a schema', { responseFormat: schema }],
    ['a long prompt', { messages: letters(2_001) }],
    ['a long answer', { maxTokens: 4_097 }],
  ])(
    'gives a request with %s to the capable model of median price, then to dearer, then to cheaper ones',
    (_what, request) => {
      expect(slugs(request)).toEqual(['b/mid', 'b/high', 'b/low']);
      expect(chosen(request)[0].choice.reason).toContain('demanding');
    },
  );

  it.each<[string, Partial<ChatRequest>]>([
    ['a prompt of 2,000 tokens', { messages: letters(2_000) }],
    ['an answer of 4,096 tokens', { maxTokens: 4_096 }],
    ['no wish to reason', { reasoning: { effort: 'none' } }],
    ['a wish for JSON', { responseFormat: { type: 'json_object' } }],
  ])('takes a request with %s for light', (_what, request) => {
    expect(slugs(request)[0]).toBe('a/small');
  });

  it('passes over models that cannot do what the request needs', () => {
    const image = [{ role: 'user', content: [{ type: 'image', url: 'https://x.example/y.png' }] }] as const;
    const blind = sorts.map((sort) =>
      sort.slug === 'b/high' ? sort : { ...sort, endpoint: { inputModalities: ['text'] as const } },
    );
    expect(slugs({ messages: image }, blind)).toEqual(['b/high']);
    expect(slugs({ messages: letters(300_000) })).toEqual(['b/high']);
    expect(
      slugs(
        { maxTokens: 4_000 },
        sorts.map((sort) => (sort.slug === 'a/medium' ? sort : { ...sort, endpoint: { maxCompletionTokens: 100 } })),
      ),
    ).toEqual(['a/medium']);
  });

  it('honours the preferences of the request', () => {
    expect(slugs({ provider: { maxPrice: { prompt: '0.00000015' } } })).toEqual(['a/small']);
    const elsewhere = sorts.map((sort) => ({
      ...sort,
      endpoint: { dataPolicy: { trainsOnPrompts: undefined, retention: 'unknown' as const } },
    }));
    expect(refusal({ provider: { zdr: true } }, elsewhere).exclusions.map(({ filter }) => filter)).toEqual(
      Array(6).fill('zdr'),
    );
  });

  it('with :free chooses among what costs nothing, and with :nitro lets the fastest endpoint serve', () => {
    const [free] = chosen({ model: 'pointsman/auto:free' });
    expect(free).toMatchObject({ name: 'a/tiny:free', choice: { strategy: 'auto', variant: 'free' } });
    expect(chosen({ model: 'pointsman/auto:nitro' })[0]).toMatchObject({
      name: 'a/small:nitro',
      preferences: { sort: 'throughput' },
    });
  });

  it('takes what is small, old, a preview or deprecated only where nothing else fits', () => {
    expect(slugs({}, sorts.slice(0, 2))).toEqual(['a/small']);
    expect(slugs({}, sorts.slice(0, 1))).toEqual(['a/tiny']);
    const cheap = { price: '0.00000001', context: 200_000 };
    expect(
      slugs({}, [
        { slug: 'a/x-3-preview', ...cheap },
        { slug: 'a/x-1', ...cheap },
        { slug: 'a/x-2', ...cheap },
      ]),
    ).toEqual(['a/x-2']);
    expect(
      slugs({}, [
        { slug: 'a/old', ...cheap, model: { deprecatedAt: '2026-01-01' } },
        { slug: 'a/new', ...cheap, price: '1' },
      ]),
    ).toEqual(['a/new']);
  });

  it('puts models first whose context holds the longest answer, too', () => {
    const tight = { slug: 'a/tight', price: '0.00000001', context: 33_000, without: ['reasoning'] } as const;
    expect(slugs({ messages: letters(1_500), maxTokens: 32_000 }, [tight, ...sorts])).not.toContain('a/tight');
    expect(slugs({ messages: letters(1_500), maxTokens: 3_000 }, [tight, ...sorts])[0]).toBe('a/tight');
    expect(slugs({ messages: letters(1_500), maxTokens: 32_000 }, [tight])).toEqual(['a/tight']);
  });

  it('does not take what could not be called', () => {
    const away = sorts.map((sort) => (sort.slug === 'a/small' ? { ...sort, provider: 'away' } : sort));
    expect(slugs({}, away)[0]).toBe('a/medium');
    expect(catalogOf(away).auto.choices.map(({ model }) => model.slug)).not.toContain('a/small');
  });
});

describe('the operator of an auto router', () => {
  it('allows, excludes and prefers models by patterns', () => {
    expect(slugs({}, sorts, { allow: ['B/*'] })).toEqual(['b/low', 'b/mid', 'b/high']);
    expect(slugs({}, sorts, { allow: ['*/m*', 'b/low'], exclude: ['b/*'] })).toEqual(['a/medium']);
    expect(slugs({}, sorts, { prefer: ['b/high', 'a/t*'] })).toEqual(['b/high', 'a/tiny', 'a/small']);
    expect(chosen({}, sorts, { prefer: ['b/high'] })[0].choice.reason).toContain('operator prefers');
  });

  it('limits the price of every endpoint that serves', () => {
    const maxPrice = { prompt: '0.000001', completion: '0.000001' };
    const all = chosen({ tools }, sorts, { maxPrice });
    expect(all.map(({ model }) => model.slug)).toEqual(['b/low', 'a/small', 'a/medium']);
    for (const { preferences } of all) expect(preferences?.maxPrice).toEqual(maxPrice);
  });
});

describe('an auto router that has no model', () => {
  it('says for each model which need ruled it out', () => {
    const error = refusal({ reasoning: { effort: 'high' } }, sorts.slice(0, 3));
    expect(error.message).toBe(
      'None of the models that pointsman/auto may choose fits this request: reasoning rules out a/tiny, a/small, a/medium.',
    );
    expect(error.exclusions).toContainEqual({
      endpoint: 'a/tiny@p',
      filter: 'reasoning',
      reason: 'does not support reasoning',
    });
  });

  it('says so in bounded length', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({
      slug: `a/m${index}`,
      price: '0',
      without: ['tools' as const],
    }));
    const error = refusal({ tools }, many);
    expect(error.exclusions).toHaveLength(20);
    expect(error.message).toContain('and 497 more');
  });

  it('says that the operator allows none', () => {
    expect(refusal({}, sorts, { allow: ['z/*'] }).message).toContain('none of those that its operator allows');
  });

  it('is passed over while another name is left', () => {
    const [only] = chosen({ models: ['b/mid'] }, sorts, { allow: ['z/*'] });
    expect(only).toMatchObject({ name: 'b/mid', choice: { strategy: 'fallback', requested: 'b/mid' } });
  });
});

describe('what the auto router tells', () => {
  it('is the rule that decided, what it chose and what it passed over', () => {
    const { choice } = chosen({ tools })[0];
    expect(choice).toMatchObject({ requested: 'pointsman/auto', strategy: 'auto' });
    expect(choice.reason).toBe(
      '5 of the 6 models that the auto router may choose fit. The request is demanding (it brings tools), so capable models come ' +
        'first, from the one of median price upwards. b/mid is choice 1: capable, about $0.001515.',
    );
    expect(choice.considered.map(({ model, note }) => `${model.slug}: ${note}`)).toEqual([
      'b/mid: capable, about $0.001515',
      'b/high: capable, about $0.010100',
      'b/low: capable, about $0.000505',
      'a/small: passed over: usable, about $0.000050',
      'a/medium: passed over: usable, about $0.000101',
    ]);
  });

  it('is ten models at most', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ slug: `a/m${index}x`, price: '0', context: 200_000 }));
    expect(chosen({ models: ['a/m1x', 'a/m2x', 'a/m49x'] }, many)[0].choice.considered).toHaveLength(10);
  });
});

it('gives the same request the same models, each of which can serve it', () => {
  const needs = fc.record(
    {
      tools: fc.constant(tools),
      reasoning: fc.constantFrom({ effort: 'low' } as const, { effort: 'none' } as const),
      maxTokens: fc.integer({ min: 1, max: 300_000 }),
      messages: fc.integer({ min: 1, max: 250_000 }).map(letters),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(needs, fc.shuffledSubarray([...sorts], { minLength: 1 }), (request, some) => {
      const outcome = (all: readonly Sort[]) => {
        try {
          return slugs(request, all).join(' ');
        } catch (error) {
          expect(error).toBeInstanceOf(NoEndpointAvailable);
          return 'none';
        }
      };
      const first = outcome(some);
      expect(outcome(some.toReversed())).toBe(first);
      for (const slug of first === 'none' ? [] : first.split(' ')) {
        const sort = sorts.find((each) => each.slug === slug);
        if ('tools' in request) expect(sort?.without ?? []).not.toContain('tools');
        if (request.reasoning?.effort === 'low') expect(sort?.without ?? []).not.toContain('reasoning');
      }
      expect(first === '' || first.split(' ').length > 3).toBe(false);
    }),
    { numRuns: 60 },
  );
});
