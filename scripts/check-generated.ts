import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import config from '../codegen.ts';
import { printedSchema, printedSchemaFile } from './printed-schema.ts';

// Fails when the printed schema, or the types of the project's own operations, are not those that would be generated now.
// Writes nothing.

interface Generated {
  readonly file: string | URL;
  readonly content: string;
}

const types: readonly { readonly filename: string; readonly content: string }[] = await generate(
  { ...config, silent: true },
  false,
);
const generated: readonly Generated[] = [
  { file: printedSchemaFile, content: printedSchema() },
  ...types.map(({ filename, content }) => ({ file: filename, content })),
];

const stale: string[] = [];
for (const { file, content } of generated) {
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present !== content) stale.push(relative('.', file instanceof URL ? file.pathname : file));
}

if (stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}. Run \`npm run generate\`.`);
  process.exitCode = 1;
} else {
  console.log(`All ${generated.length} generated files are up to date.`);
}
