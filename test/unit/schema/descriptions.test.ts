import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';

interface Element {
  readonly path: string;
  readonly name: string;
  readonly description: string | null | undefined;
}

const builtIn = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

const elements: readonly Element[] = Object.values(schema.getTypeMap())
  .filter((type) => !isIntrospectionType(type) && !builtIn.has(type.name))
  .flatMap((type): Element[] => {
    const own = { path: type.name, name: type.name, description: type.description };
    const within = (name: string, description: string | null | undefined) => ({
      path: `${type.name}.${name}`,
      name,
      description,
    });
    if (isEnumType(type)) return [own, ...type.getValues().map((value) => within(value.name, value.description))];
    if (isInputObjectType(type)) {
      return [own, ...Object.values(type.getFields()).map((field) => within(field.name, field.description))];
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return [own];
    const fields = Object.values(type.getFields()).flatMap((field) => [
      within(field.name, field.description),
      ...field.args.map((arg) => ({
        path: `${type.name}.${field.name}(${arg.name})`,
        name: arg.name,
        description: arg.description,
      })),
    ]);
    return [own, ...fields];
  });

/** The letters of a text, so that `maxTokens`, `MAX_TOKENS` and `Max tokens.` are the same. */
function letters(text: string): string {
  return text.toLowerCase().replace(/\W|_/g, '');
}

describe('every element of the schema', () => {
  it('is looked at', () => {
    expect(elements.length).toBeGreaterThan(300);
    expect(elements.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'Query',
        'Query.models(filter)',
        'Model.slug',
        'Decimal',
        'MessageRole.USER',
        'CompletionError',
      ]),
    );
  });

  it('has a description of more than 15 characters that says more than its name', () => {
    const poor = elements.filter(({ name, description }) => {
      const text = description ?? '';
      return text.length <= 15 || letters(text) === letters(name);
    });
    expect(poor.map(({ path }) => path)).toEqual([]);
  });

  it('has a description that is a sentence', () => {
    const unfinished = elements.filter(({ description }) => !/^[A-Z`].*[.:]$/s.test(description ?? ''));
    expect(unfinished.map(({ path, description }) => `${path}: ${description}`)).toEqual([]);
  });

  it('names enum values in capitals', () => {
    const values = elements.filter(
      ({ path }) => isEnumType(schema.getType(path.split('.')[0] ?? '')) && path.includes('.'),
    );
    expect(values.length).toBeGreaterThan(50);
    expect(values.filter(({ name }) => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
  });
});
