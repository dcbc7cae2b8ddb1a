import { type DocumentNode, GraphQLError, getOperationAST, Kind, type SelectionSetNode } from 'graphql';

/** An error for the first root field of the operation that is not `allowed`. The document is valid: its fragments end somewhere. */
export function forbiddenField(
  document: DocumentNode,
  operationName: string | null | undefined,
  allowed: ReadonlySet<string>,
): GraphQLError | undefined {
  const operation = getOperationAST(document, operationName);
  const name = operation && rootFieldNames(document, operation.selectionSet).find((field) => !allowed.has(field));
  if (name === undefined || name === null) return undefined;
  return new GraphQLError(`This client token may not use ${name}.`, { extensions: { code: 'FORBIDDEN' } });
}

function rootFieldNames(document: DocumentNode, { selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFieldNames(document, selection.selectionSet);
    const { value } = selection.name;
    return document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === value
        ? rootFieldNames(document, definition.selectionSet)
        : [],
    );
  });
}
