import { isEnumType } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import { tokenOperations } from '../../../src/accounts/token-operations.ts';
import { scopes } from '../../../src/caller.ts';
import { parameters } from '../../../src/chat.ts';
import { failureKinds } from '../../../src/errors.ts';
import { quantizations } from '../../../src/provider-preferences.ts';

it.each([
  ['Parameter', parameters],
  ['Quantization', quantizations],
  ['FailureKind', failureKinds],
])('%s has a value for each internal one', (name, internal) => {
  const type = schema.getType(name);
  const values = isEnumType(type) ? type.getValues().map(({ value }) => value) : [];
  expect(values.toSorted()).toEqual([...internal].sort());
});

it('name everything that a client token may be allowed, and every scope', () => {
  const valuesOf = (name: string) => {
    const type = schema.getType(name);
    return isEnumType(type) ? type.getValues().map(({ value }) => value) : [];
  };
  expect(valuesOf('ClientTokenOperation')).toEqual(tokenOperations);
  expect(valuesOf('KeyScope')).toEqual(scopes);
});
