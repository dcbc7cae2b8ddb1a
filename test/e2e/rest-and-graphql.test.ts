import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isStream } from '../support/chat-upstream.ts';
import { requestPairs } from '../support/request-pairs.ts';
import { eventsIn } from '../support/rest-faces.ts';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { restModels } from '../support/rest-upstream.ts';
import { jsonAnswer, type StubAnswer, type StubRequest, streamAnswer } from '../support/stub-upstream.ts';

const { upstream, program } = await useRestProgram();
beforeAll(() => upstream.respond(answer));

/**
 * Says as much as the request is long, so that each has a cost of its own, thinks about every second one, and calls the first tool
 * of every second one that has tools.
 */
function answer(request: StubRequest): StubAnswer {
  const { stream: _, stream_options: _options, ...asked } = request.json as Record<string, unknown>;
  const length = JSON.stringify(asked).length;
  const usage = { prompt_tokens: length, completion_tokens: length % 97, total_tokens: length + (length % 97) };
  const tool = (asked.tools as { function: { name: string } }[] | undefined)?.[0]?.function;
  const called = tool === undefined || length % 2 === 0 ? undefined : { name: tool.name, arguments: '{"city":"Oslo"}' };
  const said = `You sent ${length}, in all: ${'ä'.repeat(length % 50)}.`;
  const thought = length % 4 < 2 ? `I see ${length}.` : undefined;
  const finish = called === undefined ? 'stop' : 'tool_calls';
  const envelope = { id: 'c', created: 1, model: 'm' };
  if (!isStream(request)) {
    const message = {
      role: 'assistant',
      content: called === undefined ? said : null,
      ...(thought !== undefined && { reasoning_content: thought }),
      ...(called !== undefined && { tool_calls: [{ id: 'call_1', type: 'function', function: called }] }),
    };
    return jsonAnswer({ ...envelope, choices: [{ index: 0, message, finish_reason: finish }], usage });
  }
  const cut = (text: string) => text.match(/.{1,7}/gu) ?? [];
  const deltas = [
    ...cut(thought ?? '').map((reasoning_content) => ({ reasoning_content })),
    ...(called === undefined
      ? cut(said).map((content) => ({ content }))
      : [
          {
            tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: called.name, arguments: '' } }],
          },
          ...cut(called.arguments).map((text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
        ]),
  ];
  const chunk = (fields: object) => `data: ${JSON.stringify({ ...envelope, ...fields })}\n\n`;
  return streamAnswer([
    ...deltas.map((delta) => chunk({ choices: [{ index: 0, delta, finish_reason: null }] })),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }),
    chunk({ choices: [], usage }),
    'data: [DONE]\n\n',
  ]);
}

/** What both faces say of an answer, or of there being none. */
interface Outcome {
  readonly id: string;
  readonly said: object;
  readonly cost: number | undefined;
}

const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` };
const post = (path: string, body: object, more: Record<string, string> = {}) =>
  fetch(program().url + path, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
const idOf = (response: Response) => response.headers.get('x-generation-id') ?? '';

interface WireCall {
  readonly id?: string;
  readonly function: { readonly name?: string; readonly arguments?: string };
}
interface WireMessage {
  readonly content?: string | null;
  readonly reasoning?: string | null;
  readonly tool_calls?: readonly WireCall[];
}
interface WireChoice {
  readonly message: WireMessage;
  readonly delta: WireMessage;
  readonly finish_reason: string | null;
  readonly native_finish_reason: string | null;
}
interface WireAnswer {
  readonly choices: readonly WireChoice[];
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
    readonly cost: number;
  };
}

function heard(message: WireMessage, choice: WireChoice | undefined, usage: WireAnswer['usage']) {
  return {
    content: message.content ?? '',
    reasoning: message.reasoning ?? '',
    toolCalls: (message.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })),
    finishReason: choice?.finish_reason,
    native: choice?.native_finish_reason,
    tokens: [usage?.prompt_tokens, usage?.completion_tokens, usage?.total_tokens],
  };
}

async function byRest(request: object, stream: boolean): Promise<Outcome> {
  const response = await post('/api/v1/chat/completions', { ...request, ...(stream && { stream }) });
  const id = idOf(response);
  if (!response.ok) {
    const { error } = (await response.json()) as { error: { message: string } };
    return { id, said: { refused: error.message }, cost: undefined };
  }
  if (!stream) {
    const { choices, usage } = (await response.json()) as WireAnswer;
    return { id, said: heard(choices[0]?.message ?? {}, choices[0], usage), cost: usage?.cost };
  }
  const chunks = eventsIn(await response.text()) as unknown as WireAnswer[];
  const choices = chunks.flatMap((chunk) => chunk.choices);
  const usages = chunks.flatMap(({ usage }) => usage ?? []);
  expect(usages).toHaveLength(1);
  const calls = choices.flatMap(({ delta }) => delta.tool_calls ?? []);
  const whole: WireMessage = {
    content: choices.map(({ delta }) => delta.content ?? '').join(''),
    reasoning: choices.map(({ delta }) => delta.reasoning ?? '').join(''),
    ...(calls[0] !== undefined && {
      tool_calls: [
        {
          ...calls[0],
          function: { ...calls[0].function, arguments: calls.map((call) => call.function.arguments ?? '').join('') },
        },
      ],
    }),
  };
  return { id, said: heard(whole, choices.at(-1), usages[0]), cost: usages[0]?.cost };
}

const completionFields = `finishReason nativeFinishReason cost usage { promptTokens completionTokens totalTokens }`;
const mutation = `mutation ($input: ChatCompletionInput!) {
  createChatCompletion(input: $input) {
    __typename
    ... on ChatCompletion { content reasoning toolCalls { callId name arguments } ${completionFields} }
    ... on UserError { message }
  }
}`;
const subscription = `subscription ($input: ChatCompletionInput!) {
  streamChatCompletion(input: $input) {
    __typename
    ... on ChatCompletionEventFields { generationId }
    ... on ContentDelta { text }
    ... on ReasoningDelta { text }
    ... on ToolCallDelta { callId name arguments }
    ... on CompletionFinished { completion { ${completionFields} } }
    ... on CompletionFailed { error { __typename ... on UserError { message } } }
  }
}`;

interface Call {
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
}
interface Finished {
  readonly finishReason: string;
  readonly nativeFinishReason: string;
  readonly cost: string;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number; readonly totalTokens: number };
}

function told(content: string, reasoning: string, calls: readonly Call[], completion: Finished) {
  const { finishReason, nativeFinishReason: native, usage } = completion;
  return {
    content,
    reasoning,
    toolCalls: calls.map(({ callId: id, name, arguments: text }) => ({ id, name, arguments: text })),
    finishReason: finishReason.toLowerCase(),
    native,
    tokens: [usage.promptTokens, usage.completionTokens, usage.totalTokens],
  };
}

async function byGraphql(input: object, stream: boolean): Promise<Outcome> {
  if (!stream) {
    const response = await post('/graphql', { query: mutation, variables: { input } });
    const { data } = (await response.json()) as { data: { createChatCompletion: Record<string, unknown> } };
    const answer = data.createChatCompletion;
    const id = idOf(response);
    if (answer.__typename !== 'ChatCompletion') return { id, said: { refused: answer.message }, cost: undefined };
    const whole = answer as unknown as Finished & { content: string; reasoning: string; toolCalls: Call[] };
    return {
      id,
      said: told(whole.content ?? '', whole.reasoning ?? '', whole.toolCalls, whole),
      cost: Number(whole.cost),
    };
  }
  const accept = { accept: 'text/event-stream' };
  const response = await post('/graphql', { query: subscription, variables: { input } }, accept);
  const events = eventsIn(await response.text()).map(
    ({ data }) => (data as { streamChatCompletion: Record<string, unknown> }).streamChatCompletion,
  );
  const id = String(events[0]?.generationId);
  const last = events.at(-1) as { completion?: Finished; error?: { message: string } };
  if (last.completion === undefined) return { id, said: { refused: last.error?.message }, cost: undefined };
  const textOf = (type: string) => events.map((event) => (event.__typename === type ? event.text : '')).join('');
  const pieces = events.filter(({ __typename }) => __typename === 'ToolCallDelta') as unknown as Call[];
  const [first] = pieces;
  const calls = first && [{ ...first, arguments: pieces.map((piece) => piece.arguments).join('') }];
  return {
    id,
    said: told(textOf('ContentDelta'), textOf('ReasoningDelta'), calls ?? [], last.completion),
    cost: Number(last.completion.cost),
  };
}

/** The record of a generation, without what differs from one request to the next. */
async function recordOf(id: string) {
  const response = await fetch(`${program().url}/api/v1/generation?id=${id}`, { headers });
  const { data } = (await response.json()) as { data: Record<string, unknown> & { provider_responses: object[] } };
  const { id: _, created_at, latency, generation_time, provider_responses, ...rest } = data;
  const attempts = provider_responses.map((attempt) => ({ ...attempt, latency: 0 }));
  return { ...rest, attempts };
}

describe('the same request over GraphQL and over REST', () => {
  it.each([
    ['whole', false],
    ['as a stream', true],
  ])(
    'is the same upstream, and gives the same completion, cost and record: %s',
    async (_, stream) => {
      const kinds = new Set<string>();
      await fc.assert(
        fc.asyncProperty(requestPairs(restModels.writer), async ({ rest, graphql }) => {
          upstream.forget();
          const one = await byRest(rest, stream);
          const other = await byGraphql(graphql, stream);
          expect(other.said).toEqual(one.said);
          expect(other.cost).toBe(one.cost);
          expect(upstream.requests[0]?.json).toEqual(upstream.requests[1]?.json);
          expect(upstream.requests).toHaveLength('refused' in one.said ? 0 : 2);
          const record = await recordOf(one.id);
          expect(record).toEqual(await recordOf(other.id));
          expect(record).toMatchObject({ total_cost: one.cost ?? 0, streamed: stream });
          kinds.add('refused' in one.said ? 'refused' : String((one.said as { finishReason: string }).finishReason));
        }),
        { numRuns: 40 },
      );
      // Otherwise the property would say less than it seems to.
      expect([...kinds].toSorted()).toEqual(['refused', 'stop', 'tool_calls']);
    },
    60_000,
  );
});
