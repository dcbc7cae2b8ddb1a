import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types the project's own operations by the printed schema. `schema/schema.graphql` must be printed first. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: ['test/operations/*.graphql', 'examples/**/*.graphql'],
  ignoreNoDocuments: true,
  generates: {
    'test/operations/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { Decimal: 'string', DateTime: 'string', JSON: 'unknown', URL: 'string', ID: 'string' },
      },
    },
  },
  importExtension: '.ts',
};

export default config;
