import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest, ContentPart, JsonObject, Message } from '../../../src/chat.ts';
import { InvalidRequest } from '../../../src/errors.ts';
import { parsed } from '../../../src/openai/check.ts';
import { toChatRequest } from '../../../src/openai/responses/request.ts';
import { responsesBody } from '../../../src/openai/responses/request-body.ts';

const png = 'data:image/png;base64,iVBORw==';
const hello: Message = { role: 'user', content: 'Hello' };

function read(body: object): ChatRequest {
  return toChatRequest(parsed(responsesBody, { input: 'Hello', ...body }), {});
}

function failureOf(body: object): InvalidRequest {
  try {
    read(body);
  } catch (error) {
    if (error instanceof InvalidRequest) return error;
    throw error;
  }
  throw new Error('the request was taken');
}

describe('a request of the Responses API', () => {
  it('adds nothing that the caller did not say', () => {
    expect(read({})).toEqual({ messages: [hello] });
    expect(read({ tools: null, text: {}, reasoning: { summary: 'auto' }, store: true, truncation: 'auto' })).toEqual({
      messages: [hello],
    });
  });

  it('has its instructions first', () => {
    expect(read({ instructions: 'Be brief.' }).messages).toEqual([{ role: 'system', content: 'Be brief.' }, hello]);
  });

  it('says how to sample, how long to write and how', () => {
    const fields = { model: 'acme/one', max_output_tokens: 9, temperature: 0, top_p: 0.5, parallel_tool_calls: false };
    expect(read({ ...fields, text: { verbosity: 'low' }, user: 'u', prompt_cache_key: 'k' })).toEqual({
      messages: [hello],
      ...{ model: 'acme/one', maxTokens: 9, temperature: 0, topP: 0.5, parallelToolCalls: false },
      ...{ verbosity: 'low', user: 'u', sessionId: 'k' },
    });
  });

  it("takes OpenRouter's fields, and ignores what it does not know", () => {
    const provider = { only: ['quarry'] };
    expect(read({ model: 'a/b', models: ['c/d'], provider, plugins: [{ id: 'web' }], nonsense: 1 })).toEqual({
      messages: [hello],
      ...{ model: 'a/b', models: ['c/d'], provider },
    });
  });

  it('asks for log probabilities by either field', () => {
    expect(read({ include: ['message.output_text.logprobs'] })).toMatchObject({ logprobs: true });
    expect(read({ top_logprobs: 2 })).toMatchObject({ logprobs: true, topLogprobs: 2 });
    expect(read({ top_logprobs: 0 })).not.toHaveProperty('logprobs');
  });

  it('asks for thought', () => {
    expect(read({ reasoning: { effort: 'high', summary: 'auto' } }).reasoning).toEqual({ effort: 'high' });
    expect(read({ reasoning: { max_tokens: 99 } }).reasoning).toEqual({ maxTokens: 99 });
  });

  it('asks for a form', () => {
    const format = { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true };
    expect(read({ text: { format } }).responseFormat).toEqual(format);
    expect(read({ text: { format: { type: 'json_object' } } }).responseFormat).toEqual({ type: 'json_object' });
  });

  it('offers tools, or those alone that it allows', () => {
    const tool = (name: string) => ({ type: 'function', name, parameters: { type: 'object' }, strict: true });
    const tools = [tool('look'), tool('walk'), { type: 'web_search' }];
    const look = { name: 'look', parameters: { type: 'object' }, strict: true };
    expect(read({ tools, tool_choice: { type: 'function', name: 'look' } })).toMatchObject({
      tools: [look, { name: 'walk' }],
      toolChoice: { function: 'look' },
    });
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'look' }] };
    expect(read({ tools, tool_choice: allowed })).toMatchObject({ tools: [look], toolChoice: 'required' });
    expect(read({ tools: [{ type: 'web_search' }], tool_choice: 'required' })).toEqual({ messages: [hello] });
  });

  it('carries pictures, files and recordings', () => {
    const content = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: png, detail: 'low' },
      { type: 'input_file', file_data: 'data:application/pdf;base64,JVBERg==', filename: 'a.pdf' },
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    ];
    expect(read({ input: [{ role: 'user', content }] }).messages[0]?.content).toEqual([
      { type: 'text', text: 'What is this?' },
      { type: 'image', url: png, detail: 'low' },
      { type: 'file', url: 'data:application/pdf;base64,JVBERg==', fileName: 'a.pdf' },
      { type: 'file', url: 'https://a.example/b.pdf' },
      { type: 'audio', data: 'AAAA', format: 'wav' },
    ]);
  });

  it('puts nothing between calls and their results, however the items are ordered', () => {
    const input = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'abc' },
      { role: 'assistant', content: 'And walk.' },
      { type: 'function_call', call_id: 'b', name: 'walk', arguments: '' },
      { type: 'function_call_output', call_id: 'a', output: 'rain' },
      { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'wet' }] },
    ];
    const common = { id: 'rs_1', format: 'openai-responses-v1', index: 0 };
    expect(read({ input }).messages).toEqual([
      hello,
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'text', text: 'And walk.' },
        ],
        toolCalls: [
          { id: 'a', name: 'look', arguments: '{}' },
          { id: 'b', name: 'walk', arguments: '{}' },
        ],
        reasoning: 'hm',
        reasoningDetails: [
          { type: 'reasoning.summary', ...common, summary: 'hm' },
          { type: 'reasoning.encrypted', ...common, data: 'abc' },
        ],
      },
      { role: 'tool', toolCallId: 'a', content: 'rain' },
      { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: 'wet' }] },
    ]);
  });

  it("reads the opaque fields of OpenRouter's own answers", () => {
    const item = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] };
    const input = [
      { role: 'user', content: 'Hello' },
      { ...item, format: 'anthropic-claude-v1', signature: 's' },
    ];
    expect(read({ input }).messages[1]?.reasoningDetails).toEqual([
      { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, text: 'hm', signature: 's' },
    ]);
  });

  it('ignores what tools of a server left behind', () => {
    expect(
      read({
        input: [
          { type: 'web_search_call', id: 'ws_1', status: 'completed' },
          { role: 'user', content: 'Hello' },
        ],
      }),
    ).toEqual({
      messages: [hello],
    });
  });

  it.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: { id: 'c' } }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
    [{ input: [] }, 'input'],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0]'],
    [{ input: [{ type: 'function_call', call_id: 'a' }] }, 'input[0].name'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }, 'input[0].content[0].image_url'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ tool_choice: { type: 'function', name: 'look' } }, 'tool_choice.name'],
    [{ reasoning: { effort: 'low', max_tokens: 5 } }, 'reasoning.max_tokens'],
  ])('says which field is wrong: %j', (body, path) => {
    expect(failureOf(body).path).toBe(path);
  });

  it('says of a reference to what was said before that nothing is kept', () => {
    expect(failureOf({ previous_response_id: 'resp_1' }).message).toContain('nothing is kept between requests');
  });
});

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== '');
/** But `__proto__`, which is left out of records that strangers send. */
const identifier = fc.stringMatching(/^[\w-]{1,20}$/).filter((name) => name !== '__proto__');
const json: fc.Arbitrary<JsonObject> = fc.dictionary(identifier, fc.oneof(fc.integer(), words), {
  noNullPrototype: true,
});
const part = fc.oneof<fc.Arbitrary<ContentPart>[]>(
  words.map((text) => ({ type: 'text', text })),
  fc.constant({ type: 'image', url: png, detail: 'high' }),
  fc.constant({ type: 'file', url: png, fileName: 'a.png' }),
  fc.constant({ type: 'audio', data: 'AAAA', format: 'mp3' }),
);
const content = fc.oneof(words, fc.array(part, { minLength: 1, maxLength: 3 }));
const call = fc.record({ id: identifier, name: identifier, arguments: json.map((value) => JSON.stringify(value)) });

const exchange = fc
  .record({
    asked: content,
    role: fc.constantFrom('user' as const, 'system' as const, 'developer' as const),
    said: fc.option(words, { nil: undefined }),
    calls: fc.uniqueArray(call, { maxLength: 2, selector: ({ id }) => id }),
    result: content,
  })
  .map(({ asked, role, said, calls, result }): readonly Message[] => [
    { role, content: asked },
    {
      role: 'assistant',
      ...((said !== undefined || calls.length === 0) && { content: said ?? 'So.' }),
      ...(calls.length > 0 && { toolCalls: calls }),
    },
    ...calls.map(({ id }): Message => ({ role: 'tool', toolCallId: id, content: result })),
  ]);

/** The items that say a message, as OpenAI documents them. */
function itemsOf({ role, content: said, toolCalls = [], toolCallId }: Message): object[] {
  if (role === 'tool') return [{ type: 'function_call_output', call_id: toolCallId, output: partsOf(said) }];
  return [
    ...(said === undefined ? [] : [{ type: 'message', role, content: partsOf(said) }]),
    ...toolCalls.map(({ id, name, arguments: text }) => ({
      type: 'function_call',
      call_id: id,
      name,
      arguments: text,
    })),
  ];
}

function partsOf(said: Message['content']): unknown {
  if (said === undefined || typeof said === 'string') return said;
  return said.map(partOf);
}

function partOf(one: ContentPart): object {
  switch (one.type) {
    case 'text':
      return { type: 'input_text', text: one.text };
    case 'image':
      return { type: 'input_image', image_url: one.url, detail: one.detail };
    case 'file':
      return { type: 'input_file', file_data: one.url, filename: one.fileName };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: one.data, format: one.format } };
  }
}

describe('whatever the Responses API can say', () => {
  it('is read as it was meant', () => {
    fc.assert(
      fc.property(fc.array(exchange, { minLength: 1, maxLength: 3 }), (exchanges) => {
        const messages = exchanges.flat();
        expect(read({ input: messages.flatMap(itemsOf) })).toEqual({ messages });
      }),
    );
  });
});
