import { afterAll, describe, expect, it } from 'vitest';
import { isStream } from '../support/chat-upstream.ts';
import { eventsIn } from '../support/rest-faces.ts';
import { jsonAnswer, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';
import { oneModel, startWholeServer } from '../support/whole-server.ts';

const upstream = await startStubUpstream();
const server = await startWholeServer({
  configuration: oneModel({ acme: { baseUrl: `${upstream.url}/v1`, apiKey: 'sk-test', dialect: 'openai-compatible' } }),
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await upstream.close();
});

const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const cited = {
  url: 'https://a.example/rain',
  title: 'Rain',
  content: 'It rains.',
  start_index: 3,
  end_index: 8,
};
const token = (text: string) => ({ token: text, logprob: -0.25, bytes: [...Buffer.from(text)], top_logprobs: [] });
const signed = {
  type: 'reasoning.text',
  text: 'Let me see.',
  signature: 'sig',
  format: 'anthropic-claude-v1',
  index: 0,
};
const sealed = { type: 'reasoning.encrypted', data: 'c2VhbGVk', id: 'rs_1', format: 'openai-responses-v1', index: 0 };

interface Sample {
  /** What the upstream says, in pieces; whole it says them joined. */
  readonly deltas: readonly object[];
  readonly message: object;
  readonly finish?: { readonly finish_reason: string; readonly native_finish_reason?: string };
  readonly logprobs?: object;
  /** What the caller must hear of its message. */
  readonly heard: object;
  /** And of its choice. */
  readonly choice?: object;
}

/** Answers as providers write them. */
const samples: Readonly<Record<string, Sample>> = {
  'an end in the words of the provider': {
    deltas: [{ content: 'So ' }, { content: 'long' }],
    message: { content: 'So long' },
    finish: { finish_reason: 'max_tokens' },
    heard: { content: 'So long' },
    choice: { finish_reason: 'length', native_finish_reason: 'max_tokens' },
  },
  'an end in the words of the provider behind the provider': {
    deltas: [{ content: 'Done' }],
    message: { content: 'Done' },
    finish: { finish_reason: 'stop', native_finish_reason: 'end_turn' },
    heard: { content: 'Done' },
    choice: { finish_reason: 'stop', native_finish_reason: 'end_turn' },
  },
  'a filter that cut the answer': {
    deltas: [{ content: 'I' }],
    message: { content: 'I' },
    finish: { finish_reason: 'content_filter' },
    heard: { content: 'I' },
    choice: { finish_reason: 'content_filter', native_finish_reason: 'content_filter' },
  },
  'a refusal': {
    deltas: [{ refusal: 'I will ' }, { refusal: 'not.' }],
    message: { content: null, refusal: 'I will not.' },
    heard: { refusal: 'I will not.' },
  },
  'tool calls, two at once': {
    deltas: [
      { tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'rain', arguments: '{"in":' } }] },
      { tool_calls: [{ index: 1, id: 'call_b', type: 'function', function: { name: 'sun', arguments: '' } }] },
      {
        tool_calls: [
          { index: 0, function: { arguments: '"Oslo"}' } },
          { index: 1, function: { arguments: '{}' } },
        ],
      },
    ],
    message: {
      content: null,
      tool_calls: [
        { id: 'call_a', type: 'function', function: { name: 'rain', arguments: '{"in":"Oslo"}' } },
        { id: 'call_b', type: 'function', function: { name: 'sun', arguments: '{}' } },
      ],
    },
    finish: { finish_reason: 'tool_calls' },
    heard: {
      tool_calls: [
        { id: 'call_a', index: 0, type: 'function', function: { name: 'rain', arguments: '{"in":"Oslo"}' } },
        { id: 'call_b', index: 1, type: 'function', function: { name: 'sun', arguments: '{}' } },
      ],
    },
    choice: { finish_reason: 'tool_calls' },
  },
  sources: {
    deltas: [{ content: 'It rains.' }, { annotations: [{ type: 'url_citation', url_citation: cited }] }],
    message: { content: 'It rains.', annotations: [{ type: 'url_citation', url_citation: cited }] },
    heard: { content: 'It rains.', annotations: [{ type: 'url_citation', url_citation: cited }] },
  },
  images: {
    deltas: [{ content: 'Here.' }, { images: [image] }],
    message: { content: 'Here.', images: [image] },
    heard: { content: 'Here.', images: [image] },
  },
  'log probabilities': {
    deltas: [{ content: 'Yes' }, { content: '.' }],
    message: { content: 'Yes.' },
    logprobs: { content: [token('Yes'), token('.')], refusal: null },
    heard: { content: 'Yes.' },
    choice: { logprobs: { content: [token('Yes'), token('.')], refusal: null } },
  },
  'signed reasoning': {
    deltas: [
      { reasoning: 'Let me ', reasoning_details: [{ ...signed, text: 'Let me ', signature: undefined }] },
      { reasoning: 'see.', reasoning_details: [{ ...signed, text: 'see.', signature: undefined }] },
      { reasoning_details: [{ ...signed, text: undefined }] },
      { content: 'Four.' },
    ],
    message: { content: 'Four.', reasoning: 'Let me see.', reasoning_details: [signed] },
    heard: { content: 'Four.', reasoning: 'Let me see.', reasoning_details: [signed] },
  },
  'sealed reasoning': {
    deltas: [{ reasoning_details: [sealed] }, { content: 'Four.' }],
    message: { content: 'Four.', reasoning_details: [sealed] },
    heard: { content: 'Four.', reasoning_details: [sealed] },
  },
};

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const envelope = { id: 'chatcmpl-1', created: 1_790_000_000, model: 'model-1' };

function answerWith({ deltas, message, finish = { finish_reason: 'stop' }, logprobs = {} }: Sample) {
  upstream.respond((request) => {
    if (!isStream(request)) {
      const choice = { index: 0, message: { role: 'assistant', ...message }, logprobs, ...finish };
      return jsonAnswer({ ...envelope, object: 'chat.completion', choices: [choice], usage });
    }
    const chunk = (fields: object) => `data: ${JSON.stringify({ ...envelope, ...fields })}\n\n`;
    const first = (fields: object) => chunk({ choices: [{ index: 0, finish_reason: null, ...fields }] });
    return streamAnswer([
      ...deltas.map((delta) => first({ delta })),
      first({ delta: {}, logprobs, ...finish }),
      chunk({ choices: [], usage }),
      'data: [DONE]\n\n',
    ]);
  });
}

interface Choice {
  readonly delta: Readonly<Record<string, unknown>>;
  readonly message: object;
}

async function ask(stream: boolean): Promise<string> {
  const response = await fetch(`${server.url}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'acme/one', messages: [{ role: 'user', content: 'Hello' }], stream, logprobs: true }),
  });
  return response.text();
}

/** The message that the deltas make, as clients put them together: texts joined, lists by the index of their items. */
function joined(deltas: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const [name, value] of deltas.flatMap((delta) => Object.entries(delta))) {
    const before = message[name];
    if (typeof value === 'string' && name !== 'role') message[name] = `${before ?? ''}${value}`;
    else if (Array.isArray(value)) message[name] = value.reduce(withItem, Array.isArray(before) ? before : []);
    else message[name] = value;
  }
  return message;
}

function withItem(items: readonly Record<string, unknown>[], item: Record<string, unknown>) {
  const at = items.findIndex(({ index }) => index !== undefined && index === item.index);
  if (at === -1) return [...items, item];
  return items.map((one, place) => (place === at ? { ...one, ...joinedTexts(one, item) } : one));
}

function joinedTexts(one: Record<string, unknown>, item: Record<string, unknown>): Record<string, unknown> {
  const grown = Object.entries(item).map(([name, value]) => {
    const before = one[name];
    if (['text', 'summary', 'arguments'].includes(name)) return [name, `${before ?? ''}${value}`];
    if (name === 'function') return [name, { ...Object(before), ...joinedTexts(Object(before), Object(value)) }];
    return [name, value];
  });
  return Object.fromEntries(grown);
}

describe.each(Object.entries(samples))('%s', (_, sample) => {
  it('reaches a caller of REST whole', async () => {
    answerWith(sample);
    const [choice] = JSON.parse(await ask(false)).choices as Choice[];
    expect(choice?.message).toMatchObject({ role: 'assistant', ...sample.heard });
    expect(choice).toMatchObject(sample.choice ?? { finish_reason: 'stop', native_finish_reason: 'stop' });
  });

  it('reaches a caller of REST in pieces that make the same', async () => {
    answerWith(sample);
    const text = await ask(true);
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const chunks = eventsIn(text) as { choices: Choice[]; usage?: object }[];
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(joined(choices.map(({ delta }) => delta))).toMatchObject({ role: 'assistant', ...sample.heard });
    expect(choices.at(-1)).toMatchObject(sample.choice ?? { finish_reason: 'stop', native_finish_reason: 'stop' });
    expect(chunks.flatMap(({ usage }, index) => (usage === undefined ? [] : index))).toEqual([chunks.length - 1]);
  });
});
