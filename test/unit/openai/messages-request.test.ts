import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest, ContentPart, JsonObject, Message, Prompt } from '../../../src/chat.ts';
import { InvalidRequest } from '../../../src/errors.ts';
import { parsed } from '../../../src/openai/check.ts';
import { messagesBody, toChatRequest } from '../../../src/openai/messages/request.ts';
import { anthropicRequest } from '../../../src/providers/anthropic-request.ts';
import { promptCall } from '../providers/prompt-call.ts';

const png = 'data:image/png;base64,iVBORw==';
const hello = { role: 'user', content: 'Hello' };

function read(body: object): ChatRequest {
  return toChatRequest(parsed(messagesBody, { messages: [hello], ...body }), {});
}

function pathOfFailure(body: object): string | undefined {
  try {
    read(body);
  } catch (error) {
    if (error instanceof InvalidRequest) return error.path;
    throw error;
  }
  throw new Error('the request was taken');
}

describe('a request of the Messages API', () => {
  it('adds nothing that the caller did not say', () => {
    expect(read({})).toEqual({ messages: [hello] });
  });

  it('says how to sample, how long to write and when to stop', () => {
    const fields = { model: 'acme/one', max_tokens: 9, stop_sequences: ['END'], temperature: 0, top_p: 0.5, top_k: 3 };
    expect(read(fields)).toEqual({
      messages: [hello],
      ...{ model: 'acme/one', maxTokens: 9, stop: ['END'], temperature: 0, topP: 0.5, topK: 3 },
    });
  });

  it("takes OpenRouter's fields, and ignores what it does not know", () => {
    const provider = { order: ['quarry'], allow_fallbacks: false, max_price: { prompt: 2 } };
    expect(read({ model: 'a/b', models: ['c/d'], provider, plugins: [{ id: 'web' }], service_tier: 'auto' })).toEqual({
      messages: [hello],
      ...{ model: 'a/b', models: ['c/d'] },
      provider: { order: ['quarry'], allowFallbacks: false, maxPrice: { prompt: '0.000002' } },
    });
    expect(read({ model: 'a/b', fallbacks: [{ model: 'c/d' }] })).toMatchObject({ model: 'a/b', models: ['c/d'] });
  });

  it('names its user and its session', () => {
    expect(read({ metadata: { user_id: 'u-1' }, session_id: 's-1' })).toMatchObject({ user: 'u-1', sessionId: 's-1' });
  });

  it('has instructions as a text or as blocks, with their cache marks', () => {
    expect(read({ system: 'Be brief.' }).messages[0]).toEqual({ role: 'system', content: 'Be brief.' });
    const block = { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } };
    expect(read({ system: [block] }).messages[0]).toEqual({
      role: 'system',
      content: [{ type: 'text', text: 'Be brief.', cacheControl: { ttl: '1h' } }],
    });
  });

  it('marks the last block for the cache where the whole request asks for that', () => {
    const { messages } = read({ cache_control: { type: 'ephemeral' } });
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hello', cacheControl: {} }] }]);
  });

  it('carries images, documents and search results', () => {
    const content = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw==' } },
      { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
      { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'Rain.' } },
      { type: 'document', source: { type: 'url', url: 'https://a.example/b.pdf' } },
      { type: 'search_result', source: 'https://a.example/', title: 'A', content: [{ type: 'text', text: 'Rain.' }] },
    ];
    expect(read({ messages: [{ role: 'user', content }] }).messages[0]?.content).toEqual([
      { type: 'image', url: png },
      { type: 'image', url: 'https://a.example/b.png' },
      { type: 'file', url: 'data:text/plain;base64,UmFpbi4=', fileName: 'Notes' },
      { type: 'file', url: 'https://a.example/b.pdf' },
      { type: 'text', text: 'A\nhttps://a.example/\n\nRain.' },
    ]);
  });

  it('puts the results of tools before what the user says', () => {
    const content = [
      { type: 'text', text: 'And now?' },
      { type: 'tool_result', tool_use_id: 'a', content: 'sunny' },
      { type: 'tool_result', tool_use_id: 'b' },
    ];
    expect(read({ messages: [{ role: 'user', content }] }).messages).toEqual([
      { role: 'tool', toolCallId: 'a', content: 'sunny' },
      { role: 'tool', toolCallId: 'b', content: '' },
      { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
    ]);
  });

  it.each([
    [{ type: 'enabled', budget_tokens: 2000 }, undefined, { reasoning: { maxTokens: 2000 } }],
    [{ type: 'disabled' }, undefined, { reasoning: { enabled: false } }],
    [{ type: 'adaptive' }, undefined, { reasoning: { enabled: true } }],
    [{ type: 'adaptive', display: 'omitted' }, 'high', { reasoning: { effort: 'high', exclude: true } }],
    [undefined, 'low', { verbosity: 'low' }],
    [{ type: 'enabled', budget_tokens: 2000 }, 'max', { reasoning: { maxTokens: 2000 }, verbosity: 'max' }],
  ])('asks for thought: %j, effort %s', (thinking, effort, expected) => {
    const { messages: _messages, ...rest } = read({ thinking, output_config: { effort } });
    expect(rest).toEqual(expected);
  });

  it('leaves out the tools that only Anthropic has, and a choice among nothing else', () => {
    const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
    expect(read({ tools, tool_choice: { type: 'any' } })).toEqual({ messages: [hello] });
  });

  it('ignores the blocks that tools of a server left behind', () => {
    const content = [
      { type: 'server_tool_use', id: 'x', name: 'web_search', input: {} },
      { type: 'text', text: 'Rain.' },
    ];
    expect(read({ messages: [hello, { role: 'assistant', content }] }).messages[1]).toEqual({
      role: 'assistant',
      content: [{ type: 'text', text: 'Rain.' }],
    });
  });

  it.each([
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ tool_choice: { type: 'tool', name: 'look' } }, 'tool_choice'],
    [{ tools: [{ name: 'a b', input_schema: {} }] }, 'tools[0].name'],
    [
      {
        tools: [
          { name: 'a', input_schema: {} },
          { name: 'a', input_schema: {} },
        ],
      },
      'tools[1].name',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] },
      'messages[0].content[0].source',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'http://a.example' } }] }] },
      'messages[0].content[0].source.url',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'tool_use', id: 'a', name: 'b', input: {} }] }] },
      'messages[0].content[0]',
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_result', tool_use_id: 'a' }] }] },
      'messages[0].content[0]',
    ],
  ])('says which field is wrong: %j', (body, path) => {
    expect(pathOfFailure(body)).toBe(path);
  });
});

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== '');
const token = fc.stringMatching(/^[\w+/=]{1,20}$/);
/** But `__proto__`, which is left out of records that strangers send. */
const identifier = fc.stringMatching(/^[\w-]{1,20}$/).filter((name) => name !== '__proto__');
const mark = fc.option(fc.constantFrom({ cacheControl: {} }, { cacheControl: { ttl: '1h' as const } }), { nil: {} });
const json: fc.Arbitrary<JsonObject> = fc.dictionary(identifier, fc.oneof(fc.integer(), words), {
  noNullPrototype: true,
});

const textPart = fc.tuple(words, mark).map(([text, marks]): ContentPart => ({ type: 'text', text, ...marks }));
const part = fc.oneof(
  textPart,
  mark.map((marks): ContentPart => ({ type: 'image', url: png, ...marks })),
  fc.constant<ContentPart>({ type: 'file', url: 'data:application/pdf;base64,JVBERg==', fileName: 'a.pdf' }),
);
const parts = fc.array(part, { minLength: 1, maxLength: 3 });

const thought = fc.array(fc.oneof(fc.record({ text: words, signature: token }), fc.record({ data: token })), {
  maxLength: 2,
});

/** A turn of the assistant, and the results of its calls. */
const exchange = fc
  .record({
    asked: parts,
    thought,
    said: fc.array(textPart, { maxLength: 2 }),
    calls: fc.uniqueArray(fc.record({ id: identifier, name: identifier, input: json }), {
      maxLength: 2,
      selector: ({ id }) => id,
    }),
    result: fc.oneof(
      words,
      parts.filter((list) => list.every((one) => one.type !== 'file' && !('cacheControl' in one))),
    ),
  })
  .map(({ asked, thought: thoughts, said, calls, result }): readonly Message[] => {
    const reasoning = thoughts.map((one) => ('text' in one ? one.text : '')).join('');
    const details = thoughts.map((one, index) =>
      'text' in one
        ? ({ type: 'reasoning.text', format: 'anthropic-claude-v1', index, ...one } as const)
        : ({ type: 'reasoning.encrypted', format: 'anthropic-claude-v1', index, ...one } as const),
    );
    const answer: Message = {
      role: 'assistant',
      ...(said.length > 0 && { content: said }),
      ...(said.length === 0 && calls.length === 0 && { content: [{ type: 'text', text: 'So.' }] }),
      ...(calls.length > 0 && {
        toolCalls: calls.map(({ id, name, input }) => ({ id, name, arguments: JSON.stringify(input) })),
      }),
      ...(reasoning !== '' && { reasoning }),
      ...(details.length > 0 && { reasoningDetails: details }),
    };
    // The user's next words stand in the same message of the dialect as the results, so that the next turn begins with them.
    return [{ role: 'user', content: asked }, answer, ...calls.map(({ id }) => toolMessage(id, result))];
  });

function toolMessage(toolCallId: string, content: string | readonly ContentPart[]): Message {
  return { role: 'tool', toolCallId, content };
}

const choice = fc.constantFrom<Partial<Prompt>>(
  {},
  { toolChoice: 'auto' },
  { toolChoice: 'none' },
  { toolChoice: 'required', parallelToolCalls: false },
  { toolChoice: { function: 'look' }, parallelToolCalls: true },
);
const tools = choice.map((chosen) => ({
  tools: [{ name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true, cacheControl: {} }],
  ...chosen,
}));
const manner = fc.constantFrom<Partial<Prompt>>(
  { temperature: 0.5, topP: 0.9, topK: 5 },
  { reasoning: { effort: 'high' } },
  { reasoning: { effort: 'low', exclude: true } },
  { reasoning: { enabled: false }, verbosity: 'max' },
  { reasoning: { maxTokens: 1024 }, maxTokens: 4000 },
  {
    responseFormat: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true },
    stop: ['END'],
    user: 'u',
  },
);

describe('whatever the Messages API can say', () => {
  it('is read as it was meant, as the adapter for the real API writes it', () => {
    const prompts = fc.record({
      system: fc.array(textPart, { maxLength: 2 }),
      exchanges: fc.array(exchange, { minLength: 1, maxLength: 3 }),
      tools: fc.option(tools, { nil: {} }),
      manner,
      limit: fc.integer({ min: 2000, max: 9000 }),
    });
    fc.assert(
      fc.property(prompts, ({ system, exchanges, tools: offered, manner: asked, limit }) => {
        const messages = [
          ...(system.length > 0 ? [{ role: 'system', content: system } as const] : []),
          ...exchanges.flat(),
        ];
        const prompt: Prompt = { maxTokens: limit, ...offered, ...asked, messages };
        const body = anthropicRequest(promptCall('claude-opus-4-6', prompt), false);
        expect(read(JSON.parse(JSON.stringify(body)))).toEqual({ model: 'claude-opus-4-6', ...prompt });
      }),
    );
  });
});
