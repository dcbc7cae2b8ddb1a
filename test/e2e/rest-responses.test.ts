import { OpenRouter } from '@openrouter/sdk';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { imageUrl, restModels, structured, thought, weatherCall } from '../support/rest-upstream.ts';

const { upstream, program } = await useRestProgram();
let client: OpenAI;
beforeAll(() => {
  client = new OpenAI({ baseURL: `${program().url}/api/v1`, apiKey: adminKey, maxRetries: 0 });
});

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: false }];
const ask = (model: string) => ({ model, input: 'Hello' });

describe('npm openai as a client of POST /responses', () => {
  it('gets a whole response with its usage and cost', async () => {
    const { data, response } = await client.responses
      .create({ ...ask(restModels.writer), instructions: 'Be brief.', max_output_tokens: 50 })
      .withResponse();
    expect(data).toMatchObject({
      object: 'response',
      model: restModels.writer,
      status: 'completed',
      output_text: 'Good day.',
      instructions: 'Be brief.',
      max_output_tokens: 50,
      usage: { input_tokens: 11, output_tokens: 5, total_tokens: 16, cost: 0.000016 },
    });
    expect(response.headers.get('x-generation-id')).toBe(data.id);
  });

  it('gets a response as it is written', async () => {
    const stream = client.responses.stream(ask(restModels.writer));
    const texts: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => texts.push(delta));
    const response = await stream.finalResponse();
    expect(texts.join('')).toBe('Good day.');
    expect(response).toMatchObject({ status: 'completed', output_text: 'Good day.', usage: { cost: 0.000016 } });
  });

  it('calls a tool, whole and in pieces, and goes on with its result', async () => {
    const call = { type: 'function_call', call_id: 'call_1', ...weatherCall, status: 'completed' };
    const whole = await client.responses.create({ ...ask(restModels.caller), tools, tool_choice: 'required' });
    expect(whole.output).toMatchObject([call]);
    const streamed = await client.responses.stream({ ...ask(restModels.caller), tools }).finalResponse();
    expect(streamed.output).toMatchObject([call]);

    upstream.forget();
    const answer = await client.responses.create({
      model: restModels.writer,
      tools,
      input: [
        { role: 'user', content: 'Hello' },
        ...whole.output.filter((item) => item.type === 'function_call'),
        { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
      ],
    });
    expect(answer.output_text).toBe('Good day.');
    expect(upstream.requests[0]?.json).toMatchObject({
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', tool_calls: [{ id: 'call_1', function: weatherCall }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
      ],
    });
  });

  it('gets thoughts, as text or as the summary that it asks for, and hands them back', async () => {
    const whole = await client.responses.create(ask(restModels.thinker));
    expect(whole.output).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: thought }] },
      { type: 'message', content: [{ text: 'Four.' }] },
    ]);
    const stream = client.responses.stream({
      ...ask(restModels.thinker),
      reasoning: { effort: 'low', summary: 'auto' },
    });
    let heard = '';
    stream.on('response.reasoning_summary_text.delta', ({ delta }) => {
      heard += delta;
    });
    const streamed = await stream.finalResponse();
    expect(heard).toBe(thought);
    expect(streamed.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: thought }] },
      { type: 'message' },
    ]);
    const again = await client.responses.create({
      model: restModels.writer,
      input: [{ role: 'user', content: 'Hello' }, ...streamed.output, { role: 'user', content: 'Sure?' }] as never,
    });
    expect(again.status).toBe('completed');
  });

  it('gets structured output', async () => {
    const format = { type: 'json_schema', name: 'sum', schema: { type: 'object' }, strict: true } as const;
    const parsed = await client.responses.parse({ ...ask(restModels.structurer), text: { format } });
    expect(parsed.output_text).toBe(structured);
    expect(parsed.text).toMatchObject({ format });
  });

  it('shows pictures, and gets them', async () => {
    upstream.forget();
    const content = [{ type: 'input_image', image_url: imageUrl, detail: 'auto' } as const];
    const response = await client.responses.create({ model: restModels.painter, input: [{ role: 'user', content }] });
    expect(upstream.requests[0]?.json).toMatchObject({
      messages: [{ content: [{ type: 'image_url', image_url: { url: imageUrl, detail: 'auto' } }] }],
    });
    expect(response.output).toMatchObject([
      { type: 'message' },
      { type: 'image_generation_call', status: 'completed', result: 'iVBORw0KGgo=' },
    ]);
  });

  it('gets errors with their status and kind, before and in the middle of a stream', async () => {
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => expect.fail('it was answered'),
        (error: unknown) => error,
      );
    expect(await failure(client.responses.create(ask('acme/riter')))).toMatchObject({
      status: 400,
      error: { code: 400 },
    });
    expect(
      await failure(client.responses.create({ ...ask(restModels.writer), previous_response_id: 'resp_1' })),
    ).toMatchObject({ status: 400, error: { message: expect.stringContaining('nothing is kept') } });
    expect(await failure(client.responses.create(ask(restModels.broken)))).toMatchObject({ status: 502 });
    const body = await fetch(`${program().url}/api/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(ask(restModels.broken)),
    }).then((response) => response.json());
    expect(body).toMatchObject({ error: { code: 502 }, error_type: 'provider_unavailable' });

    const cut = await client.responses.stream(ask(restModels.cut)).finalResponse();
    expect(cut).toMatchObject({
      status: 'failed',
      output_text: 'Half',
      error: { code: 'server_error' },
      error_type: 'provider_unavailable',
    });
  });

  it('hangs up by aborting, and the upstream is closed', async () => {
    upstream.forget();
    const stream = client.responses.stream(ask(restModels.silent));
    stream.on('response.output_text.delta', () => stream.abort());
    await expect(stream.finalResponse()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await upstream.requests[0]?.closed;
  });
});

describe('@openrouter/sdk as a client of POST /responses, with its strict schemas', () => {
  const open = () =>
    new OpenRouter({ serverURL: `${program().url}/api/v1`, apiKey: adminKey, retryConfig: { strategy: 'none' } });

  it.each(Object.values(restModels).filter((model) => model !== restModels.broken && model !== restModels.silent))(
    'understands every event of %s',
    async (model) => {
      const events = await open().responses.send({ responsesRequest: { ...ask(model), stream: true } });
      const types: string[] = [];
      for await (const event of events as AsyncIterable<{ type: string }>) types.push(event.type);
      expect(types[0]).toBe('response.created');
      expect(types.at(-1)).toBe(model === restModels.cut ? 'response.failed' : 'response.completed');
      expect(types).not.toContain('UNKNOWN');
    },
  );

  it('gets a whole response', async () => {
    const response = await open().responses.send({ responsesRequest: ask(restModels.thinker) });
    expect(response).toMatchObject({ status: 'completed', model: restModels.thinker });
  });
});
