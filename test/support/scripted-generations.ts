import type { Catalog } from '../../src/catalog.ts';
import type { ChatRequest } from '../../src/chat.ts';
import type { Attempt, Completion, RoutePlan } from '../../src/completion.ts';
import type { DeliveredEvent } from '../../src/streams/coalesce.ts';
import type { GenerationEvent } from '../../src/streams/event-log.ts';
import type { GenerationStream } from '../../src/streams/generation-stream.ts';
import { failedStream, type Generations } from '../../src/streams/generations.ts';

export interface ScriptedGenerations extends Generations {
  /** What was asked for, in order. */
  readonly requests: ChatRequest[];
  /** How many readers hung up. */
  readonly hangUps: () => number;
}

export interface GenerationScript {
  readonly complete?: (request: ChatRequest) => Promise<Completion>;
  readonly plan?: (request: ChatRequest) => RoutePlan;
  readonly events?: readonly DeliveredEvent[];
  /** After the events the stream says nothing more, instead of ending. */
  readonly silent?: boolean;
  /** Ids of generations that run. */
  readonly running?: readonly string[];
}

/** Generations that do what their script says, and tell what was asked of them. */
export function createScriptedGenerations(script: GenerationScript = {}): ScriptedGenerations {
  const requests: ChatRequest[] = [];
  let hangUps = 0;
  return {
    requests,
    hangUps: () => hangUps,
    async complete(request) {
      requests.push(request);
      if (script.complete === undefined) throw new Error('the script has no completion');
      return script.complete(request);
    },
    stream(request) {
      requests.push(request);
      return play(script.events ?? [], script.silent === true, () => {
        hangUps += 1;
      });
    },
    plan(request) {
      requests.push(request);
      if (script.plan === undefined) throw new Error('the script has no plan');
      return script.plan(request);
    },
    cancelAll: () => {},
    follow: () => {
      throw new Error('nothing can be followed here');
    },
    idle: async () => {},
    refused: (error) => failedStream(error, 'gen-refused'),
    cancel: (id) => script.running?.includes(id) === true,
    running: () => script.running?.length ?? 0,
  };
}

/** A completion by the catalog's first configured endpoint of the model. */
export function completionBy(catalog: Catalog, endpointId: string, fields: Partial<Completion> = {}): Completion {
  const endpoint = catalog.endpoint(endpointId);
  const model = endpoint && catalog.model(endpoint.model);
  const provider = endpoint && catalog.provider(endpoint.provider);
  if (!endpoint || !model || !provider) throw new Error(`no endpoint ${endpointId}`);
  const attempt: Attempt = {
    endpoint,
    outcome: 'succeeded',
    startedAt: Date.UTC(2026, 10, 5, 9, 30),
    firstContentMs: 12.4,
    durationMs: 80,
  };
  return {
    generationId: 'gen-1',
    model,
    provider,
    endpoint,
    content: 'Hello!',
    toolCalls: [],
    annotations: [],
    images: [],
    finishReason: 'stop',
    usage: {
      promptTokens: 5,
      completionTokens: 2,
      totalTokens: 7,
      cachedTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      source: 'provider',
    },
    cost: '0.000039',
    attempts: [attempt],
    createdAt: Date.UTC(2026, 10, 5, 9, 30),
    ...fields,
  };
}

function play(script: readonly DeliveredEvent[], silent: boolean, hangUp: () => void): GenerationStream {
  const events: GenerationEvent[] = script.map((event, sequence) => ({ ...event, generationId: 'gen-1', sequence }));
  const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let position = 0;
  const stream: GenerationStream = {
    [Symbol.asyncIterator]: () => stream,
    async next() {
      const event = events[position++];
      if (event !== undefined) return { done: false, value: event };
      if (silent) await over;
      return finished;
    },
    async nextBatch() {
      const batch = events.slice(position);
      position = events.length;
      if (batch.length > 0) return batch;
      if (silent) await over;
      return undefined;
    },
    async return() {
      hangUp();
      end();
      return finished;
    },
  };
  return stream;
}
