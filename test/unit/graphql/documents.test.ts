import { buildSchema, GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocuments } from '../../../src/graphql/documents.ts';

const schema = buildSchema('type Query { name: String, friends(first: Int): [Query] }');

describe('parsed documents', () => {
  it('are remembered by their text', () => {
    const documents = createDocuments(false);
    expect(documents.parse('{ name }')).toBe(documents.parse('{ name }'));
  });

  it('are forgotten once 512 others have been used since', () => {
    const documents = createDocuments(false);
    const used = documents.parse('{ name }');
    const unused = documents.parse('{ friends { name } }');
    for (let index = 0; index < 511; index += 1) {
      documents.parse(`{ a${index}: name }`);
      documents.parse('{ name }');
    }
    expect(documents.parse('{ name }')).toBe(used);
    expect(documents.parse('{ friends { name } }')).not.toBe(unused);
  });

  it('are not remembered where they are long', () => {
    const documents = createDocuments(false);
    const text = `{ name } #${'x'.repeat(20_000)}`;
    expect(documents.parse(text)).not.toBe(documents.parse(text));
  });

  it('may have 2,000 tokens', () => {
    const documents = createDocuments(false);
    expect(() => documents.parse(`{ ${'name '.repeat(1_998)}}`)).not.toThrow();
    expect(() => documents.parse(`{ ${'name '.repeat(1_999)}}`)).toThrow(GraphQLError);
  });
});

describe('validation', () => {
  it('stops after five errors', () => {
    const documents = createDocuments(false);
    const errors = documents.validate(schema, documents.parse('{ a b c d e f g h }'));
    expect(errors).toHaveLength(6);
    expect(errors.at(-1)?.message).toContain('Too many validation errors');
  });

  it('suggests names, and lets introspection through, but not for strangers', () => {
    const [open, closed] = [createDocuments(false), createDocuments(true)];
    const typo = '{ nam friends(fist: 1) { name } }';
    expect(JSON.stringify(open.validate(schema, open.parse(typo)))).toContain('Did you mean');
    expect(JSON.stringify(closed.validate(schema, closed.parse(typo)))).not.toContain('Did you mean');
    const introspection = '{ __schema { types { name } } }';
    expect(open.validate(schema, open.parse(introspection))).toEqual([]);
    expect(closed.validate(schema, closed.parse(introspection))).not.toEqual([]);
    expect(closed.validate(schema, closed.parse('{ __typename }'))).toEqual([]);
  });
});
