import type { Answer, StreamPart } from '../../src/chat.ts';
import { type Clock, sleep } from '../../src/clock.ts';
import type { ProviderError } from '../../src/errors.ts';
import type { Provider, ProviderCall } from '../../src/providers/provider.ts';

/** One thing that a scripted call does, in order. */
export type Step =
  | { readonly wait: number }
  | { readonly parts: readonly StreamPart[] }
  | { readonly fail: ProviderError | Error }
  /** Waits until the call is aborted. */
  | 'hang';

export interface ScriptedProvider extends Provider {
  readonly calls: ProviderCall[];
  /** Signals of the calls that have not ended. */
  readonly open: Set<AbortSignal>;
}

/** A provider that does what its script says: the first call the first script, and so on; the last script repeats. */
export function createScriptedProvider(clock: Clock, ...scripts: readonly (readonly Step[])[]): ScriptedProvider {
  const calls: ProviderCall[] = [];
  const open = new Set<AbortSignal>();

  async function* play(
    call: ProviderCall,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamPart[], void, undefined> {
    const script = scripts[Math.min(calls.length, scripts.length - 1)] ?? [];
    calls.push(call);
    open.add(signal);
    try {
      for (const step of script) {
        if (signal.aborted) throw signal.reason;
        if (step === 'hang')
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        else if ('wait' in step) await sleep(clock, step.wait, signal);
        else if ('fail' in step) throw step.fail;
        else yield step.parts;
      }
    } finally {
      open.delete(signal);
    }
  }

  return {
    calls,
    open,
    stream: play,
    async complete(call, signal) {
      const parts: StreamPart[] = [];
      for await (const batch of play(call, signal)) parts.push(...batch);
      return answerOf(parts);
    },
    close: async () => {},
  };
}

/** Parts of a plain answer: some text, a finish and a usage. */
export function says(text: string): Step[] {
  return [
    { parts: [{ type: 'text', text }] },
    {
      parts: [
        { type: 'finish', reason: 'stop', nativeReason: 'stop' },
        {
          type: 'usage',
          usage: {
            promptTokens: 10,
            completionTokens: 5,
            totalTokens: 15,
            cachedTokens: 0,
            cacheWriteTokens: 0,
            reasoningTokens: 0,
            source: 'provider',
          },
        },
      ],
    },
  ];
}

function answerOf(parts: readonly StreamPart[]): Answer {
  const finish = parts.find((part) => part.type === 'finish');
  const usage = parts.find((part) => part.type === 'usage');
  return {
    content: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
    toolCalls: [],
    annotations: [],
    images: [],
    finishReason: finish?.reason ?? 'error',
    ...(finish?.nativeReason !== undefined && { nativeFinishReason: finish.nativeReason }),
    ...(usage !== undefined && { usage: usage.usage }),
  };
}
