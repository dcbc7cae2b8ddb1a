import fc from 'fast-check';

/** One request, as both faces say it. */
export interface RequestPair {
  readonly rest: Readonly<Record<string, unknown>>;
  readonly graphql: Readonly<Record<string, unknown>>;
}

/** Requests to the model, with whatever both faces have a word for. */
export function requestPairs(model: string): fc.Arbitrary<RequestPair> {
  return fc.tuple(messages, preferences, tools, reasoning, responseFormat, ...fields).map((parts) => ({
    rest: Object.assign({ model }, ...parts.map(({ rest }) => rest)),
    graphql: Object.assign({ model }, ...parts.map(({ graphql }) => graphql)),
  }));
}

const nothing: RequestPair = { rest: {}, graphql: {} };
const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((value) => value.trim() !== '');
const word = fc.stringMatching(/^[a-z]{1,12}$/);
const number = (min: number, max: number) => fc.integer({ min: min * 100, max: max * 100 }).map((value) => value / 100);
const schema = { type: 'object', properties: { city: { type: 'string' } } };

/** The pair, or nothing of it. */
const perhaps = (pair: fc.Arbitrary<RequestPair>) => fc.option(pair, { nil: nothing });

/** A field that both have, under each name. */
function field<Value>(
  rest: string,
  graphql: string,
  values: fc.Arbitrary<Value>,
  toGraphql: (value: Value) => unknown = (value) => value,
): fc.Arbitrary<RequestPair> {
  return perhaps(values.map((value) => ({ rest: { [rest]: value }, graphql: { [graphql]: toGraphql(value) } })));
}

const fields = [
  field('max_tokens', 'maxTokens', fc.integer({ min: 1, max: 500 })),
  field('temperature', 'temperature', number(0, 2)),
  field('top_p', 'topP', number(0, 1)),
  field('top_k', 'topK', fc.integer({ min: 0, max: 100 })),
  field('frequency_penalty', 'frequencyPenalty', number(-2, 2)),
  field('presence_penalty', 'presencePenalty', number(-2, 2)),
  field('seed', 'seed', fc.integer({ min: 0, max: 1e6 })),
  field('stop', 'stop', fc.array(text, { minLength: 1, maxLength: 4 })),
  field('user', 'user', word),
  field('session_id', 'sessionId', word),
  field('verbosity', 'verbosity', fc.constantFrom('low', 'medium', 'high'), (value) => value.toUpperCase()),
  field('logit_bias', 'logitBias', fc.dictionary(fc.constantFrom('11', '22'), number(-100, 100))),
];

const messages: fc.Arbitrary<RequestPair> = fc
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

/** Some of which nobody can meet: a refusal must be the same, too. */
const preferences = perhaps(
  fc
    .record(
      {
        prompt: fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 1_000),
        allowFallbacks: fc.boolean(),
        sort: fc.constantFrom('price', 'throughput', 'latency'),
        latency: number(0, 20),
        only: fc.constantFrom('acme', 'acme', 'acme', 'nobody'),
        ignore: fc.constantFrom('nobody', 'nobody', 'nobody', 'acme'),
        requireParameters: fc.boolean(),
        dataCollection: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
      },
      { requiredKeys: [] },
    )
    .map(({ prompt, allowFallbacks, sort, latency, only, ignore, requireParameters, dataCollection }) => ({
      rest: {
        provider: {
          ...(prompt !== undefined && { max_price: { prompt: prompt + 1 } }),
          ...(allowFallbacks !== undefined && { allow_fallbacks: allowFallbacks }),
          ...(sort !== undefined && { sort }),
          ...(latency !== undefined && { preferred_max_latency: latency }),
          ...(only !== undefined && { only: [only] }),
          ...(ignore !== undefined && { ignore: [ignore] }),
          ...(requireParameters !== undefined && { require_parameters: requireParameters }),
          ...(dataCollection !== undefined && { data_collection: dataCollection }),
        },
      },
      graphql: {
        provider: {
          ...(prompt !== undefined && { maxPrice: { prompt: String(Number(((prompt + 1) / 1e6).toPrecision(15))) } }),
          ...(allowFallbacks !== undefined && { allowFallbacks }),
          ...(sort !== undefined && { sort: { by: sort.toUpperCase() } }),
          ...(latency !== undefined && { preferredMaxLatency: { p50: latency * 1_000 } }),
          ...(only !== undefined && { only: [only] }),
          ...(ignore !== undefined && { ignore: [ignore] }),
          ...(requireParameters !== undefined && { requireParameters }),
          ...(dataCollection !== undefined && { dataCollection: dataCollection.toUpperCase() }),
        },
      },
    })),
);

const tools = perhaps(
  fc
    .tuple(
      fc.uniqueArray(fc.tuple(word, text, fc.boolean()), { minLength: 1, maxLength: 3, selector: ([name]) => name }),
      fc.constantFrom('auto', 'none', 'required', 'function'),
      fc.boolean(),
    )
    .map(([list, choice, parallel]) => {
      const functions = list.map(([name, description, strict]) => ({ name, description, parameters: schema, strict }));
      const name = functions[0]?.name;
      return {
        rest: {
          tools: functions.map((one) => ({ type: 'function', function: one })),
          tool_choice: choice === 'function' ? { type: 'function', function: { name } } : choice,
          parallel_tool_calls: parallel,
        },
        graphql: {
          tools: functions.map((one) => ({ function: one })),
          toolChoice: choice === 'function' ? { function: name } : { mode: choice.toUpperCase() },
          parallelToolCalls: parallel,
        },
      };
    }),
);

const reasoning = perhaps(
  fc.oneof(
    fc.constantFrom('none', 'minimal', 'low', 'medium', 'high').map((effort) => ({
      rest: { reasoning_effort: effort },
      graphql: { reasoning: { effort: effort.toUpperCase() } },
    })),
    fc
      .record({ enabled: fc.boolean(), exclude: fc.boolean(), budget: fc.option(fc.integer({ min: 1, max: 2_000 })) })
      .map(({ enabled, exclude, budget }) => ({
        rest: { reasoning: { enabled, exclude, max_tokens: budget } },
        graphql: { reasoning: { enabled, exclude, maxTokens: budget } },
      })),
  ),
);

const responseFormat = perhaps(
  fc.oneof(
    fc.constantFrom('text', 'json_object').map((type) => ({
      rest: { response_format: { type } },
      graphql: { responseFormat: { mode: type.toUpperCase() } },
    })),
    fc.tuple(word, fc.boolean()).map(([name, strict]) => ({
      rest: { response_format: { type: 'json_schema', json_schema: { name, schema, strict } } },
      graphql: { responseFormat: { jsonSchema: { name, schema, strict } } },
    })),
  ),
);
