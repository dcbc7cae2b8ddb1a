import { BREAK, type DocumentNode, type OperationDefinitionNode, type ValidatedSubscriptionArgs, visit } from 'graphql';
import { compileSelection, type EventSerializer, type EventTypeNames } from './compile-selection.ts';

/** Compiles the selections of subscriptions, and remembers them for as long as their documents are remembered. */
export function createCompiledSelections(
  typeNames: EventTypeNames,
): (args: ValidatedSubscriptionArgs) => EventSerializer {
  const remembered = new WeakMap<OperationDefinitionNode, EventSerializer>();
  return (args) => {
    const known = remembered.get(args.operation);
    if (known !== undefined) return known;
    const compiled = compileSelection(args, typeNames);
    // What @skip and @include leave of a selection may depend on the variables of a request.
    if (!hasDirectives(args.document)) remembered.set(args.operation, compiled);
    return compiled;
  };
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
}
