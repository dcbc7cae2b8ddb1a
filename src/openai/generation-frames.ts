import type { Clock } from '../clock.ts';
import { Cancelled } from '../errors.ts';
import type { GenerationEvent } from '../streams/event-log.ts';
import type { GenerationStream } from '../streams/generation-stream.ts';
import { FailedGeneration } from './failed-generation.ts';
import type { Answer } from './route.ts';
import type { RoutingMetadata } from './routing-metadata.ts';

/** What writes the events of one generation in a dialect's words: each text is whole server-sent events, or empty. */
export type WriteEvents = (events: readonly GenerationEvent[]) => string;

/** How long an answer waits to see whether it fails at once: a failure by then has a status of its own. */
const patienceMs = 100;

/**
 * The answer that streams a generation. Rejects with the failure that it ends in where that comes before anything was written; later
 * ones are the writer's to tell. A generation that was cancelled ends its connection without a last word.
 */
export async function streamAnswer(
  events: GenerationStream,
  clock: Clock,
  createWriter: (generationId: string) => WriteEvents,
  routing: RoutingMetadata,
): Promise<Answer> {
  const opening: GenerationEvent[] = [];
  /** Asked for, and not read yet. */
  let pending: Promise<readonly GenerationEvent[] | undefined> | undefined;
  const { promise: impatience, resolve } = Promise.withResolvers<'impatient'>();
  const calm = clock.after(patienceMs, () => resolve('impatient'));
  try {
    do {
      pending = events.nextBatch();
      const batch = await Promise.race([pending, impatience]);
      if (batch === 'impatient') break;
      pending = undefined;
      if (batch === undefined) return { type: 'hangUp' };
      opening.push(...batch);
      const last = batch.at(-1);
      if (last?.type === 'failed') throw last.error;
    } while (opening.at(-1)?.type === 'accepted');
  } catch (error) {
    await events.return();
    const generationId = opening[0]?.generationId;
    throw generationId === undefined ? error : new FailedGeneration(generationId, error, routing);
  } finally {
    calm();
  }

  const generationId = opening[0]?.generationId;
  const write = createWriter(generationId ?? '');
  let unsaid: readonly GenerationEvent[] | undefined = opening;
  return {
    type: 'stream',
    headers: generationId === undefined ? {} : { 'x-generation-id': generationId },
    frames: {
      async next() {
        const batch = unsaid ?? (await (pending ?? events.nextBatch()));
        if (unsaid === undefined) pending = undefined;
        unsaid = undefined;
        if (batch?.some(isCancelled) === true) throw new Cancelled('The generation was cancelled.');
        return batch === undefined ? undefined : write(batch);
      },
      return: () => void events.return(),
    },
  };
}

function isCancelled(event: GenerationEvent): boolean {
  if (event.type === 'finished') return event.completion.finishReason === 'cancelled';
  return event.type === 'failed' && event.error instanceof Cancelled;
}
