import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamPart } from '../../src/chat.ts';
import { systemClock } from '../../src/clock.ts';
import { createProvider, type ProviderSettings } from '../../src/providers/create-provider.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';
import { jsonAnswer, type StubUpstream, startStubUpstream, streamAnswer } from '../support/stub-upstream.ts';

const call: ProviderCall = {
  model: 'my model',
  prompt: { messages: [{ role: 'user', content: 'Hello' }] },
  supportedParameters: new Set(),
  connectTimeoutMs: 5000,
};
const signal = new AbortController().signal;
const answer = { choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }] };

describe('the openai-compatible adapter and its upstreams', () => {
  let upstream: StubUpstream;
  const providers: Provider[] = [];
  beforeEach(async () => {
    upstream = await startStubUpstream();
    upstream.respond(jsonAnswer(answer));
  });
  afterEach(async () => {
    await upstream.close();
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
  });
  const providerOf = (settings: Partial<ProviderSettings>, path = ''): Provider => {
    const provider = createProvider(
      {
        slug: 'acme',
        dialect: 'openai-compatible',
        baseUrl: upstream.url + path,
        allowPrivateNetwork: true,
        ...settings,
      },
      systemClock,
    );
    providers.push(provider);
    return provider;
  };
  const stream = async (provider: Provider): Promise<StreamPart[]> => {
    const parts: StreamPart[] = [];
    for await (const batch of provider.stream(call, signal)) parts.push(...batch);
    return parts;
  };

  it('finds the path below each kind of base URL', async () => {
    const paths: readonly [slug: string, base: string, url: string][] = [
      ['acme', '', '/v1/chat/completions'],
      ['acme', '/', '/v1/chat/completions'],
      ['acme', '/api/v3/', '/api/v3/chat/completions'],
      ['deepseek', '', '/chat/completions'],
      ['perplexity', '', '/chat/completions'],
      ['azure', '', '/openai/deployments/my%20model/chat/completions?api-version=2024-10-21'],
      ['azure', '/openai', '/openai/deployments/my%20model/chat/completions?api-version=2024-10-21'],
      ['azure', '/openai/v1', '/openai/v1/chat/completions'],
      ['azure', '?api-version=2025-01-01', '/openai/deployments/my%20model/chat/completions?api-version=2025-01-01'],
      [
        'azure',
        '/openai/deployments/d?api-version=2025-01-01',
        '/openai/deployments/d/chat/completions?api-version=2025-01-01',
      ],
      ['azure', '/models', '/models/chat/completions?api-version=2024-05-01-preview'],
    ];
    for (const [slug, base, url] of paths) {
      expect((await providerOf({ slug }, base).complete(call, signal)).content).toBe('Hi');
      expect(upstream.requests.at(-1)?.url).toBe(url);
    }
  });

  it('proves who it is in each server’s way', async () => {
    const ways: readonly [slug: string, key: string | undefined, header: object][] = [
      ['acme', 'k1', { authorization: 'Bearer k1' }],
      ['azure', 'k2', { 'api-key': 'k2' }],
      ['azure', 'eyJhbGciOi', { authorization: 'Bearer eyJhbGciOi' }],
    ];
    for (const [slug, apiKey, header] of ways) {
      await providerOf({ slug, ...(apiKey === undefined ? {} : { apiKey }) }).complete(call, signal);
      expect(upstream.requests.at(-1)?.headers).toMatchObject(header);
    }
    await providerOf({ headers: { 'X-Title': 'Pointsman' } }).complete(call, signal);
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ 'x-title': 'Pointsman' });
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('speaks the wire that it is told to', async () => {
    await providerOf({ slug: 'my-mistral', wire: 'mistral' }).complete(
      { ...call, prompt: { ...call.prompt, seed: 1 } },
      signal,
    );
    expect(upstream.requests.at(-1)?.json).toMatchObject({ random_seed: 1 });
  });

  it('lists models, in every form', async () => {
    const lists: readonly unknown[] = [
      {
        object: 'list',
        data: [
          { id: 'a', max_model_len: 4096 },
          { id: 'b', context_window: 'unknown' },
        ],
      },
      [{ id: 'a', context_length: 4096 }, { id: 'b' }],
      {
        data: [
          { id: 'a', meta: { n_ctx_train: 4096 } },
          { id: 'b', meta: null },
        ],
      },
    ];
    for (const list of lists) {
      upstream.respond(jsonAnswer(list));
      expect(await providerOf({}).listModels?.(signal)).toEqual([{ id: 'a', contextLength: 4096 }, { id: 'b' }]);
      expect(upstream.requests.at(-1)).toMatchObject({ method: 'GET', url: '/v1/models' });
    }
    upstream.respond(jsonAnswer({ error: { message: 'no' } }, 401));
    await expect(providerOf({}).listModels?.(signal)).rejects.toMatchObject({ kind: 'credentials_rejected' });
  });

  it('takes a stream for whole after [DONE] without a reason, and after a reason without [DONE]', async () => {
    const chunk = (delta: unknown, finish_reason?: string) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const tool = chunk({ tool_calls: [{ index: 1, id: 'c', function: { name: 'f', arguments: '{}' } }] });
    upstream.respond(streamAnswer([chunk({ content: 'x' }), 'data: [DONE]\n\n']));
    expect((await stream(providerOf({}))).at(-1)).toEqual({ type: 'finish', reason: 'stop' });
    upstream.respond(streamAnswer([tool, 'data: [DONE]']));
    expect((await stream(providerOf({}))).at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' });
    upstream.respond(streamAnswer([chunk({ content: 'x' }), chunk({}, 'length')]));
    expect((await stream(providerOf({}))).at(-1)).toEqual({ type: 'finish', reason: 'length', nativeReason: 'length' });
    upstream.respond(streamAnswer(['data: [DONE]\n\n']));
    await expect(stream(providerOf({}))).rejects.toMatchObject({ kind: 'truncated' });
  });

  it('reads a whole answer where it asked for a stream', async () => {
    upstream.respond(jsonAnswer(JSON.stringify(answer, undefined, 2)));
    expect(await stream(providerOf({}))).toEqual([
      { type: 'text', text: 'Hi' },
      { type: 'finish', reason: 'stop', nativeReason: 'stop' },
    ]);
  });

  it('leaves reasoning out of the answer where the caller wants none of it to be seen', async () => {
    const message = {
      content: 'x',
      reasoning: 'hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'hm', format: 'f', index: 0 }],
    };
    upstream.respond(jsonAnswer({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    const prompt = { ...call.prompt, reasoning: { exclude: true } };
    const read = await providerOf({}).complete({ ...call, prompt }, signal);
    expect(read).not.toHaveProperty('reasoning');
    expect(read).not.toHaveProperty('reasoningDetails');
    expect(read.content).toBe('x');
  });
});
