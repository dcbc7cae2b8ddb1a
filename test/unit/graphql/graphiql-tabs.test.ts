import { coerceInputValue, GraphQLNonNull, getOperationAST, parse, typeFromAST, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import { exceededLimit } from '../../../src/graphql/limits.ts';
import { graphiqlTabs } from '../../../src/server/graphiql-tabs.ts';

describe('the tabs of GraphiQL', () => {
  it('show a list, an answer, a stream, a tool call, a plan, the books and a failure', () => {
    const operations = graphiqlTabs.map(({ document }) => getOperationAST(parse(document))?.operation);
    expect(operations).toEqual(['query', 'mutation', 'subscription', 'mutation', 'query', 'query', 'mutation']);
  });

  it.each(graphiqlTabs)(
    'hold documents and variables that fit the schema: $document',
    ({ document, variables = {} }) => {
      const parsed = parse(document);
      const operation = getOperationAST(parsed);
      expect(validate(schema, parsed)).toEqual([]);
      if (operation === null || operation === undefined) throw new Error('no operation');
      expect(exceededLimit(schema, parsed, operation, variables)).toBeUndefined();
      for (const { variable, type } of operation.variableDefinitions ?? []) {
        const inputType = typeFromAST(schema, type);
        expect(inputType).toBeInstanceOf(GraphQLNonNull);
        const coerced = coerceInputValue(variables[variable.name.value], inputType as GraphQLNonNull<never>);
        expect(coerced).toBeDefined();
      }
    },
  );
});
