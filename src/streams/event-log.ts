import type { DeliveredEvent } from './coalesce.ts';
import { type PackedEvents, pack, unpack } from './packed-events.ts';
import { weightOf } from './weight.ts';

/** An event of a generation with its place in it: 0, 1, 2 … without a gap, the same for every reader. */
export type GenerationEvent = DeliveredEvent & { readonly generationId: string; readonly sequence: number };

/** The events of one generation so far, to be read from any place, any number of times. */
export interface EventLog {
  /** Numbers the events, once and for all, and keeps them. */
  readonly append: (events: readonly DeliveredEvent[]) => void;
  /** Some events from that number on, the next ones without a gap; none where there are none yet; `undefined` where they are no longer kept. */
  readonly from: (sequence: number) => readonly GenerationEvent[] | undefined;
  /** The number of the oldest event that is kept. */
  readonly oldest: () => number;
  /** How much memory it takes, in bytes, estimated. */
  readonly bytes: () => number;
}

interface Block {
  readonly packed: PackedEvents;
  readonly bytes: number;
}

/** So many events are packed together. */
const blockLength = 64;

/**
 * Keeps at most about `maxBytes`: beyond that the oldest events are forgotten, but never the latest batch, and so never the last
 * event. All but the newest events are packed: a token costs some bytes more than its text, and comes out as it went in.
 */
export function createEventLog(generationId: string, maxBytes: number): EventLog {
  const blocks: Block[] = [];
  let tail: GenerationEvent[] = [];
  let tailBytes = 0;
  let blocksBytes = 0;
  let latest: readonly GenerationEvent[] = [];
  let count = 0;

  function seal(): void {
    blocks.push({ packed: pack(tail), bytes: tailBytes });
    blocksBytes += tailBytes;
    tail = [];
    tailBytes = 0;
    while (blocksBytes > maxBytes) blocksBytes -= blocks.shift()?.bytes ?? blocksBytes;
  }

  /** The last block that begins at that number or before. */
  function blockAt(sequence: number): Block | undefined {
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((blocks[middle]?.packed.first ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return blocks[low - 1];
  }

  return {
    append(events) {
      if (tail.length >= blockLength || (tail.length > 0 && blocksBytes + tailBytes > maxBytes)) seal();
      latest = events.map((event) => ({ ...event, generationId, sequence: count++ }));
      for (const event of latest) {
        tail.push(event);
        tailBytes += weightOf(event);
      }
    },
    from(sequence) {
      if (latest[0]?.sequence === sequence) return latest;
      const firstOfTail = tail[0]?.sequence ?? count;
      if (sequence >= firstOfTail) return tail.slice(sequence - firstOfTail);
      const block = blockAt(sequence);
      return block && unpack(block.packed, generationId).slice(sequence - block.packed.first);
    },
    oldest: () => blocks[0]?.packed.first ?? tail[0]?.sequence ?? count,
    bytes: () => blocksBytes + tailBytes,
  };
}
