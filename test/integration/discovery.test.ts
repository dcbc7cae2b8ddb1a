import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { discoverServers } from '../../src/configuration/discovery.ts';
import { readEnvironment } from '../../src/configuration/environment.ts';
import { createManualClock } from '../support/manual-clock.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server on a port of its own, which answers every path in the same way. */
async function serve(answer: unknown, listener?: RequestListener): Promise<number> {
  const server = createServer(
    listener ??
      ((_request, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
      }),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const list = (owner: string, ...models: object[]) => ({
  object: 'list',
  data: models.map((model) => ({ object: 'model', owned_by: owner, ...model })),
});
const tags = {
  models: [
    { name: 'llama3.2:3b', digest: 'abc' },
    { name: 'nomic-embed-text:latest', digest: 'def' },
  ],
};
const none = { ollama: false, lmStudio: false, llamaCpp: false, vllm: false } as const;
const environment = readEnvironment({});
const signal = new AbortController().signal;

describe('discovery', () => {
  it('finds each kind of server and lists what it serves', async () => {
    const ollama = await serve(tags);
    const lmStudio = await serve(list('organization_owner', { id: 'qwen3-8b' }, { id: 'text-embedding-nomic' }));
    const llamaCpp = await serve(list('llamacpp', { id: '/models/phi-4.gguf', meta: { n_ctx_train: 16_384 } }));
    const vllm = await serve(list('vllm', { id: 'acme/big', max_model_len: 32_000 }));

    const found = await discoverServers(
      { ollama, lmStudio, llamaCpp, vllm, timeoutMs: 10_000 },
      environment,
      systemClock,
      signal,
    );

    expect(found).toEqual([
      {
        slug: 'ollama',
        name: 'Ollama',
        dialect: 'ollama',
        baseUrl: `http://127.0.0.1:${ollama}`,
        models: [{ id: 'llama3.2:3b' }, { id: 'nomic-embed-text:latest', makesVectors: true }],
      },
      {
        slug: 'lm-studio',
        name: 'LM Studio',
        dialect: 'openai-compatible',
        baseUrl: `http://127.0.0.1:${lmStudio}/v1`,
        models: [{ id: 'qwen3-8b' }, { id: 'text-embedding-nomic', makesVectors: true }],
      },
      {
        slug: 'llama-cpp',
        name: 'llama.cpp',
        dialect: 'openai-compatible',
        baseUrl: `http://127.0.0.1:${llamaCpp}/v1`,
        models: [{ id: '/models/phi-4.gguf', contextLength: 16_384 }],
      },
      {
        slug: 'vllm',
        name: 'vLLM',
        dialect: 'openai-compatible',
        baseUrl: `http://127.0.0.1:${vllm}/v1`,
        models: [{ id: 'acme/big', contextLength: 32_000 }],
      },
    ]);
  });

  it.each([
    ['another router', list('openai', { id: 'openai/gpt-4o' })],
    ['a web server with JSON of its own', { data: [{ id: 'x', owned_by: 'vllm' }] }],
    ['a server without models', list('vllm')],
    ['a text', 'hello'],
  ])('does not take %s for a model server', async (_what, answer) => {
    const vllm = await serve(answer);
    expect(await discoverServers({ ...none, vllm, timeoutMs: 10_000 }, environment, systemClock, signal)).toEqual([]);
  });

  it('takes no page, error or redirect for a model server', async () => {
    const page = await serve(undefined, (_request, response) => response.end('<html></html>'));
    const error = await serve(undefined, (_request, response) => response.writeHead(500).end(JSON.stringify(tags)));
    const redirect = await serve(undefined, (_request, response) => response.writeHead(302, { location: '/' }).end());
    const settings = { ...none, ollama: error, llamaCpp: page, vllm: redirect, timeoutMs: 10_000 };
    expect(await discoverServers(settings, environment, systemClock, signal)).toEqual([]);
  });

  it('waits no longer than its limit for a server that does not answer', async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<void>();
    const ollama = await serve(undefined, () => asked.resolve());
    const discovery = discoverServers({ ...none, ollama }, environment, clock, signal);
    await asked.promise;
    await clock.advance(500);
    expect(await discovery).toEqual([]);
  });

  it('takes what Ollama says that a model can do, whatever its name says', async () => {
    const ollama = await serve(undefined, (request, response) => {
      if (request.url === '/api/tags') response.end(JSON.stringify({ models: [{ name: 'bge-m3', digest: 'a' }] }));
      else response.end(JSON.stringify({ model_info: {}, capabilities: ['embedding'] }));
    });
    const settings = { ...none, ollama, timeoutMs: 10_000 };
    const [found] = await discoverServers(settings, environment, systemClock, signal);
    expect(found?.models).toEqual([{ id: 'bge-m3', makesVectors: true }]);
  });

  it('takes the context lengths that Ollama tells in time', async () => {
    const silent = Promise.withResolvers<void>();
    // One whose name says something else than what it can do.
    const shown = { model_info: { 'llama.context_length': 131_072 }, capabilities: ['completion'] };
    const answer =
      (slow: boolean): RequestListener =>
      (request, response) => {
        if (request.url === '/api/tags') response.end(JSON.stringify(tags));
        else if (slow) silent.resolve();
        else response.end(JSON.stringify(shown));
      };
    const quick = await serve(undefined, answer(false));
    const settings = { ...none, ollama: quick, timeoutMs: 10_000 };
    const [found] = await discoverServers(settings, environment, systemClock, signal);
    expect(found?.models).toEqual([
      { id: 'llama3.2:3b', contextLength: 131_072, makesVectors: false },
      { id: 'nomic-embed-text:latest', contextLength: 131_072, makesVectors: false },
    ]);

    const clock = createManualClock();
    const slow = await serve(undefined, answer(true));
    const discovery = discoverServers({ ...none, ollama: slow }, environment, clock, signal);
    await silent.promise;
    await clock.advance(500);
    expect((await discovery)[0]?.models.map(({ id }) => id)).toEqual(['llama3.2:3b', 'nomic-embed-text:latest']);
  });

  it('stops with the signal’s reason', async () => {
    const controller = new AbortController();
    const ollama = await serve(undefined, () => controller.abort(new Error('enough')));
    await expect(
      discoverServers({ ...none, ollama, timeoutMs: 10_000 }, environment, systemClock, controller.signal),
    ).rejects.toThrow('enough');
  });

  it('asks nobody when it is switched off', async () => {
    let asked = 0;
    const ollama = await serve(undefined, (_request, response) => {
      asked++;
      response.end(JSON.stringify(tags));
    });
    const off = readEnvironment({ POINTSMAN_DISCOVERY: 'off', OLLAMA_HOST: `127.0.0.1:${ollama}` });
    expect(await discoverServers(false, environment, systemClock, signal)).toEqual([]);
    expect(await discoverServers({ ...none, ollama }, off, systemClock, signal)).toEqual([]);
    expect(asked).toBe(0);
  });

  it.each([
    ['0.0.0.0', ''],
    ['127.0.0.1', ''],
    ['127.0.0.1', 'http://'],
  ])('looks for Ollama where OLLAMA_HOST says: %s after "%s"', async (host, scheme) => {
    const port = await serve(tags);
    const stated = readEnvironment({ OLLAMA_HOST: `${scheme}${host}:${port}` });
    const settings = { lmStudio: false, llamaCpp: false, vllm: false, timeoutMs: 10_000 } as const;
    const [found] = await discoverServers(settings, stated, systemClock, signal);
    expect(found?.baseUrl).toBe(`http://127.0.0.1:${port}`);
  });
});
