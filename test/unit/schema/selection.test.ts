import {
  type GraphQLOutputType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';

/** Two fields of one name can be selected side by side if they are composite, or the same leaf with the same wrappers. */
function shape(type: GraphQLOutputType): string {
  if (isNonNullType(type)) return `${shape(type.ofType)}!`;
  if (isListType(type)) return `[${shape(type.ofType)}]`;
  return isCompositeType(type) ? '{}' : type.name;
}

it('lets all members of a union be selected side by side, except the message of a completion beside that of an error', () => {
  const conflicts = Object.values(schema.getTypeMap())
    .filter(isUnionType)
    .flatMap((union) => {
      const shapes = new Map<string, Set<string>>();
      for (const type of union.getTypes()) {
        if (!isObjectType(type) && !isInterfaceType(type)) continue;
        for (const field of Object.values(type.getFields())) {
          shapes.set(field.name, (shapes.get(field.name) ?? new Set()).add(shape(field.type)));
        }
      }
      return [...shapes].filter(([, { size }]) => size > 1).map(([name]) => `${union.name}: ${name}`);
    });
  expect(conflicts).toEqual(['CreateChatCompletionResult: message']);
});
