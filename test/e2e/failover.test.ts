import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatCompletionInput, CompleteDocument, ModelDetailDocument } from '../operations/generated/graphql.ts';
import {
  canaryKey,
  configurationFor,
  frames,
  isStream,
  modelOf,
  refusing,
  saying,
  scripted,
} from '../support/chat-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { collected, socketClient, subscription } from '../support/socket-client.ts';
import {
  jsonAnswer,
  type StubAnswer,
  type StubRequest,
  startStubUpstream,
  streamAnswer,
} from '../support/stub-upstream.ts';
import type { TypedDocument } from '../support/typed-document.ts';

interface Fault {
  /** The model whose first provider has it. */
  readonly model: string;
  readonly kind: string;
  /** The first provider where it is not `first`: `sleepy`, which has little time. */
  readonly provider?: 'sleepy';
  readonly respond: (request: StubRequest) => StubAnswer;
}

const faults: readonly Fault[] = [
  { model: 'acme/broken', kind: 'SERVER_FAILED', respond: () => refusing(500, 'Internal error') },
  { model: 'acme/overloaded', kind: 'OVERLOADED', respond: () => refusing(503, 'Overloaded') },
  { model: 'acme/limited', kind: 'RATE_LIMITED', respond: () => refusing(429, 'Slow down', { 'retry-after': '30' }) },
  { model: 'acme/reset', kind: 'UNREACHABLE', respond: () => ({ before: [{ reset: true }], body: [] }) },
  {
    model: 'acme/mute',
    kind: 'FIRST_CONTENT_TIMEOUT',
    provider: 'sleepy',
    respond: () => ({ before: [{ stall: true }], body: [] }),
  },
  {
    model: 'acme/stalled',
    kind: 'FIRST_CONTENT_TIMEOUT',
    provider: 'sleepy',
    respond: (request) => ({
      headers: { 'content-type': isStream(request) ? 'text/event-stream' : 'application/json' },
      body: [{ write: isStream(request) ? frames.opening : ' ' }, { stall: true }],
    }),
  },
  {
    model: 'acme/garbled',
    kind: 'MALFORMED_RESPONSE',
    respond: (request) => (isStream(request) ? streamAnswer(['data: {"choices": nonsense\n\n']) : jsonAnswer('<html>')),
  },
  {
    model: 'acme/on-fire',
    kind: 'SERVER_FAILED',
    respond: (request) =>
      isStream(request)
        ? streamAnswer([frames.opening, frames.error('The rack is on fire')])
        : jsonAnswer({ error: { message: 'The rack is on fire', type: 'server_error', code: 500 } }),
  },
];

const first = await startStubUpstream();
const second = await startStubUpstream();
const sleepy = await startStubUpstream();
const locked = await startStubUpstream();
afterAll(() => Promise.all([first, second, sleepy, locked].map((upstream) => upstream.close())));

const respondOf = Object.fromEntries(faults.map(({ model, respond }) => [model.slice('acme/'.length), respond]));
sleepy.respond(scripted(respondOf));
first.respond(
  scripted({
    ...respondOf,
    well: saying('Served by ', 'the first.'),
    nowhere: () => refusing(500, 'Internal error'),
    elsewhere: () => refusing(500, 'Internal error'),
    'limited-everywhere': () => refusing(429, 'Slow down', { 'retry-after': '30' }),
    'breaks-off': () => ({
      headers: { 'content-type': 'text/event-stream' },
      body: [{ write: frames.opening + frames.text('Once upon ') }, { reset: true }],
    }),
  }),
);
second.respond(
  scripted(
    {
      nowhere: () => refusing(502, 'Bad gateway'),
      elsewhere: () => refusing(502, 'Bad gateway'),
      'limited-everywhere': () => refusing(429, 'Later', { 'retry-after-ms': '2500' }),
    },
    saying('Served by ', 'the second.'),
  ),
);
locked.respond(refusing(401, `Incorrect API key provided: ${canaryKey}.`));

let program: RunningProgram;
beforeAll(async () => {
  const modelsAt = (provider?: string) =>
    faults.filter((fault) => fault.provider === provider).map(({ model }) => model);
  const parts = [
    configurationFor({ first, second }, {}, [
      'acme/nowhere',
      'acme/elsewhere',
      'acme/limited-everywhere',
      'acme/breaks-off',
      'acme/well',
      ...modelsAt(),
    ]),
    configurationFor({ sleepy, second }, {}, modelsAt('sleepy')),
    configurationFor({ locked, second }, {}, ['acme/locked']),
  ];
  const providers = Object.assign({}, ...parts.map((part) => part.providers));
  providers.sleepy.deadlines = { firstContentMs: 100 };
  program = await startProgram({
    configuration: {
      routing: { strategy: 'price' },
      providers,
      models: Object.assign({}, ...parts.map((part) => part.models)),
    },
  });
});

interface Told {
  readonly __typename: string;
  readonly text?: string;
  readonly content?: string;
  readonly attempts?: readonly object[];
  readonly completion?: { readonly content: string; readonly attempts: readonly object[] };
  readonly error?: { readonly __typename: string; readonly message: string };
}

const attempts = `attempts { endpoint { tag } outcome failureKind status message }`;
const streamWithAttempts: TypedDocument<{ streamChatCompletion: Told }, { input: ChatCompletionInput }> = `
  subscription ($input: ChatCompletionInput!) {
    streamChatCompletion(input: $input) {
      __typename
      ... on CompletionStarted { ${attempts} }
      ... on ContentDelta { text }
      ... on CompletionFinished { completion { content ${attempts} } }
      ... on CompletionFailed { content ${attempts} error { __typename ... on UserError { message } } }
    }
  }`;
const completeWithAttempts: TypedDocument<{ createChatCompletion: object }, { input: ChatCompletionInput }> = `
  mutation ($input: ChatCompletionInput!) {
    createChatCompletion(input: $input) {
      __typename
      ... on UserError { code message retryable retryAfterMs }
      ... on AllAttemptsFailed { ${attempts} }
      ... on RateLimited { ${attempts} }
    }
  }`;

const inputFor = (model: string, more: object = {}): { input: ChatCompletionInput } => ({
  input: { model, messages: [{ role: 'USER', content: 'Hello' }], ...more },
});
const streamed = async (model: string) =>
  (await collected(subscription(socketClient(program.ws), streamWithAttempts, inputFor(model)))).map(
    ({ streamChatCompletion: event }) => event,
  );

describe('a model whose first provider fails', () => {
  for (const { model, kind, provider = 'first' } of faults) {
    it(`is served whole by the second one when the first is ${model.slice('acme/'.length)}`, async () => {
      const { createChatCompletion: result } = await program.run(CompleteDocument, inputFor(model));
      expect(result).toMatchObject({
        content: 'Served by the second.',
        provider: { slug: 'second' },
        cost: '0.000032',
        attempts: [
          { endpoint: { tag: provider }, outcome: 'FAILED', failureKind: kind },
          { endpoint: { tag: 'second' }, outcome: 'SUCCEEDED', failureKind: null },
        ],
      });
    });
  }

  // A provider that said when to come back is not asked again before.
  for (const { model, kind, provider = 'first' } of faults.filter((fault) => fault.kind !== 'RATE_LIMITED')) {
    it(`is streamed by the second one when the first is ${model.slice('acme/'.length)}`, async () => {
      const events = await streamed(model);
      expect(events.map(({ __typename }) => __typename)).toEqual([
        'CompletionAccepted',
        'CompletionStarted',
        ...events.filter(({ __typename }) => __typename === 'ContentDelta').map(({ __typename }) => __typename),
        'CompletionFinished',
      ]);
      expect(events[1]).toMatchObject({
        attempts: [
          { endpoint: { tag: provider }, outcome: 'FAILED', failureKind: kind },
          { endpoint: { tag: 'second' } },
        ],
      });
      expect(events.at(-1)).toMatchObject({
        completion: { content: 'Served by the second.', attempts: [{ failureKind: kind }, { outcome: 'SUCCEEDED' }] },
      });
    });
  }

  it('is left alone for as long as it asked', async () => {
    const { model: detail } = await program.run(ModelDetailDocument, { slug: 'acme/limited' });
    expect(detail?.endpoints.map(({ tag, health }) => [tag, health.state])).toEqual([
      ['first', 'COOLING'],
      ['second', 'AVAILABLE'],
    ]);
    const events = await streamed('acme/limited');
    expect(events.at(-1)).toMatchObject({ completion: { attempts: [{ endpoint: { tag: 'second' } }] } });
    expect(first.requests.filter((request) => modelOf(request) === 'limited')).toHaveLength(1);
  });

  it('is told nothing of a key that the provider repeats in its refusal', async () => {
    const events = await streamed('acme/locked');
    expect(events.at(-1)).toMatchObject({
      completion: { attempts: [{ failureKind: 'CREDENTIALS_REJECTED', status: 401 }, { outcome: 'SUCCEEDED' }] },
    });
    expect(JSON.stringify(events)).toContain('Incorrect API key provided');
    expect(JSON.stringify(events)).not.toContain(canaryKey);
    await program.says(/"failureKind":"credentials_rejected"/);
    expect(program.output()).not.toContain(canaryKey);
  });

  it('keeps what was delivered and stays with its endpoint once the answer has begun', async () => {
    const events = await streamed('acme/breaks-off');
    expect(events.at(-1)).toMatchObject({
      __typename: 'CompletionFailed',
      content: 'Once upon ',
      attempts: [{ endpoint: { tag: 'first' }, outcome: 'FAILED' }],
      error: { __typename: 'AllAttemptsFailed' },
    });
    expect(second.requests.map(modelOf)).not.toContain('breaks-off');
  });
});

describe('a model whose providers all fail', () => {
  it('ends in a typed error that tells every attempt', async () => {
    const { createChatCompletion: error } = await program.run(completeWithAttempts, inputFor('acme/nowhere'));
    expect(error).toEqual({
      __typename: 'AllAttemptsFailed',
      code: 'ALL_ATTEMPTS_FAILED',
      message: expect.stringContaining('acme/nowhere@first server_failed: Internal error'),
      retryable: true,
      retryAfterMs: null,
      attempts: [
        expect.objectContaining({
          endpoint: { tag: 'first' },
          failureKind: 'SERVER_FAILED',
          status: 500,
          message: 'Internal error',
        }),
        expect.objectContaining({
          endpoint: { tag: 'second' },
          failureKind: 'SERVER_FAILED',
          status: 502,
          message: 'Bad gateway',
        }),
      ],
    });
  });

  it('ends a stream in the same error as an event', async () => {
    const events = await streamed('acme/nowhere');
    expect(events).toMatchObject([
      { __typename: 'CompletionAccepted' },
      {
        __typename: 'CompletionFailed',
        content: '',
        attempts: [{ endpoint: { tag: 'first' } }, { endpoint: { tag: 'second' } }],
        error: { __typename: 'AllAttemptsFailed' },
      },
    ]);
  });

  it('says how long to wait where all of them are limited', async () => {
    const { createChatCompletion: error } = await program.run(
      completeWithAttempts,
      inputFor('acme/limited-everywhere'),
    );
    expect(error).toMatchObject({
      __typename: 'RateLimited',
      retryable: true,
      retryAfterMs: 2500,
      attempts: [{ endpoint: { tag: 'first' } }, { endpoint: { tag: 'second' } }],
    });
  });

  it('gives way to the next model of the list', async () => {
    const { createChatCompletion: result } = await program.run(
      CompleteDocument,
      inputFor('acme/elsewhere', { models: ['acme/well'] }),
    );
    expect(result).toMatchObject({
      content: 'Served by the first.',
      model: { slug: 'acme/well' },
      attempts: [
        { endpoint: { tag: 'first' }, failureKind: 'SERVER_FAILED' },
        { endpoint: { tag: 'second' }, failureKind: 'SERVER_FAILED' },
        { endpoint: { tag: 'first' }, outcome: 'SUCCEEDED' },
      ],
    });
  });
});
