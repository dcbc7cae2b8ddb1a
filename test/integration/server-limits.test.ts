import { afterAll, describe, expect, it } from 'vitest';
import { openSocket } from '../support/graphql-socket.ts';
import { startServer } from '../support/running-server.ts';
import { createStubGenerations, greeting, streamDocument } from '../support/stub-generations.ts';

const generations = createStubGenerations();
const running = await startServer({ generations });
afterAll(() => running[Symbol.asyncDispose]());

const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const variableList = repeat(300, (index) => `$v${index}: Int`);

/** Documents that are cheap to send and were once dear to answer. */
const abuses: readonly (readonly [string, string, string])[] = [
  ['too many tokens', `{ ${'__typename '.repeat(2_001)} }`, 'GRAPHQL_PARSE_FAILED'],
  ['very many tokens', `{ ${'a '.repeat(500_000)} }`, 'GRAPHQL_PARSE_FAILED'],
  ['thousands of open braces', '{ a '.repeat(100_000), 'GRAPHQL_PARSE_FAILED'],
  ['thousands of open lists', `{ node(id: ${'['.repeat(100_000)}`, 'GRAPHQL_PARSE_FAILED'],
  ['a string that never ends', `{ node(id: "${'x'.repeat(1_000_000)}`, 'GRAPHQL_PARSE_FAILED'],
  ['a block string that never ends', `{ node(id: """${'\n '.repeat(100_000)}`, 'GRAPHQL_PARSE_FAILED'],
  ['a comment without end', `#${'x'.repeat(1_000_000)}`, 'GRAPHQL_PARSE_FAILED'],
  ['nothing', '', 'GRAPHQL_PARSE_FAILED'],
  ['a thousand unknown fields', `{ ${repeat(900, (index) => `f${index}`)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a thousand unknown directives',
    `{ __typename ${repeat(600, (index) => `@d${index}`)} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['one directive repeated', `{ __typename ${'@skip(if: false) '.repeat(200)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['directives everywhere', `{ ${'__typename @skip(if: false) '.repeat(100)} }`, 'OPERATION_TOO_LARGE'],
  ['aliases', `{ ${repeat(300, (index) => `a${index}: __typename`)} }`, 'OPERATION_TOO_LARGE'],
  [
    'aliases of introspection',
    `{ ${repeat(100, (index) => `a${index}: __schema { types { name } }`)} }`,
    'OPERATION_TOO_LARGE',
  ],
  ['root fields', `{ ${'__typename '.repeat(11)} }`, 'OPERATION_TOO_LARGE'],
  [
    'mutations by the dozen',
    `mutation { ${repeat(12, () => 'cancelGeneration(id: "x") { __typename }')} }`,
    'OPERATION_TOO_LARGE',
  ],
  [
    'two streams in one subscription',
    'subscription { endpointHealth { state } b: endpointHealth { state } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'a stream that may be skipped',
    'subscription ($s: Boolean!) { endpointHealth @skip(if: $s) { state } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['a fragment that spreads itself', '{ ...F } fragment F on Query { ...F }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'fragments in a circle',
    `{ ...F0 } ${repeat(50, (i) => `fragment F${i} on Query { ...F${(i + 1) % 50} }`)}`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'fragments that double each other',
    `{ ...F0 } ${repeat(40, (i) => `fragment F${i} on Query { models { totalCount } ${i < 39 ? `...F${i + 1} ... on Query { ...F${i + 1} }` : ''} }`)}`,
    'OPERATION_TOO_LARGE',
  ],
  [
    'a ladder of fields to compare',
    `{ ${'models { edges { node { endpoints { model { slug } } } } } '.repeat(100)} }`,
    'OPERATION_TOO_LARGE',
  ],
  [
    'fields that conflict',
    `{ ${repeat(100, (i) => `models(first: ${i}) { totalCount }`)} }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'conflicts in nested fragments',
    `{ ${repeat(30, (i) => `...F${i}`)} } ${repeat(30, (i) => `fragment F${i} on Query { x: models(first: ${i}) { totalCount } }`)}`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['unused variables', `query (${variableList}) { __typename }`, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'circles in introspection',
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'deep nesting',
    `{ models { edges { node ${'{ endpoints { model '.repeat(4)} { slug } ${'} }'.repeat(4)} } } }`,
    'OPERATION_TOO_LARGE',
  ],
  [
    'deep nesting in a fragment called __schema',
    `{ ...__schema } fragment __schema on Query { models { edges { node ${'{ endpoints { model '.repeat(4)} { slug } ${'} }'.repeat(4)} } } }`,
    'OPERATION_TOO_LARGE',
  ],
  [
    'pages of pages',
    '{ models(first: 100) { edges { node { endpoints { provider { endpoints(first: 100) { totalCount edges { node { tag } } } } } } } } }',
    'OPERATION_TOO_LARGE',
  ],
  ['a thousand nodes', `{ nodes(ids: [${'"x" '.repeat(1_001)}]) { id } }`, 'OPERATION_TOO_LARGE'],
  ['a deep literal', `{ createX(input: ${'{a:'.repeat(400)}1${'}'.repeat(400)}) }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['a deep type', `query ($x: ${'['.repeat(900)}Int${']'.repeat(900)}) { __typename }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['type definitions', `{ __typename } type A { ${repeat(600, (i) => `f${i}: Int`)} }`, 'GRAPHQL_VALIDATION_FAILED'],
  ['hundreds of operations', repeat(400, (i) => `query Q${i} { __typename }`), 'OPERATION_RESOLUTION_FAILURE'],
];

describe('an abusive document', () => {
  it.each(abuses)('of %s is refused at once, by HTTP', async (_, query, code) => {
    const startedAt = performance.now();
    const response = await running.post({ query });
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(errors.length).toBeLessThanOrEqual(6);
    expect(errors[0]?.extensions.code).toContain(code);
  });

  it('is refused by WebSocket in the same words, and the socket stays', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('stream', streamDocument, { variables: greeting });
    const generation = await generations.next();
    for (const [name, query, code] of abuses.slice(0, 40)) {
      if (query === '') continue;
      socket.subscribe(name, query);
      const message = await socket.receive();
      expect(message, name).toMatchObject({ id: name, type: 'error' });
      expect(JSON.stringify(message.payload)).toContain(code);
    }
    generation.push({ type: 'accepted' });
    expect(await socket.receive()).toMatchObject({ id: 'stream', type: 'next' });
    generation.end();
  });
});

describe('one WebSocket', () => {
  it('runs 20 operations at a time, and refuses the next one without ending the others', async () => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    const started = [];
    for (let count = 0; count < 20; count += 1) {
      socket.subscribe(`${count}`, streamDocument, { variables: greeting });
      started.push(await generations.next());
    }
    socket.subscribe('one too many', streamDocument, { variables: greeting });
    expect(await socket.receive()).toMatchObject({
      id: 'one too many',
      type: 'error',
      payload: [{ extensions: { code: 'TOO_MANY_OPERATIONS' } }],
    });
    started[0]?.end();
    expect(await socket.receive()).toEqual({ id: '0', type: 'complete' });
    socket.subscribe('now', '{ __typename }');
    expect(await socket.receive()).toMatchObject({ id: 'now', type: 'next' });
  });

  it.each(['messages', 'pings'])('is closed with 4429 by a flood of %s, and what it ran ends', async (kind) => {
    await using socket = await openSocket(running.ws);
    await socket.init();
    socket.subscribe('1', streamDocument, { variables: greeting });
    const generation = await generations.next();
    for (let count = 0; count < 60; count += 1) {
      if (kind === 'pings') socket.socket.ping();
      else socket.send({ type: 'pong' });
    }
    expect(await socket.closed).toMatchObject({ code: 4429 });
    await generation.hungUp;
  });
});
