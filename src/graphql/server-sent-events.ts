import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { type EventStreamSettings, type Frames, writeEventStream } from '../server/event-stream.ts';
import type { Payloads } from './payloads.ts';

const comment = ':\n\n';
const complete = 'event: complete\ndata:\n\n';

/**
 * Writes results as GraphQL over SSE's distinct connections mode has it: `next` for each, `complete` at the end. Ends the response,
 * without `complete` when the signal aborts.
 */
export async function writePayloads(
  payloads: Payloads,
  response: ServerResponse,
  settings: EventStreamSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const form = { ...settings, opening: comment, keepAlive: comment };
  await writeEventStream(framesOf(payloads, signal), response, form, clock, signal).finally(() => response.end());
}

function framesOf(payloads: Payloads, signal: AbortSignal): Frames {
  let over = false;
  return {
    async next() {
      if (over) return undefined;
      const texts = await payloads.next();
      over = texts === undefined;
      if (texts === undefined) return signal.aborted ? undefined : complete;
      let frames = '';
      for (const text of texts) frames += `event: next\ndata: ${text}\n\n`;
      return frames;
    },
    return: payloads.return,
  };
}
