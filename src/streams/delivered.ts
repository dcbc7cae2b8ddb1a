import type { ToolCall } from '../chat.ts';
import type { Attempt, PartialAnswer } from '../completion.ts';
import type { EventLog, GenerationEvent } from './event-log.ts';

/** What a generation has delivered so far, as far as its log is kept, and the attempts that it has told of. */
export function deliveredBy(log: EventLog): { readonly partial: PartialAnswer; readonly attempts: readonly Attempt[] } {
  let attempts: readonly Attempt[] = [];
  let content = '';
  let reasoning: string | undefined;
  const toolCalls: ToolCall[] = [];
  for (const event of eventsOf(log)) {
    if (event.type === 'started') attempts = event.attempts;
    else if (event.type === 'text') content += event.text;
    else if (event.type === 'reasoning') reasoning = (reasoning ?? '') + event.text;
    else if (event.type === 'toolCall') {
      const { id = '', name = '', arguments: before = '' } = toolCalls[event.index] ?? {};
      toolCalls[event.index] = { id: event.id ?? id, name: event.name ?? name, arguments: before + event.arguments };
    }
  }
  // Without the gaps that calls have left whose events are no longer kept.
  const kept = toolCalls.filter((call) => call !== undefined);
  return { partial: { content, ...(reasoning !== undefined && { reasoning }), toolCalls: kept }, attempts };
}

function* eventsOf(log: EventLog): Generator<GenerationEvent, void, undefined> {
  let sequence = log.oldest();
  for (let batch = log.from(sequence); batch !== undefined && batch.length > 0; batch = log.from(sequence)) {
    yield* batch;
    sequence += batch.length;
  }
}
