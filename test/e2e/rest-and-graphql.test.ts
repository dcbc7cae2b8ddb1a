import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isStream, saying } from '../support/chat-upstream.ts';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { restModels } from '../support/rest-upstream.ts';
import { jsonAnswer, type StubRequest } from '../support/stub-upstream.ts';

const { upstream, program } = await useRestProgram();

/** One request, as both faces say it. */
interface Pair {
  readonly rest: Record<string, unknown>;
  readonly graphql: Record<string, unknown>;
}

const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((value) => value.trim() !== '');
const word = fc.stringMatching(/^[a-z]{1,12}$/);

/** A field that both have, under each name. */
function field<Value>(
  rest: string,
  graphql: string,
  values: fc.Arbitrary<Value>,
  toGraphql: (value: Value) => unknown = (value) => value,
): fc.Arbitrary<Pair> {
  return fc
    .option(values, { nil: undefined })
    .map((value) =>
      value === undefined
        ? { rest: {}, graphql: {} }
        : { rest: { [rest]: value }, graphql: { [graphql]: toGraphql(value) } },
    );
}

const number = (min: number, max: number) => fc.integer({ min: min * 100, max: max * 100 }).map((value) => value / 100);

const messages: fc.Arbitrary<Pair> = fc
  .array(fc.tuple(fc.constantFrom('system', 'user', 'assistant'), text, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((list) => ({
    rest: {
      messages: list.map(([role, content, parts]) => ({
        role,
        content: parts ? [{ type: 'text', text: content }] : content,
      })),
    },
    graphql: {
      messages: list.map(([role, content, parts]) => ({
        role: role.toUpperCase(),
        // An assistant's parts are one text on the REST face.
        ...(parts && role !== 'assistant' ? { parts: [{ text: { text: content } }] } : { content }),
      })),
    },
  }));

const preferences = fc
  .record(
    {
      prompt: fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 1_000),
      allowFallbacks: fc.boolean(),
      sort: fc.constantFrom('price', 'throughput', 'latency'),
      latency: number(0, 20),
    },
    { requiredKeys: [] },
  )
  .map(
    ({ prompt, allowFallbacks, sort, latency }): Pair => ({
      rest: {
        provider: {
          ...(prompt !== undefined && { max_price: { prompt: prompt + 1 } }),
          ...(allowFallbacks !== undefined && { allow_fallbacks: allowFallbacks }),
          ...(sort !== undefined && { sort }),
          ...(latency !== undefined && { preferred_max_latency: latency }),
        },
      },
      graphql: {
        provider: {
          ...(prompt !== undefined && { maxPrice: { prompt: String(Number(((prompt + 1) / 1e6).toPrecision(15))) } }),
          ...(allowFallbacks !== undefined && { allowFallbacks }),
          ...(sort !== undefined && { sort: { by: sort.toUpperCase() } }),
          ...(latency !== undefined && { preferredMaxLatency: { p50: latency * 1_000 } }),
        },
      },
    }),
  );

const tool: fc.Arbitrary<Pair> = fc.option(fc.tuple(word, text)).map((given) => {
  if (given === null) return { rest: {}, graphql: {} };
  const [name, description] = given;
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  return {
    rest: { tools: [{ type: 'function', function: { name, description, parameters } }], tool_choice: 'auto' },
    graphql: { tools: [{ function: { name, description, parameters } }], toolChoice: { mode: 'AUTO' } },
  };
});

const pairs = fc
  .tuple(
    messages,
    preferences,
    tool,
    field('max_tokens', 'maxTokens', fc.integer({ min: 1, max: 500 })),
    field('temperature', 'temperature', number(0, 2)),
    field('top_p', 'topP', number(0, 1)),
    field('frequency_penalty', 'frequencyPenalty', number(-2, 2)),
    field('seed', 'seed', fc.integer({ min: 0, max: 1e6 })),
    field('stop', 'stop', fc.array(text, { minLength: 1, maxLength: 4 })),
    field('user', 'user', word),
    field('session_id', 'sessionId', word),
    field('reasoning_effort', 'reasoning', fc.constantFrom('low', 'high'), (effort) => ({
      effort: effort.toUpperCase(),
    })),
    field('response_format', 'responseFormat', fc.constant({ type: 'json_object' }), () => ({ mode: 'JSON_OBJECT' })),
    field('logit_bias', 'logitBias', fc.dictionary(fc.constantFrom('11', '22'), number(-100, 100))),
  )
  .map(
    (parts): Pair => ({
      rest: Object.assign({ model: restModels.writer }, ...parts.map(({ rest }) => rest)),
      graphql: Object.assign({ model: restModels.writer }, ...parts.map(({ graphql }) => graphql)),
    }),
  );

/** Answers with as much as the request is long, so that each request has a cost of its own. */
function answer(request: StubRequest) {
  if (isStream(request)) return saying('Good day.')(request);
  const tokens = JSON.stringify(request.json).length;
  const usage = { prompt_tokens: tokens, completion_tokens: tokens % 97, total_tokens: tokens + (tokens % 97) };
  const message = { role: 'assistant', content: `You sent ${tokens}.` };
  return jsonAnswer({ id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }], usage });
}

const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
const document = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion {
      generationId content finishReason nativeFinishReason cost
      usage { promptTokens completionTokens totalTokens }
    }
    ... on UserError { message }
  }
}`;

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(program().url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

/** The record of a generation, without what differs from one request to the next. */
async function recordOf(id: string) {
  const response = await fetch(`${program().url}/api/v1/generation?id=${id}`, { headers });
  const { data } = (await response.json()) as { data: Record<string, unknown> & { provider_responses: object[] } };
  const { id: _, created_at, latency, generation_time, provider_responses, ...rest } = data;
  const attempts = provider_responses.map((attempt) => ({ ...attempt, latency: 0 }));
  return { record: { ...rest, attempts }, cost: rest.total_cost };
}

it('the same request over GraphQL and over REST is the same upstream, and gives the same completion, cost and record', async () => {
  upstream.respond(answer);
  await fc.assert(
    fc.asyncProperty(pairs, async ({ rest, graphql }) => {
      upstream.forget();
      const byRest = (await post('/api/v1/chat/completions', rest)) as {
        id: string;
        choices: { message: { content: string }; finish_reason: string; native_finish_reason: string }[];
        usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; cost: number };
      };
      const { data } = (await post('/graphql', { query: document, variables: { input: graphql } })) as {
        data: { createChatCompletion: Record<string, unknown> & { generationId: string } };
      };
      const byGraphql = data.createChatCompletion;
      const [choice] = byRest.choices;
      expect(upstream.requests).toHaveLength(2);
      expect(upstream.requests[0]?.json).toEqual(upstream.requests[1]?.json);
      expect(byGraphql).toMatchObject({
        __typename: 'ChatCompletion',
        content: choice?.message.content,
        finishReason: choice?.finish_reason.toUpperCase(),
        nativeFinishReason: choice?.native_finish_reason,
        usage: {
          promptTokens: byRest.usage.prompt_tokens,
          completionTokens: byRest.usage.completion_tokens,
          totalTokens: byRest.usage.total_tokens,
        },
      });
      expect(Number(byGraphql.cost)).toBe(byRest.usage.cost);
      const record = await recordOf(byRest.id);
      expect(record).toEqual(await recordOf(byGraphql.generationId));
      expect(record.cost).toBe(byRest.usage.cost);
    }),
    { numRuns: 40 },
  );
}, 60_000);
