import { isLeafType, isNonNullType, isObjectType, isUnionType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { eventTypeNames } from '../../../schema/chat-stream.ts';
import { schema } from '../../../schema/index.ts';

describe('the events of a stream', () => {
  it('are each a member of the union', () => {
    const union = schema.getType('ChatCompletionEvent');
    const members = isUnionType(union) ? union.getTypes().map((type) => type.name) : [];
    expect(members.sort()).toEqual(Object.values(eventTypeNames).sort());
  });

  it('say of each leaf field which property of the event it reads, except of what a failed one has to look up', () => {
    const unmarked = Object.values(eventTypeNames).flatMap((name) => {
      const type = schema.getType(name);
      if (!isObjectType(type)) return [name];
      return Object.values(type.getFields())
        .filter((field) => isLeafType(isNonNullType(field.type) ? field.type.ofType : field.type))
        .filter((field) => typeof field.extensions.property !== 'string')
        .map((field) => `${name}.${field.name}`);
    });
    expect(unmarked).toEqual(['CompletionFailed.content', 'CompletionFailed.reasoning']);
  });
});
