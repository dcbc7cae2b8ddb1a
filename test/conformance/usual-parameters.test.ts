import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Parameter, Prompt } from '../../src/chat.ts';
import { systemClock } from '../../src/clock.ts';
import { usualParameters } from '../../src/configuration/usual-parameters.ts';
import { createProvider, type Dialect } from '../../src/providers/create-provider.ts';
import { type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

let upstream: StubUpstream;
beforeAll(async () => {
  upstream = await startStubUpstream();
  upstream.respond({ status: 400, body: [{ write: '{}' }] });
});
afterAll(() => upstream.close());

const tool = { name: 'look_up', parameters: { type: 'object', properties: {} } } as const;
const plain: Prompt = { messages: [{ role: 'user', content: 'Hello' }] };
const withTool: Prompt = { ...plain, tools: [tool] };

/** A prompt with the parameter, and the same without it. */
const asked: Readonly<Partial<Record<Parameter, readonly [with_: Prompt, without: Prompt]>>> = {
  tools: [withTool, plain],
  tool_choice: [{ ...withTool, toolChoice: { function: 'look_up' } }, withTool],
  parallel_tool_calls: [{ ...withTool, parallelToolCalls: false }, withTool],
  response_format: [{ ...plain, responseFormat: { type: 'json_object' } }, plain],
  structured_outputs: [
    { ...plain, responseFormat: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
    plain,
  ],
  max_tokens: [{ ...plain, maxTokens: 77 }, plain],
  temperature: [{ ...plain, temperature: 0.25 }, plain],
  top_p: [{ ...plain, topP: 0.5 }, plain],
  top_k: [{ ...plain, topK: 7 }, plain],
  min_p: [{ ...plain, minP: 0.1 }, plain],
  frequency_penalty: [{ ...plain, frequencyPenalty: 0.5 }, plain],
  presence_penalty: [{ ...plain, presencePenalty: 0.5 }, plain],
  repetition_penalty: [{ ...plain, repetitionPenalty: 1.5 }, plain],
  seed: [{ ...plain, seed: 9 }, plain],
  stop: [{ ...plain, stop: ['END'] }, plain],
  logit_bias: [{ ...plain, logitBias: { '5': 1 } }, plain],
  logprobs: [{ ...plain, logprobs: true }, plain],
  top_logprobs: [
    { ...plain, logprobs: true, topLogprobs: 3 },
    { ...plain, logprobs: true },
  ],
  user: [{ ...plain, user: 'someone' }, plain],
};

async function bodyOf(dialect: Dialect, prompt: Prompt): Promise<unknown> {
  const provider = createProvider(
    { slug: 'acme', dialect, baseUrl: upstream.url, apiKey: 'a-key-for-tests', allowPrivateNetwork: true },
    systemClock,
  );
  const call = { model: 'm', prompt, supportedParameters: usualParameters[dialect], connectTimeoutMs: 3_000 };
  const request = upstream.nextRequest();
  await provider.complete(call, new AbortController().signal).catch(() => {});
  await provider.close();
  return (await request).json;
}

describe('what an endpoint is taken to understand by its dialect', () => {
  for (const dialect of ['openai-compatible', 'anthropic', 'google', 'ollama', 'cohere'] as const) {
    for (const parameter of usualParameters[dialect]) {
      it(`${parameter} reaches the wire in the dialect ${dialect}`, async () => {
        const [with_, without] = asked[parameter] ?? [];
        if (with_ === undefined || without === undefined) return expect.fail(`no prompt asks for ${parameter}`);
        expect(await bodyOf(dialect, with_)).not.toEqual(await bodyOf(dialect, without));
      });
    }
  }
});
