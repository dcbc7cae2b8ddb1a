import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddingInput } from '../../src/chat.ts';
import { systemClock } from '../../src/clock.ts';
import type { ProviderError } from '../../src/errors.ts';
import { createProvider, type ProviderSettings } from '../../src/providers/create-provider.ts';
import type { EmbeddingCall, Provider } from '../../src/providers/provider.ts';
import { jsonAnswer, type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

/** How a dialect asks for vectors, and how its upstream gives them. */
interface EmbeddingWire extends Pick<ProviderSettings, 'dialect'> {
  readonly url: string;
  /** What is sent for the inputs `a` and `b`, of 2 numbers, to search with. */
  readonly json: unknown;
  /** An answer of these vectors, for 5 tokens where the dialect counts them. */
  readonly answer: (vectors: readonly (readonly number[])[]) => unknown;
  readonly counts: boolean;
  readonly refusal: { readonly status: number; readonly body: unknown };
}

const wires: readonly EmbeddingWire[] = [
  {
    dialect: 'openai-compatible',
    url: '/v1/embeddings',
    json: { model: 'm', input: ['a', 'b'], dimensions: 2, user: 'u1' },
    answer: (vectors) => ({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'm',
      usage: { prompt_tokens: 5, total_tokens: 5 },
    }),
    counts: true,
    refusal: {
      status: 400,
      body: { error: { message: "This model's maximum context length is 8192 tokens, however you requested 9000." } },
    },
  },
  {
    dialect: 'google',
    url: '/v1beta/models/m:batchEmbedContents',
    json: {
      requests: ['a', 'b'].map((text) => ({
        model: 'models/m',
        content: { parts: [{ text }] },
        taskType: 'RETRIEVAL_QUERY',
        outputDimensionality: 2,
      })),
    },
    answer: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
    counts: false,
    refusal: {
      status: 400,
      body: {
        error: {
          code: 400,
          message: 'The input token count (9000) exceeds the maximum number of tokens allowed (8192).',
          status: 'INVALID_ARGUMENT',
        },
      },
    },
  },
  {
    dialect: 'cohere',
    url: '/v2/embed',
    json: {
      model: 'm',
      texts: ['a', 'b'],
      input_type: 'search_query',
      embedding_types: ['float'],
      truncate: 'NONE',
      output_dimension: 2,
    },
    answer: (vectors) => ({
      id: 'e1',
      embeddings: { float: vectors },
      texts: ['a', 'b'],
      meta: { billed_units: { input_tokens: 5 } },
    }),
    counts: true,
    refusal: { status: 400, body: { message: 'invalid request: too many tokens in the text at index 0' } },
  },
  {
    dialect: 'ollama',
    url: '/api/embed',
    json: { model: 'm', input: ['a', 'b'], truncate: false, dimensions: 2 },
    answer: (vectors) => ({ model: 'm', embeddings: vectors, prompt_eval_count: 5 }),
    counts: true,
    refusal: { status: 400, body: { error: 'the input length exceeds the context length' } },
  },
];

const signal = new AbortController().signal;
const input: EmbeddingInput = { inputs: ['a', 'b'], dimensions: 2, inputType: 'search_query' };
const vectors = [
  [0.5, -0.25],
  [1, 0],
];
const usage = {
  promptTokens: 5,
  completionTokens: 0,
  totalTokens: 5,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  source: 'provider',
};

let upstream: StubUpstream;
let provider: Provider | undefined;
beforeEach(async () => {
  upstream = await startStubUpstream();
});
afterEach(async () => {
  await upstream.close();
  await provider?.close();
});

function embed(settings: Pick<ProviderSettings, 'dialect'> & Partial<ProviderSettings>, more: Partial<EmbeddingCall>) {
  provider = createProvider(
    { slug: 'acme', baseUrl: upstream.url, apiKey: 'sk-test-1234567', allowPrivateNetwork: true, ...settings },
    systemClock,
  );
  if (provider.embed === undefined) throw new Error(`${settings.dialect} makes no embeddings`);
  return provider.embed({ model: 'm', input, connectTimeoutMs: 5_000, ...more }, signal);
}

/** How `work` fails. */
async function failureOf(work: Promise<unknown>): Promise<Pick<ProviderError, 'kind' | 'message'>> {
  const error = (await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  )) as ProviderError;
  return { kind: error.kind, message: error.message };
}

describe.each(wires)('embeddings of $dialect', (wire) => {
  const { dialect } = wire;

  it('asks as the API documents it, and gives the vectors in the order of the inputs', async () => {
    upstream.respond(jsonAnswer(wire.answer(vectors)));
    const answer = await embed({ dialect }, { user: 'u1' });
    expect(answer).toEqual({ vectors, ...(wire.counts && { usage }) });
    const [request] = upstream.requests;
    expect({ url: request?.url, json: request?.json }).toEqual({ url: wire.url, json: wire.json });
  });

  it('refuses an answer with too few vectors, with none, or with vectors of several lengths', async () => {
    for (const wrong of [[[1, 0]], [[], []], [[1, 0], [1]]]) {
      upstream.respond(jsonAnswer(wire.answer(wrong)));
      expect((await failureOf(embed({ dialect }, { input: { inputs: ['a', 'b'] } }))).kind).toBe('malformed_response');
    }
  });

  it('refuses vectors of another length than was asked for', async () => {
    upstream.respond(jsonAnswer(wire.answer(vectors)));
    expect(await failureOf(embed({ dialect }, { input: { ...input, dimensions: 3 } }))).toEqual({
      kind: 'unsupported_parameter',
      message: 'It made vectors of 2 numbers, though 3 were asked for.',
    });
  });

  it('tells a text that is too long from other failures', async () => {
    upstream.respond(jsonAnswer(wire.refusal.body, wire.refusal.status));
    expect((await failureOf(embed({ dialect }, {}))).kind).toBe('context_length_exceeded');
  });

  it('fails as malformed for an answer of another form, and for what is no number', async () => {
    const whole = JSON.stringify(wire.answer(vectors));
    for (const wrong of [
      '{"choices":[]}',
      '[]',
      '',
      ...['"a"', 'null', '1e999'].map((it) => whole.replace('0.5', it)),
    ]) {
      upstream.respond(jsonAnswer(wrong));
      expect((await failureOf(embed({ dialect }, {}))).kind).toBe('malformed_response');
    }
  });

  it('closes the connection when the caller hangs up', async () => {
    upstream.respond({ body: [{ stall: true }] });
    const controller = new AbortController();
    provider = createProvider({ slug: 'acme', dialect, baseUrl: upstream.url, allowPrivateNetwork: true }, systemClock);
    const work = provider.embed?.({ model: 'm', input, connectTimeoutMs: 5_000 }, controller.signal);
    const request = await upstream.nextRequest();
    controller.abort(new Error('gone'));
    await expect(work).rejects.toThrow('gone');
    await request.closed;
  });
});

it('gives token numbers to servers that speak as OpenAI does, and to no others', async () => {
  const tokens: EmbeddingInput = { inputs: [[1, 2], [3]] };
  upstream.respond(jsonAnswer(wires[0]?.answer(vectors)));
  await embed({ dialect: 'openai-compatible' }, { input: tokens });
  expect(upstream.requests[0]?.json).toEqual({ model: 'm', input: [[1, 2], [3]] });
  for (const dialect of ['google', 'cohere', 'ollama'] as const) {
    expect((await failureOf(embed({ dialect }, { input: tokens }))).kind).toBe('unsupported_parameter');
  }
  expect(upstream.requests).toHaveLength(1);
});

it.each([
  ['google', 250, [100, 100, 50]],
  ['cohere', 97, [96, 1]],
] as const)('asks %s in batches of what it takes at a time', async (dialect, count, sizes) => {
  const wire = wires.find((each) => each.dialect === dialect);
  upstream.respond((request) => {
    const { requests, texts } = request.json as {
      requests?: { content: { parts: { text: string }[] } }[];
      texts?: string[];
    };
    const asked = texts ?? requests?.map(({ content }) => content.parts[0]?.text ?? '') ?? [];
    return jsonAnswer(wire?.answer(asked.map((text) => [Number(text), 1])));
  });
  const inputs = Array.from({ length: count }, (_, index) => String(index));
  const answer = await embed({ dialect }, { input: { inputs } });
  expect(answer.vectors.map(([first]) => first)).toEqual(inputs.map(Number));
  expect(upstream.requests).toHaveLength(sizes.length);
  // Each call says what it used.
  expect(answer.usage?.promptTokens).toBe(dialect === 'cohere' ? 10 : undefined);
});

it.each([
  ['openrouter', { input_type: 'search_query', dimensions: 2 }],
  ['voyage', { input_type: 'query', output_dimension: 2, truncation: false, encoding_format: 'base64' }],
  ['nvidia', { input_type: 'query', dimensions: 2 }],
  ['mistral', { output_dimension: 2 }],
  ['openai', { dimensions: 2, encoding_format: 'base64' }],
  ['vllm', { dimensions: 2, encoding_format: 'base64' }],
])('says to %s what the vectors are for in its own words', async (wire, fields) => {
  upstream.respond(jsonAnswer(wires[0]?.answer(vectors)));
  await embed({ dialect: 'openai-compatible', wire }, {});
  expect(upstream.requests[0]?.json).toEqual({ model: 'm', input: ['a', 'b'], ...fields });
});

it('takes what a caller says of the purpose as a word, whatever objects have by birth', async () => {
  upstream.respond(jsonAnswer(wires[0]?.answer(vectors)));
  await embed({ dialect: 'openai-compatible', wire: 'voyage' }, { input: { ...input, inputType: '__proto__' } });
  expect(upstream.requests[0]?.json).toMatchObject({ model: 'm', output_dimension: 2 });
  expect(upstream.requests[0]?.json).not.toHaveProperty('input_type');
});

it('puts the vectors of an OpenAI-compatible server in order where it sends them in another', async () => {
  upstream.respond(
    jsonAnswer({
      data: [
        { index: 1, embedding: [1, 0] },
        { index: 0, embedding: [0.5, -0.25] },
      ],
      // Voyage counts no other tokens.
      usage: { total_tokens: 5 },
    }),
  );
  expect(await embed({ dialect: 'openai-compatible' }, {})).toEqual({ vectors, usage });
});

it.each([
  ['numbers them all the same', [0, 0]],
  ['numbers none', [undefined, null]],
])('takes the vectors as they stand where a server %s', async (_, places) => {
  const data = vectors.map((embedding, at) => ({ index: places[at], embedding }));
  upstream.respond(jsonAnswer({ data, usage: { total_tokens: 5 } }));
  expect(await embed({ dialect: 'openai-compatible' }, {})).toEqual({ vectors, usage });
});

it.each([[[0, 1, 1]], [[1, undefined, 0]]])('trusts no server that numbers its vectors %j', async (places) => {
  const data = places.map((index) => ({ index, embedding: [1, 0] }));
  upstream.respond(jsonAnswer({ data }));
  expect(await failureOf(embed({ dialect: 'openai-compatible' }, { input: { inputs: ['a', 'b', 'c'] } }))).toEqual({
    kind: 'malformed_response',
    message: 'the answer does not say which vector belongs to which input',
  });
});

it('reads vectors in base64, and refuses what is none, or holds what is no number', async () => {
  const answerOf = (embedding: string) => jsonAnswer({ data: [{ index: 0, embedding }], usage: { total_tokens: 5 } });
  const one = { input: { inputs: ['a'] } };
  upstream.respond(answerOf('AAAAPwAAgL4='));
  expect(await embed({ dialect: 'openai-compatible', wire: 'openai' }, one)).toEqual({
    vectors: [[0.5, -0.25]],
    usage,
  });
  // Of no whole number of floats, empty, no base64; NaN, infinite.
  for (const wrong of ['AAAAPwA=', '', '#AAAPw==', 'AADAfw==', 'AACAfw==']) {
    upstream.respond(answerOf(wrong));
    const failure = await failureOf(embed({ dialect: 'openai-compatible', wire: 'openai' }, one));
    expect(failure.kind).toBe('malformed_response');
  }
});

it.each([
  ['', '/openai/deployments/m/embeddings?api-version=2024-10-21'],
  ['/openai/v1', '/openai/v1/embeddings'],
  ['/models', '/models/embeddings?api-version=2024-05-01-preview'],
])('finds the embeddings of Azure below "%s"', async (path, url) => {
  upstream.respond(jsonAnswer(wires[0]?.answer(vectors)));
  await embed({ dialect: 'openai-compatible', wire: 'azure', baseUrl: `${upstream.url}${path}` }, {});
  expect(upstream.requests[0]?.url).toBe(url);
});

it('has no embeddings of Anthropic, whose API makes none', () => {
  const settings = {
    slug: 'anthropic',
    dialect: 'anthropic',
    baseUrl: upstream.url,
    allowPrivateNetwork: true,
  } as const;
  provider = createProvider(settings, systemClock);
  expect(provider.embed).toBeUndefined();
});
