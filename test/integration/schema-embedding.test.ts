import { describe, expect, it } from 'vitest';
import { InvalidRequest, RateLimited } from '../../src/errors.ts';
import { EmbedDocument } from '../operations/generated/graphql.ts';
import { createContext, execute, run } from '../support/run-operation.ts';
import { completionBy, createScriptedGenerations } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';

const catalog = createSmallCatalog();
const input = { model: 'acme/large', texts: ['Hello', 'world'] };
const vectors = [
  [0.5, -0.25],
  [1, 0],
];

function scripted() {
  return createScriptedGenerations({
    complete: async () => completionBy(catalog, 'acme/large@quarry', { content: '', vectors }),
  });
}

describe('createEmbedding', () => {
  it('gives the vectors in the order of the texts, with where they came from and what they cost', async () => {
    const generations = scripted();
    const { createEmbedding } = await run(EmbedDocument, { input }, createContext({ catalog, generations }));
    expect(createEmbedding).toMatchObject({
      __typename: 'Embeddings',
      generationId: 'gen-1',
      dimensions: 2,
      embeddings: [
        { index: 0, vector: [0.5, -0.25], base64: Buffer.from(Float32Array.of(0.5, -0.25).buffer).toString('base64') },
        { index: 1, vector: [1, 0] },
      ],
      model: { slug: 'acme/large' },
      provider: { slug: 'quarry' },
      cost: '0.000039',
      attempts: [{ endpoint: { tag: 'quarry' }, outcome: 'SUCCEEDED' }],
    });
    expect(generations.requests).toEqual([
      { model: 'acme/large', messages: [], embedding: { inputs: ['Hello', 'world'] } },
    ]);
  });

  it('passes on everything that may be asked for', async () => {
    const generations = scripted();
    const asked = {
      ...input,
      models: ['acme/other'],
      dimensions: 256,
      inputType: 'search_query',
      provider: { only: ['quarry'], zdr: true },
      user: 'u1',
      sessionId: 's1',
      timeoutMs: 500,
      idempotencyKey: 'once',
    };
    await run(EmbedDocument, { input: asked }, createContext({ catalog, generations }));
    expect(generations.requests).toEqual([
      {
        model: 'acme/large',
        models: ['acme/other'],
        messages: [],
        embedding: { inputs: ['Hello', 'world'], dimensions: 256, inputType: 'search_query' },
        provider: { only: ['quarry'], zdr: true },
        user: 'u1',
        sessionId: 's1',
        timeoutMs: 500,
      },
    ]);
  });

  it('gives an expected failure as a member of its union', async () => {
    for (const error of [new RateLimited('slow down', { retryAfterMs: 10 }), new InvalidRequest('no')]) {
      const generations = createScriptedGenerations({ complete: () => Promise.reject(error) });
      const { createEmbedding } = await run(EmbedDocument, { input }, createContext({ catalog, generations }));
      expect(createEmbedding).toMatchObject({ __typename: error.name, message: error.message });
    }
  });

  it.each([
    ['texts', { texts: [] }, '`texts` is empty: give at least one text.'],
    ['texts[1]', { texts: ['a', ''] }, '`texts[1]` is empty, and so has no vector.'],
    ['texts', { texts: Array.from({ length: 2_049 }, () => 'a') }, '`texts` has 2049 texts, but may have 2048.'],
    ['model', { model: ' ' }, '`model` is empty.'],
    ['models', { models: Array.from({ length: 21 }, () => 'a') }, '`models` has 21 names, but may have 20.'],
    ['dimensions', { dimensions: 0 }, '`dimensions` is 0, but must be at least 1.'],
    ['inputType', { inputType: '' }, '`inputType` is empty.'],
    ['timeoutMs', { timeoutMs: 0 }, '`timeoutMs` is 0, but must be at least 1.'],
    ['idempotencyKey', { idempotencyKey: 'é' }, '`idempotencyKey` must be 1 to 255 printable ASCII characters.'],
  ])('refuses what cannot be, and names the field: %s', async (path, wrong, message) => {
    const generations = scripted();
    const { data } = await execute(
      `mutation ($input: EmbeddingInput!) {
        createEmbedding(input: $input) { __typename ... on InvalidRequest { message path } }
      }`,
      { input: { ...input, ...wrong } },
      createContext({ catalog, generations }),
    );
    expect(data?.createEmbedding).toEqual({ __typename: 'InvalidRequest', message, path });
    expect(generations.requests).toEqual([]);
  });
});
