import {
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidatedSubscriptionArgs,
} from 'graphql';

/** The whole result of an event as JSON text, or `undefined` where only graphql can tell. */
export type EventSerializer = (event: unknown) => string | undefined;

/** The GraphQL type of each kind of event. */
export type EventTypeNames = Readonly<Record<string, string>>;

/** Writes one field's value, or gives up with `undefined`. */
type ValueSerializer = (value: unknown) => string | undefined;
type ObjectSerializer = (event: Readonly<Record<string, unknown>>) => string | undefined;

/**
 * Compiles the selection set of a subscription once, so that an event costs the concatenation of a few strings. Covers fields
 * whose `extensions.property` names the property of the event that they give back unchanged, if their type is a leaf, and
 * `__typename`. Event types with any other field selected, and values that do not fit their type, are left to graphql: their
 * result is `undefined`. Compiled or executed, an event gives the same bytes.
 */
export function compileSelection(args: ValidatedSubscriptionArgs, typeNames: EventTypeNames): EventSerializer {
  const rootType = args.schema.getSubscriptionType();
  const collect = createCollector(args);
  const rootFields = rootType && collect(rootType, [args.operation.selectionSet]);
  const [root] = rootFields ?? [];
  const [responseName, nodes] = root ?? [];
  const [node] = nodes ?? [];
  if (rootFields?.size !== 1 || responseName === undefined || nodes === undefined || node === undefined) return giveUp;

  const serializers = new Map<string, ObjectSerializer>();
  const head = `{"data":{${JSON.stringify(responseName)}:`;
  for (const [kind, typeName] of Object.entries(typeNames)) {
    const type = args.schema.getType(typeName);
    const selectionSets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
    const fields = isObjectType(type) ? collect(type, selectionSets) : undefined;
    const serializer = fields && isObjectType(type) ? compileFields(type, fields, head) : undefined;
    if (serializer !== undefined) serializers.set(kind, serializer);
  }
  if (serializers.size === 0) return giveUp;
  return (event) => {
    if (!isRecord(event) || typeof event.type !== 'string') return undefined;
    return serializers.get(event.type)?.(event);
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const giveUp: EventSerializer = () => undefined;

type Fields = ReadonlyMap<string, readonly FieldNode[]>;

/** Collects fields by response name in the order of the specification; `undefined` where a directive decides more than presence. */
function createCollector({ schema, fragmentDefinitions, variableValues }: ValidatedSubscriptionArgs) {
  return (type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Fields | undefined => {
    const fields = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    return sets.every(add) ? fields : undefined;

    function add(set: SelectionSetNode): boolean {
      for (const selection of set.selections) {
        if (selection.directives?.some(({ name }) => name.value !== 'skip' && name.value !== 'include')) return false;
        if (getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.if === true) continue;
        if (getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.if === false) continue;
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const nodes = fields.get(name);
          if (nodes === undefined) fields.set(name, [selection]);
          else nodes.push(selection);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (applies(selection.typeCondition?.name.value) && !add(selection.selectionSet)) return false;
        } else {
          const name = selection.name.value;
          const fragment = fragmentDefinitions[name];
          if (fragment === undefined || (fragment.variableDefinitions?.length ?? 0) > 0) return false;
          if (visited.has(name)) continue;
          visited.add(name);
          if (applies(fragment.typeCondition.name.value) && !add(fragment.selectionSet)) return false;
        }
      }
      return true;
    }

    function applies(condition: string | undefined): boolean {
      if (condition === undefined || condition === type.name) return true;
      const conditional = schema.getType(condition);
      return isAbstractType(conditional) && schema.isSubType(conditional, type);
    }
  };
}

interface Step {
  /** The text between the value before and this one. */
  readonly before: string;
  readonly property: string;
  readonly write: ValueSerializer;
}

function compileFields(type: GraphQLObjectType, fields: Fields, head: string): ObjectSerializer | undefined {
  const steps: Step[] = [];
  let text = `${head}{`;
  for (const [responseName, [node]] of fields) {
    if (node === undefined) return undefined;
    text += `${text.endsWith('{') ? '' : ','}${JSON.stringify(responseName)}:`;
    if (node.name.value === '__typename') {
      text += JSON.stringify(type.name);
      continue;
    }
    const field = type.getFields()[node.name.value];
    const property = field?.extensions.property;
    const write = field && writerOf(field);
    if (field === undefined || typeof property !== 'string' || write === undefined || takesArguments(field, node))
      return undefined;
    steps.push({ before: text, property, write });
    text = '';
  }
  const tail = `${text}}}}`;
  return (event) => {
    let json = '';
    for (const { before, property, write } of steps) {
      const value = write(event[property]);
      if (value === undefined) return undefined;
      json += before + value;
    }
    return json + tail;
  };
}

function takesArguments(field: GraphQLField<unknown, unknown>, node: FieldNode): boolean {
  return field.args.length > 0 && Object.keys(getArgumentValues(field, node)).length > 0;
}

function writerOf(field: GraphQLField<unknown, unknown>): ValueSerializer | undefined {
  const nullable = !isNonNullType(field.type);
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  if (!isLeafType(type)) return undefined;
  const write = leafWriters[type.name] ?? leafWriter(type);
  return (value) => (value === undefined || value === null ? (nullable ? 'null' : undefined) : write(value));
}

/** The types that make up nearly every event, without a detour through their coercion. */
const leafWriters: Readonly<Record<string, ValueSerializer>> = {
  String: (value) => (typeof value === 'string' ? JSON.stringify(value) : undefined),
  ID: (value) => (typeof value === 'string' ? JSON.stringify(value) : undefined),
  Int: (value) =>
    typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? `${value}` : undefined,
  Boolean: (value) => (typeof value === 'boolean' ? `${value}` : undefined),
};

/** Coerces as graphql would. What fails or is not plain goes to graphql itself, which words the error. */
function leafWriter(type: GraphQLLeafType): ValueSerializer {
  return (value) => {
    if (typeof value === 'function' || (typeof value === 'object' && value !== null && 'then' in value))
      return undefined;
    try {
      const coerced = type.coerceOutputValue(value);
      return coerced === undefined || coerced === null ? undefined : JSON.stringify(coerced);
    } catch {
      return undefined;
    }
  };
}
