import { isEnumType } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import { parameters, quantizations } from '../../../src/chat.ts';
import { failureKinds } from '../../../src/errors.ts';

it.each([
  ['Parameter', parameters],
  ['Quantization', quantizations],
  ['FailureKind', failureKinds],
])('%s has a value for each internal one', (name, internal) => {
  const type = schema.getType(name);
  const values = isEnumType(type) ? type.getValues().map(({ value }) => value) : [];
  expect(values.toSorted()).toEqual([...internal].sort());
});
