import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { OpenRouter } from '@openrouter/sdk';
import { embed, embedMany } from 'ai';
import OpenAI from 'openai';
import OpenAI6 from 'openai-6';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configurationFor, refusing } from '../support/chat-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { jsonAnswer, type StubRequest, startStubUpstream } from '../support/stub-upstream.ts';

const adminKey = 'admin-of-the-embedding-tests';
const model = 'acme/vectors';
/** Numbers that 32 bits hold exactly, so that base64 loses nothing of them. */
const numbers = [0.5, -0.25, 0.125, 1];

/** As many vectors as inputs, and a token for each of them. */
function vectorsFor({ json }: StubRequest) {
  const { input } = json as { input: readonly unknown[] };
  return jsonAnswer({
    object: 'list',
    data: input.map((_, index) => ({ object: 'embedding', index, embedding: [index, ...numbers] })),
    model: 'vectors',
    usage: { prompt_tokens: input.length, total_tokens: input.length },
  });
}

const first = await startStubUpstream();
const second = await startStubUpstream();
let program: RunningProgram;
beforeAll(async () => {
  const described = configurationFor({ acme: first, backup: second }, {}, ['acme/writer', model]);
  const models = described.models as Record<string, object>;
  const vectors = { ...models[model], outputModalities: ['embeddings'] };
  program = await startProgram({
    configuration: { ...described, models: { ...models, [model]: vectors } },
    environment: { POINTSMAN_ADMIN_KEY: adminKey },
  });
});
beforeEach(() => {
  first.respond(vectorsFor);
  second.respond(vectorsFor);
  first.forget();
  second.forget();
});
afterAll(() => Promise.all([first.close(), second.close()]));

const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
const post = (body: object, more: object = {}) =>
  fetch(`${program.url}/api/v1/embeddings`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  });

describe('POST /embeddings', () => {
  it('gives vectors, usage with its cost, and the generation in a header', async () => {
    const response = await post({ model, input: ['a', 'b'] });
    const body = await response.json();
    expect(response.status).toBe(200);
    expect(body).toEqual({
      object: 'list',
      id: response.headers.get('x-generation-id'),
      data: [
        { object: 'embedding', index: 0, embedding: [0, ...numbers] },
        { object: 'embedding', index: 1, embedding: [1, ...numbers] },
      ],
      model,
      provider: 'acme',
      usage: {
        prompt_tokens: 2,
        total_tokens: 2,
        cost: 0.000002,
        is_byok: false,
        cost_details: {
          upstream_inference_cost: 0.000002,
          upstream_inference_prompt_cost: 0.000002,
          upstream_inference_completions_cost: 0,
        },
      },
    });
    expect(first.requests[0]).toMatchObject({ url: '/v1/embeddings', json: { model: 'vectors', input: ['a', 'b'] } });
  });

  it('moves on to another provider where one fails', async () => {
    first.respond(refusing(503, 'Too busy'));
    const response = await post({ model, input: 'a' });
    expect(await response.json()).toMatchObject({ provider: 'backup', usage: { cost: 0.000002 } });
    const record = await fetch(`${program.url}/api/v1/generation?id=${response.headers.get('x-generation-id')}`, {
      headers,
    });
    expect(await record.json()).toMatchObject({
      data: {
        api_type: 'embeddings',
        model,
        tokens_prompt: 1,
        tokens_completion: 0,
        provider_responses: [{ status: 503 }, { status: 200 }],
      },
    });
  });

  it.each([
    ['a text', 'a', ['a']],
    ['texts', ['a', 'b'], ['a', 'b']],
    ['tokens', [1, 2, 3], [[1, 2, 3]]],
    ['lists of tokens', [[1, 2], [3]], [[1, 2], [3]]],
    [
      'texts in parts',
      [
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
      ['a\nb'],
    ],
  ])('takes %s', async (_, input, sent) => {
    const answer = await post({ model, input });
    expect(answer.status).toBe(200);
    expect(first.requests[0]?.json).toMatchObject({ input: sent });
    expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(sent.length);
  });

  it('takes what OpenRouter takes beside the input', async () => {
    const provider = { order: ['backup'], max_price: { prompt: 5 } };
    const body = {
      model: 'acme/writer',
      models: [model],
      input: 'a',
      provider,
      user: 'u1',
      session_id: 's1',
      trace: {},
    };
    expect(await (await post({ ...body, input_type: 'search_query', encoding_format: 'float' })).json()).toMatchObject({
      provider: 'backup',
    });
    expect(second.requests[0]?.json).toEqual({ model: 'vectors', input: ['a'] });
  });

  it('gives the same vectors for the same idempotency key, and asks once', async () => {
    const key = { 'idempotency-key': 'embed-once' };
    const [one, two] = [await post({ model, input: 'a' }, key), await post({ model, input: 'a' }, key)];
    expect(await two.json()).toEqual(await one.json());
    expect(first.requests).toHaveLength(1);
    expect((await post({ model, input: 'b' }, key)).status).toBe(409);
  });

  it.each([
    ['no input', {}, /`input`/],
    ['an empty list', { input: [] }, /`input` is empty/],
    ['an empty text', { input: '' }, /`input` is empty/],
    ['an empty text among others', { input: ['a', ''] }, /`input\[1\]` is empty/],
    ['an empty list of tokens', { input: [[1], []] }, /`input\[1\]` is empty/],
    ['too many texts', { input: Array.from({ length: 2_049 }, () => 'a') }, /2049 texts, but may have 2048/],
    ['a text and a number', { input: ['a', 1] }, /`input\[1\]`/],
    ['a negative token', { input: [-1] }, /`input\[0\]`/],
    ['half a token', { input: [1.5] }, /`input\[0\]`/],
    [
      'a picture',
      { input: [{ content: [{ type: 'image_url', image_url: { url: 'x' } }] }] },
      /cannot be embedded here/,
    ],
    ['a text that no context holds', { input: 'long '.repeat(20_000) }, /too long for every endpoint/],
    ['no dimensions', { input: 'a', dimensions: 0 }, /`dimensions`/],
    ['dimensions that the model does not make', { input: 'a', dimensions: 3 }, /vectors of 5 numbers, though 3/],
    ['an encoding that there is not', { input: 'a', encoding_format: 'int8' }, /`encoding_format`/],
    ['a model that chats', { input: 'a', model: 'acme/writer' }, /acme\/writer makes no embeddings/],
    ['a model that there is not', { input: 'a', model: 'acme/none' }, /no model "acme\/none"/],
    ['the auto router', { input: 'a', model: 'pointsman/auto' }, /pointsman\/auto makes no embeddings/],
    ['no model', { input: 'a', model: null }, /`model` is missing/],
  ])('refuses %s with a sentence', async (_, wrong, sentence) => {
    const response = await post({ model, ...wrong });
    const { error } = (await response.json()) as { error: { code: number; message: string } };
    expect({ status: response.status, code: error.code }).toEqual({ status: 400, code: 400 });
    expect(error.message).toMatch(sentence);
  });

  it('stands in the OpenAPI document, made of the schema that checks it', async () => {
    const { paths } = (await (await fetch(`${program.url}/api/v1/openapi.json`, { headers })).json()) as {
      paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: object }> } } }>;
    };
    expect(paths['/embeddings/models']).toBeDefined();
    expect(paths['/embeddings']?.post?.requestBody.content['application/json']?.schema).toMatchObject({
      required: ['input'],
      properties: { encoding_format: {}, dimensions: {}, input_type: {}, provider: {} },
    });
  });
});

describe('models that make embeddings', () => {
  const idsOf = async (path: string) => {
    const { data } = (await (await fetch(program.url + path, { headers })).json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };

  it('stand in a list of their own, and not in that of models that write', async () => {
    expect(await idsOf('/api/v1/embeddings/models')).toEqual(
      expect.arrayContaining([model, 'pointsman/tiny-1m-embedding']),
    );
    expect(await idsOf('/api/v1/embeddings/models')).not.toContain('acme/writer');
    expect(await idsOf('/api/v1/models')).not.toContain(model);
    expect(await idsOf('/api/v1/models?output_modalities=embeddings')).toContain(model);
    expect(await idsOf('/api/v1/models?output_modalities=all')).toEqual(expect.arrayContaining([model, 'acme/writer']));
    const page = await fetch(`${program.url}/api/v1/embeddings/models?offset=0&limit=1`, { headers });
    expect(await page.json()).toMatchObject({ links: { next: expect.stringContaining('/embeddings/models?') } });
  });

  it('are refused where they are asked to chat', async () => {
    const response = await fetch(`${program.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining('makes embeddings, and does not chat') },
    });
  });

  it('include one that needs no key and no network', async () => {
    const answer = await post({ model: 'pointsman/tiny-1m-embedding', input: ['The cat sat.', 'A cat sat down.'] });
    const { data, usage } = (await answer.json()) as { data: { embedding: number[] }[]; usage: { cost: number } };
    expect(data.map(({ embedding }) => embedding.length)).toEqual([128, 128]);
    expect(usage.cost).toBe(0);
    expect(first.requests).toHaveLength(0);
  });
});

for (const [name, Client] of Object.entries({ 'openai 7': OpenAI, 'openai 6': OpenAI6 as unknown as typeof OpenAI })) {
  it(`npm ${name} gets vectors, in base64 as it asks by itself and as numbers`, async () => {
    const client = new Client({ baseURL: `${program.url}/v1`, apiKey: adminKey, maxRetries: 0 });
    const unasked = await client.embeddings.create({ model, input: ['a', 'b'] });
    const asNumbers = await client.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'float' });
    const asBase64 = await client.embeddings.create({ model, input: 'a', encoding_format: 'base64' });
    expect(unasked.data.map(({ embedding }) => embedding)).toEqual([
      [0, ...numbers],
      [1, ...numbers],
    ]);
    expect(asNumbers.data).toEqual(unasked.data);
    expect(asBase64.data[0]?.embedding).toBe(Buffer.from(Float32Array.of(0, ...numbers).buffer).toString('base64'));
    expect(unasked).toMatchObject({ object: 'list', model, usage: { prompt_tokens: 2, total_tokens: 2 } });
    await expect(client.embeddings.create({ model, input: [] })).rejects.toMatchObject({ status: 400 });
  });
}

it('@openrouter/sdk, with its strict schemas, gets vectors and lists the models', async () => {
  const client = new OpenRouter({
    serverURL: `${program.url}/api/v1`,
    apiKey: adminKey,
    retryConfig: { strategy: 'none' },
  });
  const result = await client.embeddings.generate({
    requestBody: { model, input: ['a', 'b'], encodingFormat: 'float', inputType: 'search_query' },
  });
  expect(result).toMatchObject({
    object: 'list',
    model,
    data: [{ embedding: [0, ...numbers] }, { embedding: [1, ...numbers] }],
    usage: { promptTokens: 2, totalTokens: 2, cost: 0.000002, costDetails: { upstreamInferencePromptCost: 0.000002 } },
  });
  const ids: string[] = [];
  for await (const page of await client.embeddings.listModels({})) ids.push(...page.result.data.map(({ id }) => id));
  expect(ids).toContain(model);
});

it('the AI SDK by @ai-sdk/openai-compatible embeds one text and many', async () => {
  const provider = createOpenAICompatible({ name: 'pointsman', baseURL: `${program.url}/v1`, apiKey: adminKey });
  const one = await embed({ model: provider.embeddingModel(model), value: 'a' });
  expect(one).toMatchObject({ embedding: [0, ...numbers], usage: { tokens: 1 } });
  const many = await embedMany({ model: provider.embeddingModel(model), values: ['a', 'b', 'c'] });
  expect(many.embeddings.map(([index]) => index)).toEqual([0, 1, 2]);
});

it('curl gets vectors', async () => {
  const body = JSON.stringify({ model, input: 'a' });
  const json = ['-H', 'content-type: application/json', '-H', `Authorization: Bearer ${adminKey}`, '-d', body];
  const { stdout } = await promisify(execFile)('curl', ['-sS', ...json, `${program.url}/v1/embeddings`]);
  expect(JSON.parse(stdout)).toMatchObject({ data: [{ embedding: [0, ...numbers] }] });
  expect(stdout).toContain('"cost":0.000001');
});

it('the same request over GraphQL and over REST is the same upstream, and gives the same vectors, cost and record', async () => {
  const provider = { only: ['acme'] };
  const byRest = await post({ model, input: ['a', 'b'], dimensions: 5, user: 'u1', session_id: 's1', provider });
  const rest = (await byRest.json()) as { id: string; data: { embedding: number[] }[]; usage: { cost: number } };
  const response = await program.post(
    {
      query: `mutation ($input: EmbeddingInput!) {
        createEmbedding(input: $input) { ... on Embeddings { generationId cost embeddings { vector } } }
      }`,
      variables: { input: { model, texts: ['a', 'b'], dimensions: 5, user: 'u1', sessionId: 's1', provider } },
    },
    headers,
  );
  const { data } = (await response.json()) as {
    data: { createEmbedding: { generationId: string; cost: string; embeddings: { vector: number[] }[] } };
  };
  const graphql = data.createEmbedding;
  expect(graphql.embeddings.map(({ vector }) => vector)).toEqual(rest.data.map(({ embedding }) => embedding));
  expect(Number(graphql.cost)).toBe(rest.usage.cost);
  expect(first.requests[0]?.json).toEqual(first.requests[1]?.json);
  const recordOf = async (id: string) => {
    const answer = await fetch(`${program.url}/api/v1/generation?id=${id}`, { headers });
    const { data: record } = (await answer.json()) as { data: Record<string, unknown> };
    const { id: _, created_at, latency, generation_time, provider_responses, ...rest } = record;
    return rest;
  };
  expect(await recordOf(graphql.generationId)).toEqual(await recordOf(rest.id));
});

it('a client token makes embeddings where it was made for them, over both faces, and chats nowhere', async () => {
  const query = `mutation {
    createClientToken(input: { name: "page", expiresInSeconds: 600, operations: [EMBEDDING] }) {
      __typename ... on CreatedClientToken { secret } ... on UserError { message }
    }
  }`;
  const key = await makeKey();
  const made = await program.post({ query }, { 'content-type': 'application/json', authorization: `Bearer ${key}` });
  const text = JSON.stringify(await made.json());
  const token = /"secret":"([^"]+)"/.exec(text)?.[1];
  expect(text).toContain('secret');
  const by = { authorization: `Bearer ${token}` };
  expect((await post({ model, input: 'a' }, by)).status).toBe(200);
  const chat = await fetch(`${program.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, ...by },
    body: JSON.stringify({ model: 'acme/writer', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  expect(chat.status).toBe(403);
});

async function makeKey(): Promise<string> {
  const response = await fetch(`${program.url}/api/v1/keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'server' }),
  });
  const text = await response.text();
  return /"key":"([^"]+)"/.exec(text)?.[1] ?? text;
}
