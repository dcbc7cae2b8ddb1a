import type { GenerationEvent } from './event-log.ts';

/** Neighbouring events of one generation in little room. */
export interface PackedEvents {
  /** The number of the first one. */
  readonly first: number;
  readonly entries: readonly (Run | GenerationEvent)[];
}

/** What deltas have in common that differ in their text alone: their type, or the index of the tool call that they continue. */
type RunKind = 'text' | 'reasoning' | 'refusal' | number;

/** Neighbouring deltas of one kind: their texts as one, and where each of them ends in it. */
interface Run {
  readonly kind: RunKind;
  readonly first: number;
  readonly text: string;
  readonly ends: readonly number[];
}

/** Packs events that follow each other. `unpack` gives back exactly the same ones. */
export function pack(events: readonly GenerationEvent[]): PackedEvents {
  const entries: (Run | GenerationEvent)[] = [];
  for (let start = 0; start < events.length; ) {
    const event = events[start];
    if (event === undefined) break;
    const kind = kindOf(event);
    let end = start + 1;
    if (kind === undefined) {
      entries.push(event);
    } else {
      for (let next = events[end]; next !== undefined && kindOf(next) === kind; next = events[end]) end += 1;
      entries.push(runOf(kind, event.sequence, events.slice(start, end)));
    }
    start = end;
  }
  return { first: events[0]?.sequence ?? 0, entries };
}

export function unpack({ entries }: PackedEvents, generationId: string): GenerationEvent[] {
  const events: GenerationEvent[] = [];
  for (const entry of entries) {
    if (!('ends' in entry)) {
      events.push(entry);
      continue;
    }
    let start = 0;
    let sequence = entry.first;
    for (const end of entry.ends) {
      events.push(eventOf(entry.kind, entry.text.slice(start, end), generationId, sequence++));
      start = end;
    }
  }
  return events;
}

function kindOf(event: GenerationEvent): RunKind | undefined {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return event.type;
    case 'toolCall':
      return event.id === undefined && event.name === undefined ? event.index : undefined;
    default:
      return undefined;
  }
}

function runOf(kind: RunKind, first: number, events: readonly GenerationEvent[]): Run {
  const ends: number[] = [];
  // Joined, not added up: a text that is added up piece by piece keeps all its pieces.
  const texts = events.map(textOf);
  let end = 0;
  for (const text of texts) {
    end += text.length;
    ends.push(end);
  }
  return { kind, first, text: texts.join(''), ends };
}

function textOf(event: GenerationEvent): string {
  if ('text' in event) return event.text;
  return event.type === 'toolCall' ? event.arguments : '';
}

function eventOf(kind: RunKind, text: string, generationId: string, sequence: number): GenerationEvent {
  return typeof kind === 'number'
    ? { type: 'toolCall', index: kind, arguments: text, generationId, sequence }
    : { type: kind, text, generationId, sequence };
}
