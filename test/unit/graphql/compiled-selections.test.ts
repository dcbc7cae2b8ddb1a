import { parse, type ValidatedSubscriptionArgs, validateSubscriptionArgs } from 'graphql';
import { describe, expect, it } from 'vitest';
import { eventTypeNames } from '../../../schema/chat-stream.ts';
import { schema } from '../../../schema/index.ts';
import { createCompiledSelections } from '../../../src/graphql/compiled-selections.ts';

const event = { type: 'text', text: 'Hi', generationId: 'gen-1', sequence: 2 };

function requestOf(document: ReturnType<typeof parse>, variableValues: Record<string, unknown> = {}) {
  const args = validateSubscriptionArgs({ schema, document, variableValues });
  if (!('schema' in args)) throw args[0];
  return args satisfies ValidatedSubscriptionArgs;
}

function subscription(fields: string, variables = ''): ReturnType<typeof parse> {
  return parse(`subscription ${variables} {
    streamChatCompletion(input: { messages: [{ role: USER, content: "Hello" }] }) { ${fields} }
  }`);
}

describe('compiled selections', () => {
  it('compile an operation once, however many requests it is part of', () => {
    const selectionOf = createCompiledSelections(eventTypeNames);
    const document = subscription('... on ContentDelta { text }');
    const first = selectionOf(requestOf(document));

    expect(selectionOf(requestOf(document))).toBe(first);
    expect(first(event)).toBe('{"data":{"streamChatCompletion":{"text":"Hi"}}}');
  });

  it('keep operations apart', () => {
    const selectionOf = createCompiledSelections(eventTypeNames);
    selectionOf(requestOf(subscription('... on ContentDelta { text }')));

    expect(selectionOf(requestOf(subscription('... on ContentDelta { said: text }')))(event)).toBe(
      '{"data":{"streamChatCompletion":{"said":"Hi"}}}',
    );
  });

  it('compile anew for each request where a directive may look at its variables', () => {
    const selectionOf = createCompiledSelections(eventTypeNames);
    const document = subscription('__typename ... on ContentDelta { text @include(if: $text) }', '($text: Boolean!)');

    expect(selectionOf(requestOf(document, { text: true }))(event)).toBe(
      '{"data":{"streamChatCompletion":{"__typename":"ContentDelta","text":"Hi"}}}',
    );
    expect(selectionOf(requestOf(document, { text: false }))(event)).toBe(
      '{"data":{"streamChatCompletion":{"__typename":"ContentDelta"}}}',
    );
  });

  it('see a directive in a fragment, too', () => {
    const selectionOf = createCompiledSelections(eventTypeNames);
    const document = parse(`subscription ($text: Boolean!) {
      streamChatCompletion(input: { messages: [{ role: USER, content: "Hello" }] }) { __typename ...said }
    }
    fragment said on ContentDelta { text @skip(if: $text) }`);

    expect(selectionOf(requestOf(document, { text: true }))(event)).not.toContain('Hi');
    expect(selectionOf(requestOf(document, { text: false }))(event)).toContain('Hi');
  });
});
