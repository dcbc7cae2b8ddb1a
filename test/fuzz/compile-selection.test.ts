import fc from 'fast-check';
import {
  executeSubscriptionEvent,
  type GraphQLObjectType,
  isLeafType,
  isNonNullType,
  parse,
  validate,
  validateSubscriptionArgs,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { eventTypeNames } from '../../schema/chat-stream.ts';
import { schema } from '../../schema/index.ts';
import { compileSelection } from '../../src/graphql/compile-selection.ts';

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

const common = 'ChatCompletionEventFields';
const union = 'ChatCompletionEvent';
const kinds = Object.keys(eventTypeNames) as (keyof typeof eventTypeNames)[];

/** Whether graphql alone may say what the field holds. */
function isPlain(type: GraphQLObjectType, name: string): boolean {
  const field = type.getFields()[name];
  if (field === undefined) return false;
  return (
    field.extensions.property !== undefined && isLeafType(isNonNullType(field.type) ? field.type.ofType : field.type)
  );
}

function objectType(name: string): GraphQLObjectType {
  return schema.getType(name) as GraphQLObjectType;
}

const plainFields = (name: string): string[] =>
  name === common
    ? ['generationId', 'sequence']
    : Object.keys(objectType(name).getFields()).filter((field) => isPlain(objectType(name), field));

/** What executes, for those types that have such a field. */
const objectFields: Readonly<Record<string, string>> = {
  CompletionStarted: 'model { slug }',
  CompletionFailed: 'error { __typename }',
  CompletionFinished: 'completion { __typename }',
};

const directives = fc.constantFrom(
  '',
  '',
  '',
  ' @skip(if: $yes)',
  ' @skip(if: $no)',
  ' @include(if: $yes)',
  ' @include(if: $no)',
  ' @include(if: $yes) @skip(if: $no)',
  ' @skip(if: true)',
  ' @include(if: $absent)',
);

function drawSelections(draw: Draw, type: string, depth: number, fragments: Map<string, string>): string {
  const count = draw(fc.integer({ min: 1, max: 4 }));
  return Array.from({ length: count }, () => drawSelection(draw, type, depth, fragments)).join(' ');
}

function drawSelection(draw: Draw, type: string, depth: number, fragments: Map<string, string>): string {
  const kind = depth === 0 ? 'field' : draw(fc.constantFrom('field', 'field', 'inline', 'spread', 'object'));
  const directive = draw(directives);
  if (kind === 'object' && objectFields[type] !== undefined && draw(fc.nat(3)) === 0) return objectFields[type];
  if (kind === 'inline' || kind === 'spread') {
    const inner = drawCondition(draw, type);
    if (kind === 'inline') {
      const condition = inner === type && draw(fc.boolean()) ? '' : ` on ${inner}`;
      return `...${condition}${directive} { ${drawSelections(draw, inner, depth - 1, fragments)} }`;
    }
    const name = `F${draw(fc.nat(2))}_${inner}`;
    if (!fragments.has(name)) {
      fragments.set(name, '');
      const body = drawSelections(draw, inner, depth - 1, new Map());
      fragments.set(name, `fragment ${name} on ${inner} { ${body.replace(/\.\.\.F\d_\w+/g, '__typename')} }`);
    }
    return `...${name}${directive}`;
  }
  const names = type === union ? [] : plainFields(type);
  const name = draw(fc.constantFrom('__typename', ...names));
  const alias = draw(fc.constantFrom('', '', `a_${name}: `, `b_${name}: `));
  return `${alias}${name}${directive}`;
}

function drawCondition(draw: Draw, type: string): string {
  if (type === union) return draw(fc.constantFrom(union, common, ...Object.values(eventTypeNames)));
  if (type === common) return draw(fc.constantFrom(common, ...Object.values(eventTypeNames)));
  return draw(fc.constantFrom(type, common, union));
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('\u2028"\\\n', '\ud800', '{}'));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const wrong = fc.constantFrom<unknown>(1.5, 2 ** 40, -1, true, 'word', null, Number.NaN);

/** Events as they come, and now and then one that breaks its type. */
function drawEvent(draw: Draw): Record<string, unknown> {
  const type = draw(fc.constantFrom(...kinds));
  const right: Record<string, unknown> = {
    type,
    generationId: draw(text),
    sequence: draw(fc.nat()),
    text: draw(text),
    index: draw(fc.nat(8)),
    id: draw(maybe(text)),
    name: draw(maybe(text)),
    arguments: draw(text),
    details: draw(fc.array(fc.jsonValue() as fc.Arbitrary<unknown>)),
    cost: draw(maybe(fc.constantFrom('0.5', '0.000000001', '12'))),
    model: { slug: 'acme/large' },
    error: { name: 'TimedOut' },
    completion: {},
  };
  if (draw(fc.nat(9)) > 0) return right;
  const broken = draw(fc.constantFrom('generationId', 'sequence', 'text', 'index', 'name', 'cost', 'type'));
  return { ...right, [broken]: draw(wrong) };
}

function drawOperation(draw: Draw): string {
  const fragments = new Map<string, string>();
  const root = draw(fc.constantFrom('streamChatCompletion', 'answer: streamChatCompletion'));
  const body = drawSelections(draw, union, 3, fragments);
  const again = draw(fc.nat(4)) === 0 ? `${root}(input: $input) { __typename }` : '';
  const head = 'subscription ($input: ChatCompletionInput!, $yes: Boolean!, $no: Boolean!, $absent: Boolean = false)';
  return `${head} { ${root}(input: $input) { ${body} } ${again} } ${[...fragments.values()].join(' ')}`;
}

const variableValues = { input: { messages: [] }, yes: true, no: false };

function argsOf(query: string) {
  const args = validateSubscriptionArgs({ schema, document: parse(query), variableValues, contextValue: {} });
  if (!('schema' in args)) throw new Error(args.map(({ message }) => message).join(' '));
  return args;
}

describe('the compiled selection', () => {
  it('writes the same bytes as graphql, or leaves the event to it', () => {
    let compiled = 0;
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const draw: Draw = (arbitrary) => gen(() => arbitrary);
        const args = argsOf(drawOperation(draw));
        const serialize = compileSelection(args, eventTypeNames);
        for (let index = 0; index < 8; index += 1) {
          const event = drawEvent(draw);
          const json = serialize(event);
          if (json === undefined) continue;
          compiled += 1;
          expect(json).toBe(JSON.stringify(executeSubscriptionEvent({ ...args, rootValue: event })));
        }
      }),
      { numRuns: 700 },
    );
    expect(compiled).toBeGreaterThan(1_500);
  });

  it('is tried on valid operations for the most part', () => {
    const documents = fc.sample(
      fc.gen().map((gen) => drawOperation((arbitrary) => gen(() => arbitrary))),
      100,
    );
    const valid = documents.filter((query) =>
      validate(schema, parse(query)).every(({ message }) => /is never used|unused/.test(message)),
    );
    expect(valid.length).toBeGreaterThan(90);
  });

  it('compiles every event whose selected fields are all plain', () => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const draw: Draw = (arbitrary) => gen(() => arbitrary);
        const kind = draw(fc.constantFrom(...kinds));
        const type = eventTypeNames[kind];
        const fields = draw(fc.subarray(plainFields(type), { minLength: 1 }));
        const serialize = compileSelection(
          argsOf(
            `subscription ($input: ChatCompletionInput!) { streamChatCompletion(input: $input) { ... on ${type} { ${fields.join(' ')} } } }`,
          ),
          eventTypeNames,
        );
        const event = {
          type: kind,
          generationId: 'gen-1',
          sequence: 0,
          text: '',
          index: 0,
          arguments: '',
          details: [],
        };
        expect(serialize(event)).toBeDefined();
      }),
    );
  });

  it('leaves an event with an object among its selected fields to graphql, and compiles the others', () => {
    const serialize = compileSelection(
      argsOf(`subscription ($input: ChatCompletionInput!) {
        streamChatCompletion(input: $input) { ... on ContentDelta { text } ... on CompletionStarted { model { slug } } }
      }`),
      eventTypeNames,
    );
    expect(serialize({ type: 'started', model: { slug: 'acme/large' } })).toBeUndefined();
    expect(serialize({ type: 'text', text: 'Hi' })).toBe('{"data":{"streamChatCompletion":{"text":"Hi"}}}');
  });

  it('leaves an operation with a directive that it does not know to graphql', () => {
    const document = parse('subscription { streamChatCompletion(input: {messages: []}) { __typename @later } }');
    const args = validateSubscriptionArgs({ schema, document });
    if (!('schema' in args)) throw new Error('no operation');
    expect(compileSelection(args, eventTypeNames)({ type: 'accepted' })).toBeUndefined();
  });
});
