import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Prompt, StreamPart } from '../../src/chat.ts';
import { localModel, localSupportedParameters } from '../../src/providers/local/facts.ts';
import { createLocal, type LocalOptions } from '../../src/providers/local.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';

const ask = (content: string, more: Partial<Prompt> = {}): ProviderCall => ({
  model: localModel.upstreamModel,
  prompt: { messages: [{ role: 'user', content }], ...more },
  supportedParameters: localSupportedParameters,
  connectTimeoutMs: 10_000,
});
const live = () => new AbortController().signal;
const story = ask('Tell me a story.');
/** Never ends by itself: the tokens that end an answer are forbidden. */
const endless = ask('Tell me a story.', { logitBias: { 0: -100, 1: -100, 2: -100 } });
const weather = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };

async function collect(stream: AsyncIterable<readonly StreamPart[]>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const batch of stream) {
    expect(batch.length).toBeGreaterThan(0);
    parts.push(...batch);
  }
  return parts;
}
const textOf = (parts: readonly StreamPart[]) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

/** The threads that were started, as Node itself tells of them. */
const workers: Worker[] = [];
const noticeWorker = (worker: Worker) => workers.push(worker);
beforeAll(() => void process.on('worker', noticeWorker));
afterAll(() => void process.off('worker', noticeWorker));

const providers: Provider[] = [];
function local(options?: LocalOptions): Provider {
  const provider = createLocal(options);
  providers.push(provider);
  return provider;
}
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close();
  workers.length = 0;
});

describe('the local provider', () => {
  it('answers', async () => {
    expect(await local().complete(ask('What is the capital of France?'), live())).toEqual({
      content: 'The capital of France is Paris.',
      toolCalls: [],
      annotations: [],
      images: [],
      finishReason: 'stop',
      nativeFinishReason: 'end_token',
      usage: {
        promptTokens: 21,
        completionTokens: 12,
        totalTokens: 33,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        source: 'provider',
      },
    });
  });

  it('streams text, then one finish and one usage', async () => {
    const parts = await collect(local().stream(ask('What is the capital of France?'), live()));
    expect(textOf(parts)).toBe('The capital of France is Paris.');
    expect(parts.filter((part) => part.type === 'text').length).toBe(12);
    expect(parts.slice(-2).map((part) => part.type)).toEqual(['finish', 'usage']);
    expect(parts.filter((part) => part.type !== 'text').length).toBe(2);
  });

  it('streams the text that it answers with, for the same seed', async () => {
    const provider = local();
    const call = ask('Tell me a story.', { temperature: 1.2, seed: 42 });
    const { content } = await provider.complete(call, live());
    expect(textOf(await collect(provider.stream(call, live())))).toBe(content);
  });

  it('takes chance from its parameter where there is no seed', async () => {
    const call = ask('Tell me a story.', { temperature: 1.5, maxTokens: 40 });
    const tell = async (chance: number) => (await local({ random: () => chance }).complete(call, live())).content;
    expect(await tell(0.5)).toBe(await tell(0.5));
    expect(await tell(0.5)).not.toBe(await tell(0.75));
  });

  it('calls a tool', async () => {
    const provider = local();
    const call = ask('What is the weather in Paris?', { tools: [weather] });
    const answer = await provider.complete(call, live());
    expect(answer).toMatchObject({
      content: '',
      toolCalls: [{ id: expect.stringMatching(/^call_\w+_0$/), name: 'get_weather', arguments: '{"city": "Paris"}' }],
      finishReason: 'tool_calls',
    });
    const again = await provider.complete(call, live());
    expect(again.toolCalls[0]?.id).not.toBe(answer.toolCalls[0]?.id);
  });

  it('writes no markup of tool calls where no tool was offered', async () => {
    const { content } = await local().complete(ask('Was ist die Hauptstadt von Italien? 日本'), live());
    expect(content).not.toBe('');
    expect(content).not.toContain('tool_call');
  });

  it('ends at a stop sequence and at a token limit', async () => {
    const provider = local();
    expect(await provider.complete({ ...story, prompt: { ...story.prompt, stop: ['named'] } }, live())).toMatchObject({
      content: 'Once upon a time there was a curious duck ',
      finishReason: 'stop',
      nativeFinishReason: 'stop_sequence',
    });
    expect(await provider.complete({ ...story, maxCompletionTokens: 4 }, live())).toMatchObject({
      content: 'Once upon a time',
      finishReason: 'length',
    });
  });

  it('gives log probabilities with a whole answer', async () => {
    const answer = await local().complete(ask('Good morning', { topLogprobs: 3 }), live());
    expect(answer.logprobs?.content?.map((entry) => entry.token).join('')).toBe(answer.content);
  });

  const refused: readonly (readonly [string, ProviderCall, string, RegExp])[] = [
    ['a prompt that does not fit', ask('small '.repeat(600)), 'context_length_exceeded', /61\d tokens.* 512 tokens/],
    [
      'an image',
      {
        ...story,
        prompt: { messages: [{ role: 'user', content: [{ type: 'image', url: 'https://example.com/a.png' }] }] },
      },
      'unsupported_parameter',
      /image/,
    ],
    ['another model', { ...story, model: 'large' }, 'model_not_found', /large/],
  ];
  for (const [what, call, kind, message] of refused) {
    it(`refuses ${what}, whole and streamed`, async () => {
      const provider = local();
      const error = { name: 'ProviderError', kind, message: expect.stringMatching(message) };
      await expect(provider.complete(call, live())).rejects.toMatchObject(error);
      await expect(collect(provider.stream(call, live()))).rejects.toMatchObject(error);
    });
  }

  it('interleaves streams, each as it would be alone', async () => {
    const provider = local();
    const questions = ['Who are you?', 'What is the capital of France?', 'Tell me a story.'];
    const alone = [];
    for (const question of questions) alone.push((await provider.complete(ask(question), live())).content);
    const together = await Promise.all(questions.map((question) => collect(provider.stream(ask(question), live()))));
    expect(together.map(textOf)).toEqual(alone);
  });

  it('lets a short answer pass a long one', async () => {
    const provider = local();
    const controller = new AbortController();
    const long = provider.complete(endless, controller.signal);
    await provider.complete(ask('What is the capital of France?'), live());
    controller.abort(new Error('enough'));
    await expect(long).rejects.toThrow('enough');
  });

  it('refuses more requests than may wait', async () => {
    const provider = local({ maxRunning: 1, maxQueued: 1 });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => provider.complete(ask('Hello!'), live())));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(outcomes[2]).toMatchObject({ reason: { name: 'ProviderError', kind: 'overloaded' } });
  });

  it('writes only a little ahead of a slow reader', async () => {
    const provider = local();
    const controller = new AbortController();
    const reader = provider.stream(endless, controller.signal)[Symbol.asyncIterator]();
    await reader.next();
    // As many tokens as fit twice into what may be ahead come from another answer meanwhile.
    await provider.complete({ ...endless, maxCompletionTokens: 100 }, live());
    const { value } = await reader.next();
    expect(value.length).toBe(32);
    controller.abort();
  });
});

describe('an abort', () => {
  it('before the start starts nothing', async () => {
    const reason = new Error('never mind');
    const provider = local();
    await expect(provider.complete(story, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(collect(provider.stream(story, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(workers).toEqual([]);
  });

  it('while the prompt is read rejects with its reason', async () => {
    const controller = new AbortController();
    const reading = local()
      .stream(ask('small '.repeat(480)), controller.signal)
      [Symbol.asyncIterator]()
      .next();
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it('in mid-stream rejects with its reason, drops what was not read, and frees the place', async () => {
    const provider = local({ maxRunning: 1, maxQueued: 1 });
    const controller = new AbortController();
    const reader = provider.stream(endless, controller.signal)[Symbol.asyncIterator]();
    await reader.next();
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(reader.next()).rejects.toBe(reason);
    expect((await provider.complete(ask('Hello!'), live())).finishReason).toBe('stop');
  });

  it('while a place is waited for leaves the queue', async () => {
    const provider = local({ maxRunning: 1, maxQueued: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const running = provider.complete(endless, first.signal);
    const waiting = provider.complete(endless, second.signal);
    second.abort(new Error('second'));
    await expect(waiting).rejects.toThrow('second');
    const next = provider.complete(ask('Hello!'), live());
    first.abort(new Error('first'));
    await expect(running).rejects.toThrow('first');
    expect((await next).finishReason).toBe('stop');
  });

  it('is not needed by a reader who leaves early', async () => {
    const provider = local({ maxRunning: 1 });
    for await (const batch of provider.stream(endless, live())) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect((await provider.complete(ask('Hello!'), live())).finishReason).toBe('stop');
  });
});

describe('the thread of the local provider', () => {
  it('starts with the first call, serves all, and is gone after close', async () => {
    const provider = local();
    expect(workers.length).toBe(0);
    await Promise.all([provider.complete(ask('Hello!'), live()), provider.complete(ask('Who are you?'), live())]);
    expect(workers.length).toBe(1);
    await provider.close();
    expect(workers[0]?.threadId).toBe(-1);
    await expect(provider.complete(story, live())).rejects.toMatchObject({ kind: 'server_failed' });
    expect(workers.length).toBe(1);
  });

  it('lets calls in flight finish before it closes', async () => {
    const provider = local();
    const answer = provider.complete(ask('What is the capital of France?'), live());
    await provider.close();
    expect((await answer).content).toBe('The capital of France is Paris.');
  });

  it('fails what is in flight when it dies, and is started again by the next call', async () => {
    const provider = local();
    const reader = provider.stream(endless, live())[Symbol.asyncIterator]();
    await reader.next();
    await workers[0]?.terminate();
    const readOn = async () => {
      while ((await reader.next()).done !== true);
    };
    await expect(readOn()).rejects.toMatchObject({ name: 'ProviderError', kind: 'server_failed' });
    expect((await provider.complete(ask('Hello!'), live())).content).toContain('Hello');
    expect(workers.length).toBe(2);
  });

  it('fails as server_failed on a damaged model, each time anew', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pointsman-'));
    try {
      const modelFile = join(directory, 'damaged.gguf');
      const whole = readFileSync(new URL('../../src/providers/local/tiny-1m.gguf', import.meta.url));
      writeFileSync(modelFile, whole.subarray(0, 100_000));
      const provider = local({ modelFile });
      const failed = {
        kind: 'server_failed',
        cause: expect.objectContaining({ message: expect.stringMatching(/ends past the end of the file/) }),
      };
      await expect(provider.complete(story, live())).rejects.toMatchObject(failed);
      await expect(provider.complete(story, live())).rejects.toMatchObject(failed);
      expect(workers.length).toBe(2);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('never holds up the event loop of its callers', async () => {
    const provider = local();
    await provider.complete(ask('Hello!'), live());
    const busy = process.cpuUsage();
    const here = process.threadCpuUsage();
    const call = { ...endless, maxCompletionTokens: 200 };
    await Promise.all([provider.complete(call, live()), provider.complete(call, live())]);
    // The answers cost half a second of computing or more; loosely, hardly any of it may have been done here. By the processor's time of
    // this thread, which other programs do not lengthen.
    const { user } = process.cpuUsage(busy);
    expect(process.threadCpuUsage(here).user).toBeLessThan(user / 2);
  });

  it('does not keep a program alive once its work is done', async () => {
    const script = `
      import { createLocal } from ${JSON.stringify(new URL('../../src/providers/local.ts', import.meta.url).href)};
      const call = { model: 'tiny-1m', prompt: { messages: [{ role: 'user', content: 'Good morning' }] }, supportedParameters: new Set(), connectTimeoutMs: 1 };
      console.log((await createLocal().complete(call, new AbortController().signal)).content);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    const [code] = await once(child, 'close');
    expect([output, code]).toEqual(['Hello! How can I help you?\n', 0]);
  });
});

describe('what the catalog says of the local model', () => {
  it('is what it serves', async () => {
    expect(await local().listModels?.(live())).toEqual([
      { id: localModel.upstreamModel, contextLength: localModel.contextLength },
    ]);
    expect(localModel.slug).toBe(`pointsman/${localModel.upstreamModel}`);
  });
});
