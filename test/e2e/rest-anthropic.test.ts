import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { imageUrl, restModels, structured, thought } from '../support/rest-upstream.ts';

const { upstream, program } = await useRestProgram();
let client: Anthropic;
beforeAll(() => {
  client = new Anthropic({ baseURL: `${program().url}/api`, apiKey: adminKey, maxRetries: 0 });
});

const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hello' }];
const tools: Anthropic.Tool[] = [{ name: 'weather', input_schema: { type: 'object', properties: { city: {} } } }];
const ask = (model: string) => ({ model, max_tokens: 2000, messages });

describe('npm @anthropic-ai/sdk as a client', () => {
  it('gets a whole message with its usage and cost', async () => {
    const { data, response } = await client.messages.create(ask(restModels.writer)).withResponse();
    expect(data).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: restModels.writer,
      content: [{ type: 'text', text: 'Good day.' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 11, output_tokens: 5, cost: 0.000016 },
    });
    expect(response.headers.get('x-generation-id')).toBe(data.id);
  });

  it('gets a message as it is written', async () => {
    const stream = client.messages.stream(ask(restModels.writer));
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts.join('')).toBe('Good day.');
    expect(message).toMatchObject({ model: restModels.writer, stop_reason: 'end_turn', usage: { output_tokens: 5 } });
  });

  it('calls a tool, whole and in pieces, and goes on with its result', async () => {
    const use = { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Oslo' } };
    const whole = await client.messages.create({ ...ask(restModels.caller), tools, tool_choice: { type: 'any' } });
    expect(whole).toMatchObject({ content: [use], stop_reason: 'tool_use' });
    const streamed = await client.messages.stream({ ...ask(restModels.caller), tools }).finalMessage();
    expect(streamed).toMatchObject({ content: [use], stop_reason: 'tool_use' });

    upstream.forget();
    const answer = await client.messages.create({
      ...ask(restModels.writer),
      tools,
      messages: [
        ...messages,
        { role: 'assistant', content: streamed.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'rain' }] },
      ],
    });
    expect(answer.content).toMatchObject([{ text: 'Good day.' }]);
    expect(upstream.requests[0]?.json).toMatchObject({
      messages: [
        { role: 'user', content: 'Hello' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
      ],
      tools: [{ type: 'function', function: { name: 'weather' } }],
    });
  });

  it('gets thoughts, and hands them back', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
    const expected = [
      { type: 'thinking', thinking: thought, signature: '' },
      { type: 'text', text: 'Four.' },
    ];
    const whole = await client.messages.create({ ...ask(restModels.thinker), thinking });
    expect(whole.content).toMatchObject(expected);
    const streamed = await client.messages.stream({ ...ask(restModels.thinker), thinking }).finalMessage();
    expect(streamed.content).toMatchObject(expected);
    await client.messages.create({
      ...ask(restModels.thinker),
      messages: [...messages, { role: 'assistant', content: whole.content }, ...messages],
    });
  });

  it('gets structured output', async () => {
    const format = { type: 'json_schema', schema: { type: 'object' } } as const;
    const { content } = await client.messages.create({ ...ask(restModels.structurer), output_config: { format } });
    expect(content).toMatchObject([{ type: 'text', text: structured }]);
  });

  it('shows pictures, and gets them', async () => {
    upstream.forget();
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } as const;
    const content = [{ type: 'image', source } as const, { type: 'text', text: 'What is this?' } as const];
    const { content: said } = await client.messages.create({
      ...ask(restModels.painter),
      messages: [{ role: 'user', content }],
    });
    expect(upstream.requests[0]?.json).toMatchObject({
      messages: [{ content: [{ type: 'image_url', image_url: { url: imageUrl } }, { type: 'text' }] }],
    });
    expect(said).toMatchObject([{ text: 'Here.' }, { text: `![](${imageUrl})` }]);
  });

  it('counts the tokens of a prompt, about, and asks nobody', async () => {
    upstream.forget();
    const prompt = { model: restModels.writer, messages };
    const short = await client.messages.countTokens(prompt);
    const long = await client.messages.countTokens({ ...prompt, system: 'Answer in one word. '.repeat(20), tools });
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } as const;
    const seen = await client.messages.countTokens({
      ...prompt,
      messages: [...messages, { role: 'user', content: [{ type: 'image', source }] }],
    });
    expect(short).toEqual({ input_tokens: expect.any(Number), is_estimate: true });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(short.input_tokens).toBeLessThan(20);
    // Five tokens for each of the twenty sentences, and the tool.
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 100);
    expect(long.input_tokens).toBeLessThan(short.input_tokens + 200);
    expect(seen.input_tokens).toBeGreaterThan(short.input_tokens + 1_000);
    expect(upstream.requests).toEqual([]);
    await expect(client.messages.countTokens({ model: 'acme/nobody', messages })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
  });

  it('gets errors as its own classes, before and in the middle of a stream', async () => {
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => expect.fail('it was answered'),
        (error: unknown) => error,
      );
    const unknown = await failure(client.messages.create(ask('acme/riter')));
    expect(unknown).toBeInstanceOf(Anthropic.BadRequestError);
    expect(unknown).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      error: { type: 'error', error: { error_type: 'invalid_request' } },
    });
    const stranger = new Anthropic({ baseURL: `${program().url}/api`, apiKey: 'wrong', maxRetries: 0 });
    const refused = await failure(stranger.messages.create(ask(restModels.writer)));
    expect(refused).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(refused).toMatchObject({ type: 'authentication_error' });
    const broken = await failure(client.messages.create(ask(restModels.broken)));
    expect(broken).toMatchObject({ status: 502, type: 'api_error' });

    const texts: string[] = [];
    const stream = client.messages.stream(ask(restModels.cut)).on('text', (text) => texts.push(text));
    const cut = await failure(stream.finalMessage());
    expect(texts.join('')).toBe('Half');
    expect(cut).toMatchObject({ error: { error: { error_type: 'provider_unavailable' } } });
  });

  it('hangs up by aborting, and the upstream is closed', async () => {
    upstream.forget();
    const stream = client.messages.stream(ask(restModels.silent));
    stream.on('text', () => stream.abort());
    await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await upstream.requests[0]?.closed;
  });
});
