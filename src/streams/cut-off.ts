import type { StreamEvent } from '../completion.ts';
import { Cancelled, type CompletionError } from '../errors.ts';

type Failed = Extract<StreamEvent, { type: 'failed' }>;

/**
 * The last event of a source that was stopped because its key is no longer good, as its readers are told it: the failure that the
 * stop was for, with what was delivered, used and charged. What ended by itself in that moment is told as it is.
 */
export function cutOff(event: StreamEvent, error: CompletionError): StreamEvent {
  if (event.type === 'failed') return event.error instanceof Cancelled ? { ...event, error } : event;
  if (event.type !== 'finished' || event.completion.finishReason !== 'cancelled') return event;
  const { content, reasoning, toolCalls, attempts, usage, cost } = event.completion;
  const partial: Failed['partial'] = { content, ...(reasoning !== undefined && { reasoning }), toolCalls };
  return { type: 'failed', error, partial, attempts, usage, cost };
}
