import { readFileSync } from 'node:fs';
import { buildSchema, validateSchema } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import { printedSchema, printedSchemaFile } from '../../../scripts/printed-schema.ts';

it('prints the schema that is checked in', () => {
  expect(readFileSync(printedSchemaFile, 'utf8')).toBe(printedSchema());
});

it('is a valid schema, printed and built', () => {
  expect(validateSchema(schema)).toEqual([]);
  expect(validateSchema(buildSchema(printedSchema()))).toEqual([]);
});
