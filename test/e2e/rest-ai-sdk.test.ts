import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateText, jsonSchema, type LanguageModel, Output, streamText, type ToolSet } from 'ai';
import { describe, expect, it } from 'vitest';
import { adminKey, useRestProgram } from '../support/rest-program.ts';
import { restModels, thought, weatherCall } from '../support/rest-upstream.ts';

const { upstream, program } = await useRestProgram();

const providers: Readonly<Record<string, (model: string) => LanguageModel>> = {
  '@openrouter/ai-sdk-provider': (model) =>
    createOpenRouter({ baseURL: `${program().url}/api/v1`, apiKey: adminKey }).chat(model),
  '@ai-sdk/openai-compatible': (model) =>
    createOpenAICompatible({
      name: 'pointsman',
      baseURL: `${program().url}/v1`,
      apiKey: adminKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
};
// The package's types do not hold under exactOptionalPropertyTypes.
const tools = {
  weather: { description: 'The weather in a city.', inputSchema: jsonSchema({ type: 'object' }) },
} as unknown as ToolSet;
const prompt = 'Hello';

for (const [name, open] of Object.entries(providers)) {
  describe(`the AI SDK by ${name}`, () => {
    it('gets a whole answer and its usage', async () => {
      const { text, usage, finishReason } = await generateText({ model: open(restModels.writer), prompt });
      expect({ text, finishReason }).toEqual({ text: 'Good day.', finishReason: 'stop' });
      expect(usage).toMatchObject({ inputTokens: 11, outputTokens: 5, totalTokens: 16 });
    });

    it('gets an answer as it is written', async () => {
      const result = streamText({ model: open(restModels.writer), prompt });
      let text = '';
      for await (const piece of result.textStream) text += piece;
      expect(text).toBe('Good day.');
      expect(await result.usage).toMatchObject({ totalTokens: 16 });
    });

    it('gets tool calls, whole and in pieces', async () => {
      const asked = { model: open(restModels.caller), prompt, tools };
      const whole = await generateText(asked);
      expect(whole.toolCalls).toMatchObject([{ toolName: 'weather', input: JSON.parse(weatherCall.arguments) }]);
      const result = streamText(asked);
      await result.consumeStream();
      expect(await result.toolCalls).toMatchObject([{ toolName: 'weather', input: JSON.parse(weatherCall.arguments) }]);
    });

    it('gets structured output', async () => {
      const { output } = await generateText({
        model: open(restModels.structurer),
        prompt,
        output: Output.object({
          schema: jsonSchema<{ answer: number }>({ type: 'object', properties: { answer: { type: 'number' } } }),
        }),
      });
      expect(output).toEqual({ answer: 4 });
    });

    it('gets reasoning once, whole and in pieces', async () => {
      const asked = { model: open(restModels.thinker), prompt };
      expect(await generateText(asked)).toMatchObject({ text: 'Four.', reasoningText: thought });
      const result = streamText(asked);
      await result.consumeStream();
      expect(await result.reasoningText).toBe(thought);
    });

    it('gets errors, before and in the middle of a stream', async () => {
      const refused = generateText({ model: open('acme/nobody'), prompt, maxRetries: 0 });
      await expect(refused).rejects.toMatchObject({ statusCode: 400 });
      const errors: unknown[] = [];
      const result = streamText({
        model: open(restModels.cut),
        prompt,
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      let text = '';
      await (async () => {
        for await (const piece of result.textStream) text += piece;
      })().catch(() => {});
      expect(text).toBe('Half');
      expect(errors).toHaveLength(1);
    });

    it('hangs up by aborting, and the upstream is closed', async () => {
      upstream.forget();
      const abort = new AbortController();
      const result = streamText({
        model: open(restModels.silent),
        prompt,
        abortSignal: abort.signal,
        onError: () => {},
      });
      await (async () => {
        for await (const piece of result.textStream) if (piece === 'One') abort.abort();
      })().catch(() => {});
      expect(upstream.requests).toHaveLength(1);
      await upstream.requests[0]?.closed;
    });
  });
}
