import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, FinishReason, JsonObject, ToolCall } from '../../../src/chat.ts';
import { judgeToolCalls } from '../../../src/routing/tool-call-quality.ts';

const answerWith = (calls: readonly ToolCall[], finishReason: FinishReason = 'tool_calls'): Answer => ({
  content: '',
  toolCalls: calls,
  annotations: [],
  images: [],
  finishReason,
});
const call = (text: string, name = 'f'): ToolCall => ({ id: 'c', name, arguments: text });

/** The faults, joined; `good`; or `not judged`. */
function verdict(parameters: unknown, ...texts: readonly string[]): string {
  const tools = [{ name: 'f', parameters: parameters as JsonObject }];
  return said(judgeToolCalls(tools, answerWith(texts.map((text) => call(text)))));
}
function said(faults: ReadonlySet<string> | undefined): string {
  if (faults === undefined) return 'not judged';
  return faults.size === 0 ? 'good' : [...faults].sort().join(' ');
}

const city = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

describe('a tool call', () => {
  it.each([
    ['good', '{"city":"Oslo"}'],
    ['invalid_json', '{"city":"Oslo"'],
    ['invalid_json', ''],
    ['schema_mismatch', '{}'],
    ['schema_mismatch', '{"city":1}'],
    ['schema_mismatch', '{"city":"Oslo","unit":"C"}'],
    ['schema_mismatch', '"Oslo"'],
    ['schema_mismatch', '[]'],
    ['schema_mismatch', 'null'],
  ])('is %s with the arguments %s', (expected, text) => {
    expect(verdict(city, text)).toBe(expected);
  });

  it('is at fault where it names no tool of the request', () => {
    expect(said(judgeToolCalls([{ name: 'g' }], answerWith([call('{}')])))).toBe('unknown_name');
    expect(said(judgeToolCalls([{ name: 'g' }], answerWith([call('{}', 'constructor')])))).toBe('unknown_name');
  });

  it('may have any object for its arguments where the tool has no schema', () => {
    expect(said(judgeToolCalls([{ name: 'f' }], answerWith([call('{"a":1}')])))).toBe('good');
    expect(said(judgeToolCalls([{ name: 'f' }], answerWith([call('1')])))).toBe('schema_mismatch');
  });

  it('makes its whole answer faulty, whatever the other calls are', () => {
    expect(verdict(city, '{"city":"Oslo"}', '{', '{}')).toBe('invalid_json schema_mismatch');
  });
});

describe('an answer', () => {
  it.each<FinishReason>(['length', 'content_filter', 'error', 'cancelled'])(
    'that ended with %s is not judged: its calls may have been cut short',
    (reason) => {
      expect(judgeToolCalls([{ name: 'f' }], answerWith([call('{')], reason))).toBeUndefined();
    },
  );

  it('without tool calls, or to a request without tools, is not judged', () => {
    expect(judgeToolCalls([{ name: 'f' }], answerWith([]))).toBeUndefined();
    expect(judgeToolCalls(undefined, answerWith([call('{}')]))).toBeUndefined();
    expect(judgeToolCalls([], answerWith([call('{}')]))).toBeUndefined();
  });

  it('is faulty where one call is, though another cannot be judged', () => {
    const tools = [{ name: 'f', parameters: { $ref: '#/nowhere' } }, { name: 'g' }];
    expect(said(judgeToolCalls(tools, answerWith([call('{}'), call('{}', 'g')])))).toBe('not judged');
    expect(said(judgeToolCalls(tools, answerWith([call('{}'), call('{', 'g')])))).toBe('invalid_json');
  });

  it('is judged by its first 64 calls', () => {
    const calls = Array.from({ length: 65 }, () => call('{}'));
    const tools = [{ name: 'f' }];
    expect(said(judgeToolCalls(tools, answerWith(calls.slice(0, 64))))).toBe('good');
    expect(said(judgeToolCalls(tools, answerWith(calls)))).toBe('not judged');
  });
});

describe('the schema of a tool', () => {
  it('is read as draft 7, with references into itself', () => {
    const tree = {
      $defs: {
        node: {
          type: 'object',
          properties: { next: { $ref: '#/$defs/node' }, id: { type: 'integer' } },
          required: ['id'],
        },
      },
      $ref: '#/$defs/node',
    };
    expect(verdict(tree, '{"id":1,"next":{"id":2}}')).toBe('good');
    expect(verdict(tree, '{"id":1,"next":{"next":{"id":2}}}')).toBe('schema_mismatch');
    const either = { properties: { a: { anyOf: [{ type: 'null' }, { enum: ['x', 'y'] }] } }, minProperties: 1 };
    expect(verdict(either, '{"a":null}')).toBe('good');
    expect(verdict(either, '{"a":"z"}')).toBe('schema_mismatch');
    expect(verdict({ properties: { a: false, b: true } }, '{"b":1}')).toBe('good');
    expect(verdict({ properties: { a: false, b: true } }, '{"a":1}')).toBe('schema_mismatch');
    expect(verdict({ properties: { n: { multipleOf: 0.1, maximum: 5 } } }, '{"n":0.3}')).toBe('good');
    expect(verdict({ properties: { n: { multipleOf: 0.1, maximum: 5 } } }, '{"n":5.1}')).toBe('schema_mismatch');
  });

  it('is not changed', () => {
    const schema = { properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string', format: 'date' } } };
    const before = structuredClone(schema);
    verdict(schema, '{"a":"b"}');
    expect(Object.getOwnPropertyNames(schema.properties.a)).toEqual(['$ref']);
    expect(schema).toEqual(before);
  });

  it('says nothing with its regular expressions, formats and uniqueness', () => {
    const fatal = { pattern: '^(a+)+$', format: 'uri' };
    expect(verdict({ properties: { a: fatal } }, JSON.stringify({ a: `${'a'.repeat(60)}!` }))).toBe('good');
    expect(verdict({ patternProperties: { '^(a+)+$': false }, additionalProperties: false }, '{"ab":1}')).toBe('good');
    expect(verdict({ properties: { a: { uniqueItems: true } } }, '{"a":[1,1]}')).toBe('good');
  });

  it.each([
    ['a pattern beside `not`', { not: { properties: { a: { pattern: 'x' } } } }],
    ['a pattern beside `oneOf`', { oneOf: [{ required: ['b'] }, { properties: { a: { pattern: 'x' } } }] }],
    ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
    ['a reference to nothing', { $ref: '#/$defs/none' }],
    ['a reference to itself', { $ref: '#' }],
    ['references in a circle', { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }],
    ['a type that is none', { type: 'text' }],
    ['`required` as a boolean', { properties: { a: { required: true } } }],
    ['exclusive limits of draft 4', { properties: { a: { minimum: 0, exclusiveMinimum: true } } }],
    ['tuples of a later draft', { properties: { a: { prefixItems: [{}], items: false } } }],
    ['`nullable`', { properties: { a: { type: 'string', nullable: true } } }],
    ['a list of no choices', { anyOf: [] }],
    ['a subschema that is none', { properties: { a: 'string' } }],
    ['a schema that is none', 'object'],
  ])('is not judged by where it has %s', (_name, schema) => {
    expect(verdict(schema, '{"a":[1]}')).toBe('not judged');
  });

  it('pollutes nothing', () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}');
    expect(verdict(schema, '{"__proto__":1}')).toBe('schema_mismatch');
    expect(verdict(schema, '{"__proto__":"a","constructor":1}')).toBe('good');
    expect(verdict(JSON.parse('{"__proto__":{"required":["a"]},"type":"object"}'), '{"__proto__":{"bad":1}}')).toBe(
      'good',
    );
    expect(Object.hasOwn(Object.prototype, 'bad')).toBe(false);
  });
});

describe('hostile input', () => {
  const twice = (keyword: string, length: number, last: unknown) => {
    const $defs: Record<string, unknown> = { [`d${length}`]: last };
    for (let at = 0; at < length; at++) {
      $defs[`d${at}`] = { [keyword]: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] };
    }
    return { $defs, $ref: '#/$defs/d0' };
  };
  const many = (count: number, of: (index: number) => unknown) =>
    Array.from({ length: count }, (_, index) => of(index));
  const wide = (count: number) =>
    JSON.stringify(Object.fromEntries(many(count, (index) => [`k${index}`, index]) as [string, number][]));
  const listOf = (count: number, value: unknown) => JSON.stringify({ a: many(count, () => value) });

  const cases: readonly (readonly [string, unknown, string])[] = [
    ['choices that double at each step', twice('anyOf', 60, false), '{}'],
    ['conditions that double at each step', twice('allOf', 60, {}), '{}'],
    ['alternatives that double at each step', twice('oneOf', 60, {}), '{}'],
    ['a circle that branches', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, '{}'],
    [
      'a tree that branches at each level',
      { anyOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }], required: ['z'] },
      `${'{"a":'.repeat(30)}1${'}'.repeat(30)}`,
    ],
    ['many conditions on a wide object', { allOf: many(400, () => ({})) }, wide(4_900)],
    ['a wide object that must be empty', { additionalProperties: false }, wide(4_900)],
    [
      'long lists of values',
      { properties: { a: { items: { not: { enum: many(1_900, (index) => `value ${index}`) } } } } },
      listOf(4_000, 0),
    ],
    [
      'values that are compared in depth',
      { properties: { a: { items: { enum: many(300, (index) => ({ a: [1, 2, index] })) } } } },
      listOf(900, { a: [1, 2, 299] }),
    ],
    [
      'division of very large by very small numbers',
      { properties: { a: { items: { multipleOf: 5e-324 } } } },
      listOf(4_000, 1.7e308),
    ],
    [
      'a long string that is measured again and again',
      { allOf: many(400, () => ({ properties: { a: { minLength: 3 } } })) },
      JSON.stringify({ a: 'x'.repeat(250_000) }),
    ],
    ['a long name', { propertyNames: { maxLength: 1 } }, JSON.stringify({ ['é'.repeat(200_000)]: 1 })],
    ['arguments that are too large', {}, JSON.stringify({ a: 'x'.repeat(300_000) })],
    ['arguments of too many values', {}, listOf(120_000, 0)],
    ['arguments that are too deep', {}, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['brackets that never close', {}, '{"a":'.repeat(50_000)],
    [
      'a schema of too many names',
      { properties: Object.fromEntries(many(5_000, (index) => [`k${index}`, {}]) as [string, object][]) },
      '{}',
    ],
    ['a schema of too many values', { enum: many(100_000, (index) => index) }, '{}'],
    ['a schema that is too deep', many(5_000, () => 0).reduce((inner) => ({ not: inner }), {}), '{}'],
  ];
  it.each(cases)(
    'with %s is not judged',
    (_name, schema, text) => {
      expect(verdict(schema, text)).toBe('not judged');
    },
    5_000,
  );

  it('of any make throws nothing and ends', () => {
    const keyword = fc.constantFrom(
      '$ref',
      '$id',
      '$anchor',
      '$defs',
      'definitions',
      'type',
      'enum',
      'const',
      'properties',
      'patternProperties',
      'additionalProperties',
      'required',
      'items',
      'contains',
      'anyOf',
      'oneOf',
      'allOf',
      'not',
      'if',
      'then',
      'else',
      'pattern',
      'format',
      'minLength',
      'multipleOf',
      'uniqueItems',
      'dependencies',
      'propertyNames',
      '__proto__',
      'constructor',
      'toString',
      '__absolute_ref__',
      '$recursiveRef',
      '$recursiveAnchor',
    );
    const { schema } = fc.letrec<{ schema: unknown }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom<unknown>(
          '#',
          '#/$defs/a',
          '#/properties/a',
          'string',
          'object',
          ['a'],
          '(a+)+$',
          0,
          -1,
          1e308,
          true,
          null,
          [],
          {},
        ),
        fc.dictionary(fc.oneof(keyword, fc.constantFrom('a', 'b')), tie('schema'), { maxKeys: 5 }),
        fc.array(tie('schema'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(
        schema,
        fc.oneof(fc.json(), fc.constant('{"a":{"a":["b"]},"b":1}'), fc.string()),
        (parameters, text) => {
          expect(['good', 'invalid_json', 'schema_mismatch', 'not judged']).toContain(verdict(parameters, text));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('does not use up what an honest call needs', () => {
    const item = {
      type: 'object',
      properties: { path: { type: 'string' }, line: { type: 'integer' } },
      required: ['path'],
    };
    const edits = {
      type: 'object',
      properties: { edits: { type: 'array', items: item }, text: { type: 'string', minLength: 1 } },
    };
    const text = JSON.stringify({ edits: many(100, (line) => ({ path: 'a.ts', line })), text: 'x'.repeat(100_000) });
    expect(verdict(edits, text)).toBe('good');
  });
});
