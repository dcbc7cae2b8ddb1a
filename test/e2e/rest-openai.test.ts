import OpenAI from 'openai';
import OpenAI6 from 'openai-6';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationFor } from '../support/chat-upstream.ts';
import { answerRest, imageUrl, restModels, structured, thought, weatherCall } from '../support/rest-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const upstream = await startStubUpstream();
let program: RunningProgram;
beforeAll(async () => {
  upstream.respond(answerRest);
  program = await startProgram({ configuration: configurationFor({ acme: upstream }, {}, Object.values(restModels)) });
});
afterAll(() => upstream.close());

const messages = [{ role: 'user' as const, content: 'Hello' }];
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

const majors = { 'openai 7': OpenAI, 'openai 6': OpenAI6 as unknown as typeof OpenAI } as const;

for (const [name, Client] of Object.entries(majors)) {
  describe(`npm ${name} as a client`, () => {
    let client: OpenAI;
    beforeAll(() => {
      client = new Client({ baseURL: `${program.url}/api/v1`, apiKey: 'sk-other', maxRetries: 0 });
    });

    it('lists models and gets one', async () => {
      const ids: string[] = [];
      for await (const model of client.models.list()) ids.push(model.id);
      expect(ids).toEqual(expect.arrayContaining(Object.values(restModels)));
      expect(await client.models.retrieve(restModels.writer)).toMatchObject({ id: restModels.writer, object: 'model' });
    });

    it('is told of a model that is not there, and of those that it may have meant', async () => {
      const missing = await client.models.retrieve('acme/riter').catch((error: unknown) => error);
      expect(missing).toBeInstanceOf(Client.NotFoundError);
      expect(missing).toMatchObject({
        error: { metadata: { suggestions: expect.arrayContaining([restModels.writer]) } },
      });
    });

    it('gets a whole answer with its cost, exactly', async () => {
      const { data, response } = await client.chat.completions
        .create({ model: restModels.writer, messages, max_completion_tokens: 50 })
        .withResponse();
      expect(data).toMatchObject({
        object: 'chat.completion',
        model: restModels.writer,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } }],
        usage: { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16, cost: 0.000016 },
      });
      expect(response.headers.get('x-generation-id')).toBe(data.id);
    });

    it('gets an answer as it is written, and the usage once, in the last chunk', async () => {
      const stream = await client.chat.completions.create({ model: restModels.writer, messages, stream: true });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Good day.');
      expect(chunks.filter(({ usage }) => usage != null)).toHaveLength(1);
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 16, cost: 0.000016 } });
      expect(chunks.at(-2)?.choices[0]).toMatchObject({ finish_reason: 'stop', native_finish_reason: 'stop' });
    });

    it('gets tool calls, whole and in pieces', async () => {
      const whole = await client.chat.completions.create({ model: restModels.caller, messages, tools });
      expect(whole.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { content: null, tool_calls: [{ id: 'call_1', type: 'function', function: weatherCall }] },
      });
      const runner = client.chat.completions.stream({ model: restModels.caller, messages, tools });
      const last = await runner.finalChatCompletion();
      expect(last.choices[0]?.message.tool_calls).toMatchObject([{ id: 'call_1', function: weatherCall }]);
    });

    it('gets structured output', async () => {
      const completion = await client.chat.completions.create({
        model: restModels.structurer,
        messages,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'sum', schema: { type: 'object' }, strict: true },
        },
      });
      expect(completion.choices[0]?.message.content).toBe(structured);
    });

    it('gets reasoning and images', async () => {
      const thinking = await client.chat.completions.create({
        model: restModels.thinker,
        messages,
        reasoning_effort: 'low',
      });
      expect(thinking.choices[0]?.message).toMatchObject({ content: 'Four.', reasoning: thought });
      const stream = await client.chat.completions.create({ model: restModels.thinker, messages, stream: true });
      let heard = '';
      for await (const { choices } of stream) heard += (choices[0]?.delta as { reasoning?: string })?.reasoning ?? '';
      expect(heard).toBe(thought);
      const painting = await client.chat.completions.create({ model: restModels.painter, messages });
      expect(painting.choices[0]?.message).toMatchObject({
        images: [{ type: 'image_url', image_url: { url: imageUrl } }],
      });
    });

    it('gets errors with their status, before and in the middle of a stream', async () => {
      const unknown = await client.chat.completions
        .create({ model: 'acme/riter', messages })
        .then(() => expect.fail('it was answered'))
        .catch((error: unknown) => error);
      expect(unknown).toBeInstanceOf(Client.BadRequestError);
      expect(unknown).toMatchObject({
        status: 400,
        error: { code: 400, metadata: { suggestions: expect.arrayContaining([restModels.writer]) } },
      });
      await expect(client.chat.completions.create({ model: restModels.broken, messages })).rejects.toMatchObject({
        status: 502,
        error: { code: 502, metadata: { error_type: 'provider_unavailable', provider_name: 'acme' } },
      });
      const stream = await client.chat.completions.create({ model: restModels.cut, messages, stream: true });
      const texts: string[] = [];
      const failure = await (async () => {
        for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? '');
      })().catch((error: unknown) => error);
      expect(texts.join('')).toBe('Half');
      expect(failure).toMatchObject({ error: { code: 502, metadata: { error_type: 'provider_unavailable' } } });
    });

    it('hangs up by aborting, and the upstream is closed', async () => {
      upstream.forget();
      const abort = new AbortController();
      const stream = await client.chat.completions.create(
        { model: restModels.silent, messages, stream: true },
        { signal: abort.signal },
      );
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content === 'One') abort.abort();
      }
      expect(upstream.requests).toHaveLength(1);
      await upstream.requests[0]?.closed;
    });

    it('answers the older form, a text', async () => {
      const whole = await client.completions.create({ model: restModels.writer, prompt: 'Hello' });
      expect(whole).toMatchObject({
        object: 'text_completion',
        choices: [{ text: 'Good day.', finish_reason: 'stop' }],
      });
      let text = '';
      const stream = await client.completions.create({ model: restModels.writer, prompt: 'Hello', stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.text ?? '';
      expect(text).toBe('Good day.');
    });
  });
}
