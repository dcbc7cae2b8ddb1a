import type { ChatRequest } from '../chat.ts';
import type { Completion, RouteOptions, Router, StreamEvent } from '../completion.ts';
import { CompletionError } from '../errors.ts';

/** A completion that comes whole, as the events of a stream, so that whoever asked for a stream can read it too. */
export async function* wholeAnswer(
  router: Router,
  request: ChatRequest,
  options: RouteOptions,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  yield [{ type: 'accepted' }];
  let events: readonly StreamEvent[];
  try {
    events = eventsOf(await router.complete(request, options));
  } catch (error) {
    if (!(error instanceof CompletionError)) throw error;
    events = [{ type: 'failed', error, partial: { content: '', toolCalls: [] }, attempts: error.attempts }];
  }
  yield events;
}

function eventsOf(completion: Completion): StreamEvent[] {
  const { model, modelChoice, endpoint, attempts, content, reasoning, reasoningDetails, refusal } = completion;
  const choice = modelChoice === undefined ? {} : { modelChoice };
  const events: StreamEvent[] = [{ type: 'started', model, ...choice, endpoint, attempts }];
  if (reasoning !== undefined) events.push({ type: 'reasoning', text: reasoning });
  if (reasoningDetails !== undefined) events.push({ type: 'reasoningDetails', details: reasoningDetails });
  if (content !== '') events.push({ type: 'text', text: content });
  if (refusal !== undefined) events.push({ type: 'refusal', text: refusal });
  for (const [index, call] of completion.toolCalls.entries()) events.push({ type: 'toolCall', index, ...call });
  if (completion.annotations.length > 0) events.push({ type: 'annotations', annotations: completion.annotations });
  for (const image of completion.images) events.push({ type: 'image', image });
  return [...events, { type: 'finished', completion }];
}
