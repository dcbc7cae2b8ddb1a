import { isEnumType, isObjectType, isUnionType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import * as accountErrors from '../../../src/account-errors.ts';
import * as errors from '../../../src/errors.ts';

const classes = Object.values({ ...errors, ...accountErrors })
  .filter((value) => typeof value === 'function' && value.prototype instanceof errors.CompletionError)
  .map((value) => (value as { name: string }).name)
  .sort();

const code = schema.getType('ErrorCode');
const values = isEnumType(code) ? code.getValues() : [];

describe('the errors', () => {
  it('have a code and a type for each class, and no other', () => {
    expect(classes).toContain('ModelNotFound');
    expect(values.map(({ value }) => value).sort()).toEqual(classes);
    const userError = schema.getType('UserError');
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && type.getInterfaces().some((face) => face === userError),
    );
    expect(types.map(({ name }) => name).sort()).toEqual(classes);
  });

  it('have codes that spell the names of their classes', () => {
    for (const { name, value } of values) expect(name.replaceAll('_', '').toLowerCase()).toBe(value.toLowerCase());
  });

  it('are members of what a stream ends with, and of the result of a completion except where only a reader has them', () => {
    const ofStreams = classes.filter((name) => name !== 'NotFound');
    expect(membersOf('CompletionError')).toEqual(ofStreams);
    const ofCompletions = ofStreams.filter((name) => name !== 'GenerationNotFound' && name !== 'EventsForgotten');
    expect(membersOf('CreateChatCompletionResult')).toEqual(['ChatCompletion', ...ofCompletions].sort());
    expect(membersOf('UpdateApiKeyResult')).toEqual(['ApiKey', 'Forbidden', 'InvalidRequest', 'NotFound']);
    expect(membersOf('CancelGenerationResult')).toEqual(['CancelledGeneration', 'GenerationNotFound']);
  });
});

function membersOf(name: string): string[] {
  const union = schema.getType(name);
  return isUnionType(union)
    ? union
        .getTypes()
        .map((type) => type.name)
        .sort()
    : [];
}
