import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saying } from '../support/chat-upstream.ts';
import { type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

const choice = `modelChoice {
  requested strategy variant reason considered { model { slug } note }
}`;
const completion = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { model { slug } endpoint { tag } attempts { endpoint { tag } } ${choice} }
    ... on NoEndpointAvailable { message exclusions { name filter reason } }
    ... on ModelNotFound { message suggestions }
  }
}`;
const subscription = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on CompletionStarted { model { slug } ${choice} }
    ... on CompletionFinished { completion { ${choice} } }
    ... on CompletionFailed { error { __typename ... on NoEndpointAvailable { message } } }
  }
}`;
const messages = [{ role: 'USER', content: 'Hello' }];
const tools = [{ function: { name: 'look' } }];
const price = (dollars: number) => ({ prompt: `0.00000${dollars}`, completion: `0.00000${dollars}` });
const simple = ['max_tokens', 'temperature'];
const all = [...simple, 'tools', 'tool_choice', 'reasoning'];

function configurationFor(one: string, other: string) {
  const endpoint = (provider: string, pricing: object | string, supportedParameters: readonly string[]) => ({
    provider,
    upstreamModel: 'writer',
    pricing,
    supportedParameters,
  });
  return {
    builtInCatalog: false,
    discovery: false,
    providers: { one: { baseUrl: `${one}/v1` }, other: { baseUrl: `${other}/v1` } },
    models: {
      'acme/small-1': {
        contextLength: 40_000,
        endpoints: [endpoint('one', price(1), simple), endpoint('other', 'free', simple)],
      },
      'acme/small-2': { contextLength: 40_000, endpoints: [endpoint('one', price(1), [...simple, 'tools'])] },
      'birch/big': { contextLength: 200_000, endpoints: [endpoint('other', price(5), all)] },
      'birch/large': { contextLength: 200_000, endpoints: [endpoint('one', price(7), all)] },
    },
    aliases: { house: 'acme/small-1:free', smart: 'pointsman/auto' },
    defaultModel: 'smart',
    auto: { exclude: ['acme/small-1'] },
  };
}

describe('names, from a request over HTTP to its answer', () => {
  let one: StubUpstream;
  let other: StubUpstream;
  let server: WholeServer;
  beforeAll(async () => {
    [one, other] = [await startStubUpstream(), await startStubUpstream()];
    server = await startWholeServer({ configuration: configurationFor(one.url, other.url) });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await Promise.all([one.close(), other.close()]);
  });

  const complete = async (input: object) => {
    for (const upstream of [one, other]) upstream.respond(saying('Hi'));
    const response = await server.post(completion, { input: { messages, ...input } });
    const { data, errors } = (await response.json()) as { data: { createChatCompletion: object }; errors?: object };
    expect(errors).toBeUndefined();
    return data.createChatCompletion;
  };

  it('tells how a name became the model that answered', async () => {
    expect(await complete({ model: 'ACME/small-1:floor' })).toMatchObject({
      model: { slug: 'acme/small-1' },
      endpoint: { tag: 'other' },
      modelChoice: {
        requested: 'ACME/small-1:floor',
        strategy: 'VARIANT',
        variant: 'FLOOR',
        reason: 'acme/small-1 is named by its slug. :floor tries the cheapest endpoint first.',
        considered: [{ model: { slug: 'acme/small-1' }, note: 'named by its slug' }],
      },
    });
    expect(await complete({ model: 'birch/big' })).toMatchObject({
      modelChoice: { requested: 'birch/big', strategy: 'DIRECT', variant: null },
    });
    expect(await complete({ model: '~acme/small-latest' })).toMatchObject({
      model: { slug: 'acme/small-2' },
      modelChoice: { strategy: 'LATEST' },
    });
    expect(await complete({ model: 'house' })).toMatchObject({
      endpoint: { tag: 'other' },
      modelChoice: { requested: 'house', strategy: 'ALIAS', variant: 'FREE' },
    });
  });

  it('with :free uses no endpoint that charges, and says of each why not', async () => {
    expect(await complete({ model: 'birch/big:free' })).toEqual({
      __typename: 'NoEndpointAvailable',
      message:
        'No endpoint of birch/big:free can serve this request now. Left out: other (Its prompt price is 0.000005 US dollars, and `maxPrice` allows 0).',
      exclusions: [
        {
          name: 'birch/big@other',
          filter: 'max_price',
          reason: 'Its prompt price is 0.000005 US dollars, and `maxPrice` allows 0.',
        },
      ],
    });
  });

  it('holds a variant against the model that bears it alone', async () => {
    expect(await complete({ model: 'birch/big:free', models: ['birch/big'] })).toMatchObject({
      model: { slug: 'birch/big' },
      modelChoice: {
        requested: 'birch/big',
        strategy: 'FALLBACK',
        variant: null,
        reason: 'It came after birch/big:free. birch/big is named by its slug.',
        considered: [{ model: { slug: 'birch/big' } }, { model: { slug: 'birch/big' } }],
      },
    });
  });

  it('lets the order of the request win over a variant', async () => {
    expect(await complete({ model: 'acme/small-1:floor', provider: { order: ['one'] } })).toMatchObject({
      endpoint: { tag: 'one' },
    });
  });

  it('answers an unknown variant with those that there are', async () => {
    expect(await complete({ model: 'house:turbo' })).toMatchObject({
      __typename: 'ModelNotFound',
      suggestions: ['acme/small-1:nitro', 'acme/small-1:floor', 'acme/small-1:exacto', 'acme/small-1:free'],
    });
  });

  it('leaves the choice to the auto router, also by default, and tells why it chose', async () => {
    expect(await complete({})).toMatchObject({
      model: { slug: 'acme/small-2' },
      modelChoice: {
        requested: null,
        strategy: 'AUTO',
        reason: expect.stringContaining('The request names no model, so it goes to the default. 3 of the 3 models'),
      },
    });
    expect(await complete({ model: 'pointsman/auto', tools })).toMatchObject({
      model: { slug: 'birch/big' },
      modelChoice: {
        requested: 'pointsman/auto',
        strategy: 'AUTO',
        reason: expect.stringContaining('The request is demanding (it brings tools)'),
        considered: [
          { model: { slug: 'birch/big' } },
          { model: { slug: 'birch/large' } },
          { model: { slug: 'acme/small-2' } },
        ],
      },
    });
  });

  it('fails over to the next model that the auto router chose', async () => {
    other.respond({
      status: 400,
      headers: {},
      body: [{ write: '{"error":{"message":"no such model","code":"model_not_found"}}' }],
    });
    one.respond(saying('Hi'));
    const response = await server.post(completion, { input: { messages, tools, model: 'pointsman/auto' } });
    expect(await response.json()).toMatchObject({
      data: {
        createChatCompletion: {
          model: { slug: 'birch/large' },
          attempts: [{ endpoint: { tag: 'other' } }, { endpoint: { tag: 'one' } }],
          modelChoice: { strategy: 'AUTO', reason: expect.stringContaining('birch/large is choice 2') },
        },
      },
    });
    server.recover();
  });

  it('says which need ruled out each model that the auto router may choose', async () => {
    expect(
      await complete({ models: ['pointsman/auto'], responseFormat: { jsonSchema: { name: 'x', schema: {} } } }),
    ).toEqual({
      __typename: 'NoEndpointAvailable',
      message:
        'None of the models that pointsman/auto may choose fits this request: structured_outputs rules out acme/small-2, birch/big, birch/large.',
      exclusions: ['acme/small-2@one', 'birch/big@other', 'birch/large@one'].map((name) => ({
        name,
        filter: 'structured_outputs',
        reason: 'does not support structured_outputs',
      })),
    });
  });

  it('tells the same in a stream, when it starts and when it has finished', async () => {
    for (const upstream of [one, other]) upstream.respond(saying('Hi'));
    const response = await server.post(
      subscription,
      { input: { messages, model: 'smart:nitro' } },
      { accept: 'text/event-stream' },
    );
    const text = await response.text();
    const events = [...text.matchAll(/^data: (.+)$/gm)].map(
      ([, data = '{}']) => (JSON.parse(data) as { data?: { streamChatCompletion: object } }).data?.streamChatCompletion,
    );
    const modelChoice = { requested: 'smart:nitro', strategy: 'AUTO', variant: 'NITRO' };
    expect(events).toContainEqual(
      expect.objectContaining({
        __typename: 'CompletionStarted',
        model: { slug: 'acme/small-2' },
        modelChoice: expect.objectContaining(modelChoice),
      }),
    );
    expect(events.at(-1)).toMatchObject({ __typename: 'CompletionFinished', completion: { modelChoice } });
  });
});

it('without a key the auto router chooses the model that ships', async () => {
  await using server = await startWholeServer({ configuration: { discovery: false } });
  const response = await server.post(completion, { input: { messages, model: 'pointsman/auto', maxTokens: 4 } });
  expect(await response.json()).toMatchObject({
    data: { createChatCompletion: { model: { slug: 'pointsman/tiny-1m' }, modelChoice: { strategy: 'AUTO' } } },
  });
});
