import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompleteDocument, ListModelsDocument } from '../operations/generated/graphql.ts';
import { saying } from '../support/chat-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { jsonAnswer, type StubRequest, type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

const ollama = await startStubUpstream();
const vllm = await startStubUpstream();
const elsewhere = await startStubUpstream();
afterAll(() => Promise.all([ollama, vllm, elsewhere].map((upstream) => upstream.close())));

ollama.respond((request) =>
  byPath(request, {
    '/api/tags': { models: [{ name: 'gemma3:4b', model: 'gemma3:4b', digest: 'a2af6cc3eb7f', size: 3338801804 }] },
    '/api/show': {
      capabilities: ['completion'],
      details: { family: 'gemma3' },
      model_info: { 'general.architecture': 'gemma3', 'gemma3.context_length': 131072 },
    },
    '/api/chat': {
      model: 'gemma3:4b',
      created_at: '2026-11-20T08:00:00Z',
      message: { role: 'assistant', content: 'Hello from Ollama.' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 9,
      eval_count: 4,
    },
  }),
);
vllm.respond((request) =>
  request.url === '/v1/models'
    ? jsonAnswer({
        object: 'list',
        data: [{ id: 'acme/Writer-8B', object: 'model', owned_by: 'vllm', max_model_len: 16384 }],
      })
    : saying('Hello from vLLM.')(request),
);

/** The configuration that looks for servers where the test has put them, and nowhere else. */
const nearby = (servers: { readonly ollama?: StubUpstream; readonly vllm?: StubUpstream }) => ({
  discovery: {
    ollama: portOf(servers.ollama),
    vllm: portOf(servers.vllm),
    lmStudio: false,
    llamaCpp: false,
    timeoutMs: 5_000,
  },
});

describe('model servers on this machine', () => {
  let program: RunningProgram;
  beforeAll(async () => {
    program = await startProgram({
      configuration: nearby({ ollama, vllm }),
      environment: { POINTSMAN_DISCOVERY: 'on' },
    });
  });

  it('are found at start-up and named', () => {
    expect(program.message).toContain(`Ollama at ${ollama.url} (1 model)`);
    expect(program.message).toContain(`vLLM at ${vllm.url}/v1 (1 model)`);
    expect(program.message).toMatch(/Models +4 of \d+ can be called/);
  });

  it('have their models in the list, with what they hold', async () => {
    const { models } = await program.run(ListModelsDocument, { filter: { available: true } });
    const found = Object.fromEntries(models.edges.map(({ node }) => [node.slug, node.contextLength]));
    expect(found).toMatchObject({ 'ollama/gemma3-4b': 131072, 'vllm/writer-8b': 16384 });
  });

  for (const [model, content] of [
    ['ollama/gemma3-4b', 'Hello from Ollama.'],
    ['gemma3:4b', 'Hello from Ollama.'],
    ['vllm/writer-8b', 'Hello from vLLM.'],
    ['acme/Writer-8B', 'Hello from vLLM.'],
  ] as const) {
    it(`answer as ${model}, for nothing`, async () => {
      const { createChatCompletion: result } = await program.run(CompleteDocument, {
        input: { model, messages: [{ role: 'USER', content: 'Hello' }] },
      });
      expect(result).toMatchObject({ content, cost: '0', attempts: [{ outcome: 'SUCCEEDED' }] });
    });
  }
});

describe('model servers that come later', () => {
  it('are found at SIGHUP', async () => {
    elsewhere.respond(jsonAnswer({ object: 'list', data: [] }));
    await using program = await startProgram({
      configuration: nearby({ vllm: elsewhere }),
      environment: { POINTSMAN_DISCOVERY: 'on' },
    });
    expect(program.message).toMatch(/Found here +no Ollama, LM Studio, llama.cpp or vLLM/);
    elsewhere.respond(
      jsonAnswer({ object: 'list', data: [{ id: 'late', object: 'model', owned_by: 'vllm', max_model_len: 2048 }] }),
    );
    program.signal('SIGHUP');
    await program.says(/configuration reloaded/);
    const { models } = await program.run(ListModelsDocument, { filter: { available: true } });
    expect(models.edges.map(({ node }) => node.slug)).toContain('vllm/late');
  });

  it('are left alone where the search is switched off', async () => {
    const before = vllm.requests.length;
    await using program = await startProgram({ configuration: nearby({ ollama, vllm }) });
    expect(program.message).toMatch(/Found here +not searched/);
    expect(vllm.requests).toHaveLength(before);
  });
});

function byPath({ url }: StubRequest, answers: Readonly<Record<string, object>>) {
  const answer = answers[url];
  return answer === undefined ? jsonAnswer({ error: 'not found' }, 404) : jsonAnswer(answer);
}

function portOf(upstream: StubUpstream | undefined): number | false {
  return upstream === undefined ? false : Number(new URL(upstream.url).port);
}
