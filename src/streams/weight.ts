import type { DeliveredEvent } from './coalesce.ts';

/** What an event takes beside its texts, and what each value inside a JSON value takes. */
const baseBytes = 32;

/** The memory that an event takes, in bytes: an estimate from above for texts. What belongs to the catalog is not counted. */
export function weightOf(event: DeliveredEvent): number {
  switch (event.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return baseBytes + 2 * event.text.length;
    case 'toolCall':
      return baseBytes + 2 * (event.arguments.length + (event.id?.length ?? 0) + (event.name?.length ?? 0));
    case 'image':
      return baseBytes + 2 * event.image.url.length;
    case 'finished': {
      const { model: _m, provider: _p, endpoint: _e, attempts, vectors = [], ...answer } = event.completion;
      const numbers = vectors.reduce((sum, vector) => sum + vector.length, 0);
      return weigh(answer) + attempts.length * 8 * baseBytes + 8 * numbers;
    }
    case 'failed':
      return weigh(event.partial) + event.attempts.length * 8 * baseBytes;
    case 'reasoningDetails':
      return weigh(event.details);
    case 'annotations':
      return weigh(event.annotations);
    case 'accepted':
    case 'started':
      return 8 * baseBytes;
  }
}

/** Without recursion: how deep a provider's JSON is nested is up to the provider. */
function weigh(value: unknown): number {
  const open: unknown[] = [value];
  let bytes = 0;
  while (open.length > 0) {
    const next = open.pop();
    bytes += baseBytes;
    if (typeof next === 'string') bytes += 2 * next.length;
    else if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner);
  }
  return bytes;
}
