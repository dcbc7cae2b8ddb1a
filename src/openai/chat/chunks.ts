import type { Endpoint } from '../../catalog.ts';
import type { Completion } from '../../completion.ts';
import type { CompletionError } from '../../errors.ts';
import type { GenerationEvent } from '../../streams/event-log.ts';
import { failureOf } from '../failure.ts';
import { noRoutingMetadata, type RoutingMetadata } from '../routing-metadata.ts';
import { annotationBody, finishOf, imageBody, logprobsBody } from './answer.ts';
import { createReasoningDeltas } from './reasoning-deltas.ts';
import { usageBody } from './usage.ts';

/** Writes the events of one generation as the chunks of one stream. */
export interface Chunks {
  /** The text of the events that these events are; the last events end with `data: [DONE]`. */
  readonly write: (events: readonly GenerationEvent[]) => string;
}

export interface ChunksOptions {
  readonly generationId: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** What stands for the model until it is known which one answers. */
  readonly requestedModel: string;
  /** The name for people of the provider with that slug. */
  readonly providerName: (slug: string) => string;
  /** For the last chunk. */
  readonly routing?: RoutingMetadata;
}

const done = 'data: [DONE]\n\n';

export function createChunks(options: ChunksOptions): Chunks {
  const { generationId, created, requestedModel, providerName, routing = noRoutingMetadata } = options;
  const reasoning = createReasoningDeltas();
  let endpoint: Endpoint | undefined;
  let envelope: object = { id: generationId, object: 'chat.completion.chunk', created, model: requestedModel };

  const chunk = (fields: object) => `data: ${JSON.stringify({ ...envelope, ...fields })}\n\n`;
  const delta = (fields: object, more: object = { finish_reason: null, native_finish_reason: null, logprobs: null }) =>
    chunk({ choices: [{ index: 0, delta: fields, ...more }] });

  function one(event: GenerationEvent, following: GenerationEvent | undefined): string {
    switch (event.type) {
      case 'accepted':
        return '';
      case 'started':
        endpoint = event.endpoint;
        envelope = { ...envelope, model: event.model.slug, provider: providerName(endpoint.provider) };
        return delta({ role: 'assistant', content: '' });
      case 'text':
        return delta({ content: event.text });
      case 'reasoning':
        // Blocks that come right behind it say the same in their own words.
        return following?.type === 'reasoningDetails'
          ? delta({ reasoning: event.text })
          : delta({ reasoning: event.text, reasoning_details: reasoning.text(event.text) });
      case 'reasoningDetails':
        return delta({ reasoning_details: reasoning.details(event.details) });
      case 'refusal':
        return delta({ refusal: event.text });
      case 'toolCall': {
        const { index, id, name, arguments: text } = event;
        const named = { ...(id !== undefined && { id }), type: 'function' };
        return delta({
          tool_calls: [{ index, ...named, function: { ...(name !== undefined && { name }), arguments: text } }],
        });
      }
      case 'annotations':
        return delta({ annotations: event.annotations.map(annotationBody) });
      case 'image':
        return delta({ images: [imageBody(event.image)] });
      case 'finished':
        return finished(event.completion);
      case 'failed':
        return failed(event);
    }
  }

  function finished(completion: Completion): string {
    const { usage, cost, logprobs } = completion;
    const last = { ...finishOf(completion), logprobs: logprobsBody(logprobs) };
    const spent = { choices: [], usage: usageBody(usage, cost, completion.endpoint) };
    return delta({ content: '' }, last) + chunk({ ...spent, ...routing.ofCompletion(completion) }) + done;
  }

  function failed(event: Extract<GenerationEvent, { type: 'failed' }>): string {
    const choice = { index: 0, delta: { content: '' }, finish_reason: 'error', native_finish_reason: null };
    const fields = {
      error: midStreamError(event.error),
      choices: [choice],
      ...spentBody(event, endpoint),
      ...routing.ofFailure(event.error),
    };
    return chunk(fields) + done;
  }

  return { write: (events) => events.map((event, index) => one(event, events[index + 1])).join('') };
}

/** A failure as a chunk tells it, when its status has long been sent. */
export function midStreamError(error: CompletionError) {
  const failure = failureOf(error);
  const code = error.attempts.at(-1)?.failureKind;
  return {
    code: failure?.status ?? 500,
    message: error.message,
    metadata: { error_type: failure?.type ?? 'server', ...(code !== undefined && { provider_code: code }) },
  };
}

/** What was delivered of a stream that failed costs; nothing where nothing was. */
export function spentBody(
  { usage, cost }: Extract<GenerationEvent, { type: 'failed' }>,
  endpoint: Endpoint | undefined,
) {
  if (endpoint === undefined || usage === undefined || cost === undefined) return {};
  return { usage: usageBody(usage, cost, endpoint) };
}
