import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../schema/index.ts';

/** Where the schema stands in print. */
export const printedSchemaFile = new URL('../schema/schema.graphql', import.meta.url);

/** The schema as text, everything in the order of the alphabet, so that a diff shows nothing but what changed. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
