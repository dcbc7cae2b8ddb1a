import type { StreamEvent } from '../completion.ts';

/** What a reader of a generation may see. Log probabilities come with the whole completion only. */
export type DeliveredEvent = Exclude<StreamEvent, { type: 'logprobs' }>;

/**
 * Merges neighbouring deltas of one kind that came together into one event, and leaves out what readers do not see. What one
 * read of the upstream brought waits for nobody, so merging delays nothing; it bounds what a burst costs.
 */
export function coalesce(events: readonly StreamEvent[]): DeliveredEvent[] {
  const merged: DeliveredEvent[] = [];
  for (const event of events) {
    if (event.type === 'logprobs') continue;
    const last = merged.at(-1);
    const joined = last === undefined ? undefined : join(last, event);
    if (joined === undefined) merged.push(event);
    else merged[merged.length - 1] = joined;
  }
  return merged;
}

function join(a: DeliveredEvent, b: DeliveredEvent): DeliveredEvent | undefined {
  if (a.type === 'text' && b.type === 'text') return { type: 'text', text: a.text + b.text };
  if (a.type === 'reasoning' && b.type === 'reasoning') return { type: 'reasoning', text: a.text + b.text };
  if (a.type === 'refusal' && b.type === 'refusal') return { type: 'refusal', text: a.text + b.text };
  // A piece that names its call begins one.
  if (
    a.type === 'toolCall' &&
    b.type === 'toolCall' &&
    a.index === b.index &&
    b.id === undefined &&
    b.name === undefined
  ) {
    return { ...a, arguments: a.arguments + b.arguments };
  }
  return undefined;
}
