import { OpenRouter } from '@openrouter/sdk';
import type { ChatRequest, ChatResult, ChatStreamChunk } from '@openrouter/sdk/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { restModels, structured, thought, weatherCall } from '../support/rest-upstream.ts';

const { upstream, program } = await useRestProgram();
let client: OpenRouter;
beforeAll(() => {
  client = new OpenRouter({
    serverURL: `${program().url}/api/v1`,
    apiKey: adminKey,
    retryConfig: { strategy: 'none' },
  });
});

const messages = [{ role: 'user' as const, content: 'Hello' }];
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }];

// Which of the two comes is said by the request; the package's types know it for literal requests only.
const whole = async (request: Partial<ChatRequest>) =>
  (await client.chat.send({ chatRequest: { messages, ...request } })) as ChatResult;
const opened = async (model: string, options: { signal?: AbortSignal } = {}) =>
  (await client.chat.send(
    { chatRequest: { messages, model, stream: true } },
    options,
  )) as AsyncIterable<ChatStreamChunk>;

async function streamed(model: string): Promise<ChatStreamChunk[]> {
  const chunks: ChatStreamChunk[] = [];
  for await (const chunk of await opened(model)) chunks.push(chunk);
  return chunks;
}

describe('@openrouter/sdk as a client, with its strict schemas', () => {
  it('lists models, page by page, counts them and gets one', async () => {
    const ids: string[] = [];
    for await (const page of await client.models.list({ limit: 3, offset: 0 })) {
      ids.push(...page.result.data.map(({ id }) => id));
    }
    expect(ids).toEqual(expect.arrayContaining(Object.values(restModels)));
    const { data } = await client.models.count({});
    expect(data.count).toBe(ids.length);
    const one = await client.models.get({ author: 'acme', slug: 'writer' });
    expect(one.data).toMatchObject({ id: restModels.writer, pricing: { prompt: '0.000001', completion: '0.000001' } });
  });

  it('tells who serves a model, the providers, and the endpoints that keep nothing', async () => {
    const endpoints = await client.endpoints.list({ author: 'acme', slug: 'writer' });
    expect(endpoints.data.endpoints).toMatchObject([{ tag: 'acme', modelId: restModels.writer, status: 0 }]);
    const providers = await client.providers.list();
    expect(providers.data.map(({ slug }) => slug)).toContain('acme');
    const zdr = await client.endpoints.listZdrEndpoints();
    expect(zdr.data.map(({ modelId }) => modelId)).toContain('pointsman/tiny-1m');
  });

  it('gets a whole answer, with its usage and cost', async () => {
    const result = await whole({ model: restModels.writer });
    expect(result).toMatchObject({
      model: restModels.writer,
      choices: [{ finishReason: 'stop', message: { content: 'Good day.' } }],
      usage: { promptTokens: 11, totalTokens: 16, cost: 0.000016, isByok: false },
    });
    expect(result.usage?.costDetails).toMatchObject({
      upstreamInferencePromptCost: 0.000011,
      upstreamInferenceCompletionsCost: 0.000005,
    });
  });

  it('gets an answer as it is written, and the usage once, in the last chunk', async () => {
    const chunks = await streamed(restModels.writer);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Good day.');
    expect(chunks.filter(({ usage }) => usage !== undefined)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { cost: 0.000016 } });
  });

  it('is told of the routing where it asks for that, whole and streamed', async () => {
    const routing = {
      requested: restModels.writer,
      strategy: 'direct',
      attempt: 1,
      endpoints: { total: 1, available: [{ provider: 'acme', model: restModels.writer, selected: true }] },
      attempts: [{ provider: 'acme', model: restModels.writer, status: 200 }],
    };
    const asked = (stream: boolean) =>
      client.chat.send({
        xOpenRouterMetadata: 'enabled',
        chatRequest: { messages, model: restModels.writer, stream },
      });
    expect(((await asked(false)) as ChatResult).openrouterMetadata).toMatchObject(routing);
    const chunks: ChatStreamChunk[] = [];
    for await (const chunk of (await asked(true)) as unknown as AsyncIterable<ChatStreamChunk>) chunks.push(chunk);
    expect(chunks.at(-1)?.openrouterMetadata).toMatchObject(routing);
    expect(chunks.filter(({ openrouterMetadata }) => openrouterMetadata !== undefined)).toHaveLength(1);
  });

  it('gets tool calls, structured output and reasoning', async () => {
    const called = await whole({ model: restModels.caller, tools });
    expect(called.choices[0]).toMatchObject({
      finishReason: 'tool_calls',
      message: { toolCalls: [{ id: 'call_1', type: 'function', function: weatherCall }] },
    });
    const sum = await whole({
      model: restModels.structurer,
      responseFormat: { type: 'json_schema', jsonSchema: { name: 'sum', schema: { type: 'object' } } },
    });
    expect(sum.choices[0]?.message.content).toBe(structured);
    const thinking = await streamed(restModels.thinker);
    expect(thinking.map(({ choices }) => choices[0]?.delta.reasoning ?? '').join('')).toBe(thought);
    const details = thinking.flatMap(({ choices }) => choices[0]?.delta.reasoningDetails ?? []);
    expect(details.map((detail) => ('text' in detail ? detail.text : '')).join('')).toBe(thought);
  });

  it('gets errors as its own classes, before a stream and in the middle of it', async () => {
    await expect(client.chat.send({ chatRequest: { model: 'acme/nobody', messages } })).rejects.toMatchObject({
      name: 'BadRequestResponseError',
      statusCode: 400,
    });
    await expect(client.models.get({ author: 'acme', slug: 'nobody' })).rejects.toMatchObject({
      name: 'NotFoundResponseError',
    });
    await expect(client.chat.send({ chatRequest: { model: restModels.broken, messages } })).rejects.toMatchObject({
      name: 'BadGatewayResponseError',
      statusCode: 502,
    });
    const chunks = await streamed(restModels.cut);
    expect(chunks.at(-1)).toMatchObject({
      error: { code: 502, metadata: { errorType: 'provider_unavailable' } },
      choices: [{ finishReason: 'error' }],
    });
  });

  it('hangs up by aborting, and the upstream is closed', async () => {
    upstream.forget();
    const abort = new AbortController();
    const sent = await opened(restModels.silent, { signal: abort.signal });
    await (async () => {
      for await (const { choices } of sent) if (choices[0]?.delta.content === 'One') abort.abort();
    })().catch(() => {});
    expect(upstream.requests).toHaveLength(1);
    await upstream.requests[0]?.closed;
  });

  it('keeps keys, and each is told what it may spend and has spent', async () => {
    const made = await client.apiKeys.create({ requestBody: { name: 'One', limit: 0.5, limitReset: 'monthly' } });
    expect(made.data).toMatchObject({ name: 'One', limit: 0.5, limitRemaining: 0.5, limitReset: 'monthly', usage: 0 });
    const { hash } = made.data;
    const holder = new OpenRouter({ serverURL: `${program().url}/api/v1`, apiKey: made.key });
    const answer = await holder.chat.send({ chatRequest: { model: restModels.writer, messages } });

    const record = await holder.generations.getGeneration({ id: 'id' in answer ? answer.id : '' });
    expect(record.data).toMatchObject({
      model: restModels.writer,
      providerName: 'acme',
      totalCost: 0.000016,
      tokensPrompt: 11,
      streamed: false,
      cancelled: false,
      providerResponses: [{ status: 200 }],
    });
    const current = await holder.apiKeys.getCurrentKeyMetadata();
    expect(current.data).toMatchObject({
      usage: 0.000016,
      usageDaily: 0.000016,
      limit: 0.5,
      limitRemaining: 0.499984,
      isManagementKey: false,
    });

    const renamed = await client.apiKeys.update({ hash, requestBody: { name: 'Two', limit: 1 } });
    expect(renamed.data).toMatchObject({ name: 'Two', limit: 1, limitReset: 'monthly', limitRemaining: 0.999984 });
    expect((await client.apiKeys.get({ hash })).data).toEqual(renamed.data);
    expect((await client.apiKeys.list({})).data.map((key) => key.hash)).toContain(hash);
    await expect(holder.apiKeys.list({})).rejects.toMatchObject({ statusCode: 403 });
    expect(await client.apiKeys.delete({ hash })).toEqual({ deleted: true });
    expect((await client.apiKeys.list({})).data.map((key) => key.hash)).not.toContain(hash);
    await expect(holder.models.list({})).rejects.toMatchObject({ statusCode: 401 });
  });

  it('tells credits and activity', async () => {
    await client.chat.send({ chatRequest: { model: restModels.writer, messages } });
    const { data } = await client.credits.getCredits();
    expect(data).toEqual({ totalCredits: 0, totalUsage: expect.any(Number) });
    const today = new Date().toISOString().slice(0, 10);
    const activity = await client.analytics.getUserActivity({ date: today });
    const row = activity.data.find(({ model }) => model === restModels.writer);
    expect(row).toMatchObject({ date: today, providerName: 'acme', promptTokens: expect.any(Number) });
    expect(row?.usage).toBeCloseTo((row?.requests ?? 0) * 0.000016, 9);
  });
});
