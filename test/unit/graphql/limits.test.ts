import fc from 'fast-check';
import { buildSchema, type GraphQLError, Kind, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema as wholeSchema } from '../../../schema/index.ts';
import { exceededLimit, limits } from '../../../src/graphql/limits.ts';

const schema = buildSchema(`
  type Query {
    leaf: Int
    thing: Thing!
    nodes(ids: [ID!]!): [Thing]!
    rankings(first: Int = 10): [Thing!]!
    things(first: Int, last: Int): ThingConnection!
    search(text: String): Anything
  }
  interface Named { name: String }
  type Thing implements Named { name: String, self: Thing!, parts: [Thing!]!, things(first: Int, last: Int): ThingConnection! }
  union Anything = Thing
  type ThingConnection { edges: [ThingEdge!]!, nodes: [Thing!]!, pageInfo: PageInfo!, totalCount: Int! }
  type ThingEdge { cursor: String, node: Thing! }
  type PageInfo { hasNextPage: Boolean! }
`);

function check(query: string, variables: Record<string, unknown> = {}, target = schema): GraphQLError | undefined {
  const document = parse(query);
  expect(validate(target, document)).toEqual([]);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw new Error('no operation');
  return exceededLimit(target, document, operation, variables);
}

/** What an operation over the limit costs. */
function costOf(query: string, variables?: Record<string, unknown>): number {
  const error = check(query, variables);
  if (error === undefined) throw new Error('within the limit');
  return Number(/costs (\d+)/.exec(error.message)?.[1]);
}

const nested = (levels: number) => `${'{ self '.repeat(levels)}{ name }${' }'.repeat(levels)}`;

describe('the depth of an operation', () => {
  it('may be 10', () => {
    expect(check(`{ thing ${nested(8)} }`)).toBeUndefined();
    expect(check(`{ thing ${nested(9)} }`)?.extensions).toEqual({
      code: 'OPERATION_TOO_LARGE',
      limit: 'depth',
      maximum: 10,
    });
  });

  it('is counted through fragments of all kinds', () => {
    const query = `
      query { thing { ...A } }
      fragment A on Thing { ... on Named { ... on Thing { self { ...B } } } }
      fragment B on Thing { self { self { self { ...C } } } }
      fragment C on Thing { self { self { self { self { self { name } } } } } }`;
    expect(check(query)?.extensions.limit).toBe('depth');
  });

  it('is not counted for introspection', () => {
    const deep = 'ofType { name '.repeat(8) + '}'.repeat(8);
    expect(check(`{ __schema { types { fields { type { name ${deep} } } } } }`)).toBeUndefined();
  });

  it('is counted in a fragment that is called like introspection', () => {
    const query = `query { ...__schema } fragment __schema on Query { thing ${nested(10)} }`;
    expect(check(query)?.extensions.limit).toBe('depth');
  });
});

describe('the cost of an operation', () => {
  it('is a page times what stands in it, one for each object', () => {
    // things 1 + 100 × (node 1 + self 1 + things 1 + 9 × node 1)
    expect(costOf('{ things(first: 100) { nodes { self { name } things(first: 9) { nodes { name } } } } }')).toBe(
      1_201,
    );
  });

  it.each([
    ['first in the document', '{ things(first: 100) { nodes { things(first: 10) { nodes { name } } } } }', {}],
    ['last', '{ things(last: 100) { nodes { things(last: 10) { nodes { name } } } } }', {}],
    [
      'a variable',
      'query ($n: Int) { things(first: $n) { nodes { things(first: $n) { nodes { name } } } } }',
      { n: 50 },
    ],
    [
      'the default of a variable',
      'query ($n: Int = 50) { things(first: $n) { nodes { things(first: $n) { nodes { name } } } } }',
      {},
    ],
    [
      'the larger of first and last',
      '{ things(first: 1, last: 100000) { nodes { things(first: 10) { nodes { name } } } } }',
      {},
    ],
    ['the default page', '{ things { nodes { things { nodes { things { nodes { name } } } } } } }', {}],
    [
      'the number of ids',
      `{ nodes(ids: [${'"x",'.repeat(120)}]) { ... on Thing { things(first: 10) { nodes { name } } } } }`,
      {},
    ],
    [
      'ids in a variable',
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Thing { name } } }',
      { ids: Array(1_001).fill('x') },
    ],
    ['lists in lists', '{ things(first: 100) { nodes { parts { parts { parts { name } } } } } }', {}],
    ['a list that takes first', '{ rankings(first: 100) { things(first: 10) { nodes { name } } } }', {}],
  ])('is limited by %s', (_, query, variables) => {
    expect(check(query, variables)?.extensions.limit).toBe('cost');
  });

  it('counts a negative or huge page like the one that a resolver may give', () => {
    const query = (n: number) => `{ things(first: ${n}) { nodes { things(first: 7) { nodes { name } } } } }`;
    expect(check(query(100))).toBeUndefined();
    expect(check(query(2_000_000))).toBeUndefined();
    expect(check(query(-100))).toBeUndefined();
    expect(costOf('{ things(first: -100) { nodes { things(first: 10) { nodes { name } } } } }')).toBe(1_201);
  });

  it('is zero for leaves and introspection', () => {
    const leaves = Array.from({ length: 200 }, () => 'leaf').join(' ');
    expect(check(`{ thing { name } __schema { types { fields { args { type { name } } } } } }`)).toBeUndefined();
    expect(check(`{ thing { ${leaves.replaceAll('leaf', 'name')} } }`)).toBeUndefined();
  });

  it('is found in no time for fragments that multiply each other', () => {
    const levels = 60;
    const fragments = Array.from(
      { length: levels },
      (_, level) =>
        `fragment F${level} on Thing { name ${level + 1 < levels ? `...F${level + 1} ... on Thing { ...F${level + 1} }` : 'self { name }'} }`,
    );
    const startedAt = performance.now();
    expect(check(`{ thing { ...F0 } } ${fragments.join(' ')}`)?.extensions.limit).toBe('cost');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('never falls when an operation asks for more', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(150), (a, b) => {
        const query =
          'query ($n: Int) { things(first: 100) { nodes { things(first: $n) { nodes { self { name } } } } } }';
        const fits = (n: number) => check(query, { n }) === undefined;
        return !fits(Math.max(a, b)) || fits(Math.min(a, b));
      }),
    );
  });
});

describe('the numbers of aliases, root fields and directives', () => {
  it('are limited', () => {
    const aliases = (count: number) =>
      `{ thing { ${Array.from({ length: count }, (_, index) => `a${index}: name`).join(' ')} } }`;
    expect(check(aliases(15))).toBeUndefined();
    expect(check(aliases(16))?.extensions.limit).toBe('aliases');
    const roots = (count: number) => `{ ${'leaf '.repeat(count - 1)} ...R } fragment R on Query { leaf }`;
    expect(check(roots(10))).toBeUndefined();
    expect(check(roots(11))?.extensions.limit).toBe('rootFields');
    const directives = (count: number) => `{ thing { ${'name @skip(if: true) '.repeat(count)} } }`;
    expect(check(directives(20))).toBeUndefined();
    expect(check(directives(21))?.extensions.limit).toBe('directives');
  });

  it('count what fragments bring as often as they are spread', () => {
    const query = `{ a: thing { ...F } b: thing { ...F } } fragment F on Thing { ${Array.from({ length: 7 }, (_, index) => `x${index}: name`).join(' ')} }`;
    expect(check(query)?.extensions.limit).toBe('aliases');
  });
});

describe('real operations', () => {
  it('may ask for a page of 100 models with 15 fields and their endpoints', () => {
    const query = `{ models(first: 100) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
      id slug name author description createdAt contextLength maxCompletionTokens inputModalities outputModalities
      supportedParameters knowledgeCutoff deprecatedAt available pricing { prompt completion request }
      endpoints { id tag contextLength quantization provider { slug name } pricing { prompt completion } health { state } }
    } } } }`;
    expect(check(query, {}, wholeSchema)).toBeUndefined();
  });

  it('may not walk from models to endpoints to models to endpoints', () => {
    const query = '{ models(first: 100) { edges { node { endpoints { model { endpoints { tag } } } } } } }';
    expect(check(query, {}, wholeSchema)?.extensions.limit).toBe('cost');
  });

  it('are told the limit that they pass', () => {
    expect(check(`{ thing ${nested(12)} }`)?.message).toBe(
      `The operation is nested 14 levels deep; the limit is ${limits.depth}.`,
    );
  });
});
