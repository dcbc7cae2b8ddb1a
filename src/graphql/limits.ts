import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

/** The most that one operation may ask for. */
export const limits = {
  tokens: 2_000,
  depth: 10,
  aliases: 15,
  rootFields: 10,
  directives: 20,
  cost: 1_000,
} as const;

/** A page cannot be longer, whatever its `first` says; what `first` and `last` are when both are absent. */
const longestPage = 100;
const defaultPage = 20;
/** What a list without a page size counts inside another such list; the first one on a path counts as one object. */
const nestedListFactor = 10;

type Variables = Readonly<Record<string, unknown>>;
interface Size {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly cost: number;
}
const nothing: Size = { depth: 0, aliases: 0, directives: 0, cost: 0 };

/** Where a selection set stands: the page that its connection asked for, and whether a list without a page size is above it. */
interface Place {
  readonly page: number;
  readonly insideList: boolean;
}

/**
 * The first limit that an operation passes, as an error, or `undefined`. Leaves cost nothing, an object costs 1, a list as many
 * times as its clamped `first` or `last` says, with variables resolved. Introspection is exempt from depth and cost. The document
 * must be valid. Each fragment is measured once for each place it stands in, so the work is bounded by the number of tokens.
 */
export function exceededLimit(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): GraphQLError | undefined {
  const root = schema.getRootType(operation.operation);
  if (root === null || root === undefined) return undefined;
  const measure = createMeasure(schema, document, withDefaults(operation, variables));
  const size = measure.selectionSet(operation.selectionSet, root, { page: defaultPage, insideList: false });
  const found: Record<Exclude<keyof typeof limits, 'tokens'>, number> = {
    depth: size.depth,
    aliases: size.aliases,
    rootFields: measure.rootFields(operation.selectionSet),
    directives: size.directives + (operation.directives?.length ?? 0),
    cost: size.cost,
  };
  if (found.depth > limits.depth) return tooMuch('depth', `is nested ${found.depth} levels deep`);
  if (found.aliases > limits.aliases) return tooMuch('aliases', `uses ${found.aliases} aliases`);
  if (found.rootFields > limits.rootFields) return tooMuch('rootFields', `asks for ${found.rootFields} root fields`);
  if (found.directives > limits.directives) return tooMuch('directives', `uses ${found.directives} directives`);
  if (found.cost > limits.cost) return tooMuch('cost', `costs ${found.cost}`);
  return undefined;
}

function tooMuch(limit: keyof typeof limits, what: string): GraphQLError {
  return new GraphQLError(`The operation ${what}; the limit is ${limits[limit]}.`, {
    extensions: { code: 'OPERATION_TOO_LARGE', limit, maximum: limits[limit] },
  });
}

function createMeasure(schema: GraphQLSchema, document: DocumentNode, variables: Variables) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, Size>();
  const counted = new Map<string, number>();

  function selectionSet(set: SelectionSetNode, type: GraphQLNamedType, place: Place): Size {
    let sum = nothing;
    for (const selection of set.selections) {
      const directives = selection.directives?.length ?? 0;
      if (directives > 0) sum = { ...sum, directives: sum.directives + directives };
      if (selection.kind === Kind.FIELD) {
        sum = plus(sum, field(selection, type, place));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        const inner = condition === undefined ? type : (schema.getType(condition) ?? type);
        sum = plus(sum, selectionSet(selection.selectionSet, inner, place));
      } else {
        sum = plus(sum, fragment(selection.name.value, place));
      }
    }
    return sum;
  }

  function fragment(name: string, place: Place): Size {
    const key = `${name} ${place.page} ${place.insideList}`;
    const known = measured.get(key);
    if (known !== undefined) return known;
    measured.set(key, nothing);
    const definition = fragments.get(name);
    const type = definition && schema.getType(definition.typeCondition.name.value);
    if (definition === undefined || type === undefined) return nothing;
    const size = selectionSet(definition.selectionSet, type, place);
    measured.set(key, size);
    return size;
  }

  function field(node: FieldNode, parent: GraphQLNamedType, place: Place): Size {
    const aliases = node.alias === undefined ? 0 : 1;
    const name = node.name.value;
    if (name.startsWith('__')) return { ...nothing, aliases };
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const type = definition && getNamedType(definition.type);
    if (definition === undefined || type === undefined || node.selectionSet === undefined || !isCompositeType(type)) {
      return { depth: 1, aliases, directives: 0, cost: 0 };
    }
    const list = isList(definition);
    const plumbing = isConnection(parent);
    const page = pageOf(node, definition, variables) ?? defaultPage;
    const inner = selectionSet(node.selectionSet, type, { page, insideList: place.insideList || (list && !plumbing) });
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + aliases,
      directives: inner.directives,
      cost: times(list, plumbing) * (1 + inner.cost),
    };

    function times(isListField: boolean, ofConnection: boolean): number {
      if (!isListField) return 1;
      if (ofConnection) return place.page;
      return idsOf(node, variables) ?? pageOf(node, definition, variables) ?? (place.insideList ? nestedListFactor : 1);
    }
  }

  function rootFields(set: SelectionSetNode): number {
    let count = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) count += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) count += rootFields(selection.selectionSet);
      else count += rootFieldsOf(selection.name.value);
    }
    return count;
  }

  function rootFieldsOf(name: string): number {
    const known = counted.get(name);
    if (known !== undefined) return known;
    counted.set(name, 0);
    const definition = fragments.get(name);
    const count = definition === undefined ? 0 : rootFields(definition.selectionSet);
    counted.set(name, count);
    return count;
  }

  return { selectionSet, rootFields };
}

function plus(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    cost: a.cost + b.cost,
  };
}

function isConnection(type: GraphQLNamedType): boolean {
  return type.name.endsWith('Connection');
}

function isList(field: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
}

/** The larger of `first` and `last`, clamped; the default page where the field has them and neither is given. */
function pageOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
  variables: Variables,
): number | undefined {
  const takesPage = field?.args.some((argument) => argument.name === 'first' || argument.name === 'last');
  if (takesPage !== true) return undefined;
  const asked = ['first', 'last']
    .map((name) => argumentOf(node, name, variables))
    .filter((size) => typeof size === 'number');
  return asked.length === 0 ? defaultPage : Math.min(longestPage, Math.max(...asked.map(Math.abs)));
}

/** How many objects a field that looks up `ids` is asked for. */
function idsOf(node: FieldNode, variables: Variables): number | undefined {
  const ids = argumentOf(node, 'ids', variables);
  return Array.isArray(ids) ? ids.length : undefined;
}

function argumentOf(node: FieldNode, name: string, variables: Variables): unknown {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  return value === undefined ? undefined : numberOrList(value, variables);
}

/** Numbers, and lists as long as they are written; nothing else is ever asked for. */
function numberOrList(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.LIST) return node.values;
  return undefined;
}

function withDefaults(operation: OperationDefinitionNode, variables: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, numberOrList(defaultValue, {})]],
  );
  return { ...Object.fromEntries(defaults), ...variables };
}
