import {
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { schema } from '../../schema/index.ts';

/** Types of the catalog, which belong to nobody: of each no more is asked than its name. */
const catalogTypes: Readonly<Record<string, string>> = {
  Model: '{ slug }',
  Provider: '{ slug }',
  Endpoint: '{ tag }',
  EndpointHealth: '{ state }',
};

/**
 * A selection of every field that can be reached from a type, each type once on a path. Fields are named after their types, so
 * that the members of a union do not stand in each other's way.
 */
function everyField(type: GraphQLNamedType, path: readonly string[] = []): string {
  if (isLeafType(type)) return '';
  const short = catalogTypes[type.name];
  if (short !== undefined && path.length > 0) return short;
  if (isAbstractType(type)) {
    const members = schema.getPossibleTypes(type).filter(({ name }) => !path.includes(name));
    return `{ __typename ${members.map((member) => `... on ${member.name} ${everyField(member, path)}`).join(' ')} }`;
  }
  if (!isObjectType(type) && !isInterfaceType(type)) throw new Error(`${type.name} has no fields`);
  const within = [...path, type.name];
  const selections = Object.values(type.getFields()).flatMap((field) => {
    const of = getNamedType(field.type);
    const asks = field.args.some(isRequiredArgument);
    if (asks || within.includes(of.name)) return [];
    return [`${type.name}_${field.name}: ${field.name} ${everyField(of, within)}`];
  });
  return `{ __typename ${selections.join(' ')} }`;
}

/** The selection that goes after a root field, which is empty for one that is a plain value. */
export function selectionOf(operation: 'query' | 'mutation' | 'subscription', field: string): string {
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const definition = root[operation]?.getFields()[field];
  if (definition === undefined) throw new Error(`there is no ${operation} ${field}`);
  return everyField(getNamedType(definition.type));
}
