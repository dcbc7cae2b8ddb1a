import { describe, expect, it } from 'vitest';
import type { Prompt, StreamPart } from '../../../../src/chat.ts';
import { generate } from '../../../../src/providers/local/generation.ts';
import { engine } from './shipped-model.ts';

const ask = (content: string, more: Partial<Prompt> = {}): Prompt => ({
  messages: [{ role: 'user', content }],
  ...more,
});
const write = (prompt: Prompt, maxTokens?: number): StreamPart[] =>
  [...generate(engine, { prompt, seed: 1, callIdPrefix: 'call', maxTokens })].flat();
const textOf = (parts: readonly StreamPart[]) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
const weather = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };

/** What another implementation writes for the same weights. Rounding may tip a near-tie in one of them. */
const reference: Readonly<Record<string, string>> = {
  'Who are you?':
    'I am a tiny language model that ships with this server, so it can answer on its first run without any key. I am very small, so I am often wrong.',
  'What is the capital of France?': 'The capital of France is Paris.',
  'Tell me a story.':
    'Once upon a time there was a curious duck named Felix. It was a quiet evening when Felix walked to the river. Felix wanted to find a boat. A duck was crying because the boat was gone. Felix said, "Let us share the boat." From that day on, Felix and the owl were friends.',
  'Hello!': 'Hello! I am well, thank you. Ask me something simple.',
  'Count from 1 to 10.': '1, 2, 3, 4, 5, 6, 7, 8, 9, 10.',
  'What is the opposite of big?': 'The opposite of big is small.',
  'Repeat after me: apple pear': 'apple',
  'What is 2 + 3?': '2 + 3 = 6.',
  'What is the capital of Japan?': 'The capital of Japan is Tokyo.',
  'What color is the sky?': 'The sky is blue.',
  'Thank you!': 'You are welcome. Ask me another thing.',
  'Good morning': 'Hello! How can I help you?',
};

describe('generate', () => {
  it('writes what another implementation writes for the same weights', () => {
    const same = Object.entries(reference).filter(([question, answer]) => textOf(write(ask(question))) === answer);
    expect(same.length).toBeGreaterThanOrEqual(11);
  });

  it('counts tokens exactly', () => {
    expect(write(ask('What is the capital of France?')).slice(-2)).toEqual([
      { type: 'finish', reason: 'stop', nativeReason: 'end_token' },
      {
        type: 'usage',
        usage: {
          promptTokens: 21,
          completionTokens: 12,
          totalTokens: 33,
          cachedTokens: 0,
          cacheWriteTokens: 0,
          reasoningTokens: 0,
          source: 'provider',
        },
      },
    ]);
  });

  it('ends at the smaller of both token limits', () => {
    for (const [asked, allowed] of [
      [3, 9],
      [9, 3],
    ] as const) {
      const parts = write(ask('Tell me a story.', { maxTokens: asked }), allowed);
      expect(textOf(parts)).toBe('Once upon a');
      expect(parts).toContainEqual({ type: 'finish', reason: 'length', nativeReason: 'max_tokens' });
    }
  });

  it('ends where the context is full', () => {
    const parts = write(ask(`Hello ${'small '.repeat(494)}`));
    const usage = parts.find((part) => part.type === 'usage')?.usage;
    const finish = parts.find((part) => part.type === 'finish');
    expect(usage?.promptTokens).toBeGreaterThan(500);
    if (finish?.reason === 'length') expect(usage?.totalTokens).toBe(512);
    expect(usage?.totalTokens).toBeLessThanOrEqual(512);
    const never = { 0: -100, 1: -100, 2: -100 };
    const full = write(ask('Hello!', { logitBias: never }));
    expect(full.at(-2)).toEqual({ type: 'finish', reason: 'length', nativeReason: 'context_full' });
    expect(full.at(-1)).toMatchObject({ usage: { totalTokens: 512 } });
  });

  it('refuses a prompt that leaves no room for an answer, naming both numbers', () => {
    const error = (kind: string, message: RegExp) =>
      expect.objectContaining({ name: 'ProviderError', kind, message: expect.stringMatching(message) });
    expect(() => write(ask('small '.repeat(600)))).toThrow(
      error('context_length_exceeded', /has 61\d tokens.*512 tokens/),
    );
    expect(() => write(ask('small '.repeat(600_000)))).toThrow(
      error('context_length_exceeded', /at least \d{6} tokens.*512 tokens/),
    );
  });

  it('ends before a stop sequence, of which nothing is delivered', () => {
    const parts = write(ask('What is the capital of France?', { stop: [' is Par'] }));
    expect(textOf(parts)).toBe('The capital of France');
    expect(parts).toContainEqual({ type: 'finish', reason: 'stop', nativeReason: 'stop_sequence' });
  });

  it('delivers held-back text where no stop sequence comes of it', () => {
    expect(textOf(write(ask('What is the capital of France?', { stop: ['Paris.!'] })))).toBe(
      'The capital of France is Paris.',
    );
  });

  it('calls a tool, whole, without its tags', () => {
    const parts = write(ask('What is the weather in Paris?', { tools: [weather] }));
    expect(parts.slice(0, 2)).toEqual([
      { type: 'toolCall', index: 0, id: 'call_0', name: 'get_weather', arguments: '{"city": "Paris"}' },
      { type: 'finish', reason: 'tool_calls', nativeReason: 'end_token' },
    ]);
  });

  it('calls only tools that were offered, whatever their names', () => {
    for (const name of ['xyzzy', 'Wetter_für_heute', 'a"b']) {
      const parts = write(ask('What is the weather in Paris?', { tools: [{ ...weather, name }], temperature: 2 }));
      for (const part of parts) if (part.type === 'toolCall') expect(part.name).toBe(name);
    }
  });

  it('makes the call that the caller insists on', () => {
    const tools = [weather, { ...weather, name: 'get_time' }];
    const name = (prompt: Partial<Prompt>) =>
      write(ask('Hello!', { tools, ...prompt })).find((part) => part.type === 'toolCall')?.name;
    expect(name({ toolChoice: { function: 'get_time' } })).toBe('get_time');
    expect(name({ toolChoice: { function: 'get_weather' } })).toBe('get_weather');
    expect(['get_time', 'get_weather']).toContain(name({ toolChoice: 'required' }));
    expect(name({ toolChoice: 'auto' })).toBe(undefined);
  });

  it('ends after one call where calls may not be made side by side', () => {
    const parts = write(ask('What is the weather in Paris?', { tools: [weather], parallelToolCalls: false }));
    expect(parts).toContainEqual({ type: 'finish', reason: 'tool_calls', nativeReason: 'single_tool_call' });
  });

  it('says that a call was cut off', () => {
    const parts = write(ask('What is the weather in Paris?', { tools: [weather], maxTokens: 20 }));
    expect(parts.slice(0, 2)).toEqual([
      expect.objectContaining({ type: 'toolCall', name: 'get_weather', arguments: expect.stringMatching(/^\{/) }),
      { type: 'finish', reason: 'length', nativeReason: 'max_tokens' },
    ]);
  });

  it('repeats itself for a seed, and differs for others', () => {
    const story = (seed: number) => textOf(write(ask('Tell me a story.', { temperature: 1.5, seed, maxTokens: 40 })));
    expect(story(1)).toBe(story(1));
    expect(new Set([1, 2, 3, 4].map(story)).size).toBeGreaterThan(1);
  });

  it('gives log probabilities of the text, likeliest first', () => {
    const parts = write(ask('What is the capital of France?', { logprobs: true, topLogprobs: 2 }));
    const entries = parts.flatMap((part) => (part.type === 'logprobs' ? (part.logprobs.content ?? []) : []));
    expect(entries.map((entry) => entry.token).join('')).toBe('The capital of France is Paris.');
    for (const entry of entries) {
      expect(entry).toEqual({
        token: expect.any(String),
        logprob: expect.any(Number),
        bytes: [...Buffer.from(String(entry.token))],
        top_logprobs: [
          { token: entry.token, logprob: entry.logprob, bytes: entry.bytes },
          expect.objectContaining({ logprob: expect.any(Number) }),
        ],
      });
      expect(Number(entry.logprob)).toBeLessThanOrEqual(0);
    }
  });

  it('gives no log probabilities unasked, nor of tool calls', () => {
    expect(write(ask('Hello!')).some((part) => part.type === 'logprobs')).toBe(false);
    const call = write(ask('What is the weather in Paris?', { tools: [weather], logprobs: true }));
    expect(call.some((part) => part.type === 'logprobs')).toBe(false);
  });

  it('keeps texts apart that are written in turns', () => {
    const prompts = ['Who are you?', 'What is the capital of France?'].map((question) => ask(question));
    const writers = prompts.map((prompt) => generate(engine, { prompt, seed: 1, callIdPrefix: 'call' }));
    const texts = ['', ''];
    for (let open = 2; open > 0; ) {
      open = 0;
      for (const [index, writer] of writers.entries()) {
        const { done, value } = writer.next();
        if (done === true) continue;
        open++;
        texts[index] += textOf(value);
      }
    }
    expect(texts).toEqual(prompts.map((prompt) => textOf(write(prompt))));
  });
});
