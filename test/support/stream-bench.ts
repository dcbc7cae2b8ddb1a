import type { GenerationEvent } from '../../src/streams/event-log.ts';
import type { GenerationStream } from '../../src/streams/generation-stream.ts';
import {
  createGenerations,
  defaultStreamSettings,
  type Generations,
  type Reading,
  type StreamSettings,
} from '../../src/streams/generations.ts';
import { aCaller } from './a-caller.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { completionBy } from './scripted-generations.ts';
import { createScriptedRouter, type ScriptedRouter } from './scripted-router.ts';
import { createSmallCatalog } from './small-catalog.ts';

export interface StreamBench {
  readonly generations: Generations;
  readonly router: ScriptedRouter;
  readonly clock: ManualClock;
}

export const request = { messages: [{ role: 'user', content: 'Hello' }] } as const;
export const completion = completionBy(createSmallCatalog(), 'acme/large@quarry');

/** The real generations, `gen-1`, `gen-2` …, over a router that says what the test has it say. */
export function bench(settings: Partial<StreamSettings> = {}): StreamBench {
  const router = createScriptedRouter();
  const clock = createManualClock();
  let made = 0;
  const generations = createGenerations({
    router,
    clock,
    makeId: () => `gen-${++made}`,
    settings: { ...defaultStreamSettings, ...settings },
  });
  return { generations, router, clock };
}

export function aReading<More extends object>(more?: More): Reading & More;
export function aReading(more: object = {}): Reading {
  return { caller: aCaller(), signal: new AbortController().signal, ...more };
}

/** All that a stream says until it ends. */
export async function all(stream: GenerationStream): Promise<GenerationEvent[]> {
  const events: GenerationEvent[] = [];
  for (let batch = await stream.nextBatch(); batch !== undefined; batch = await stream.nextBatch()) {
    events.push(...batch);
  }
  return events;
}
