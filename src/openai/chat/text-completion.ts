import { z } from 'zod';
import type { Endpoint } from '../../catalog.ts';
import type { ChatRequest } from '../../chat.ts';
import type { Completion } from '../../completion.ts';
import type { GenerationEvent } from '../../streams/event-log.ts';
import { listedText, refuse } from '../check.ts';
import type { WriteEvents } from '../generation-frames.ts';
import type { Call } from '../route.ts';
import type { RoutingMetadata } from '../routing-metadata.ts';
import { finishOf } from './answer.ts';
import { midStreamError, spentBody } from './chunks.ts';
import { toCommonRequest } from './request.ts';
import { commonFields, ignored } from './request-body.ts';
import { usageBody } from './usage.ts';

/** The body of `POST /completions`, the older form: a text to answer instead of a conversation. */
export const textBody = z.object({
  prompt: z
    .union([z.string().min(1), z.array(listedText(1)).length(1, 'may hold one text: send a request for each.')])
    .describe('The text, which a model is given as the message of a user.'),
  ...commonFields,
  logprobs: ignored,
  echo: ignored,
  suffix: ignored,
  best_of: ignored,
});
export type TextBody = z.infer<typeof textBody>;

/** The request in the program's words. */
export function toTextRequest({ body, headers }: Pick<Call<TextBody, unknown>, 'body' | 'headers'>): ChatRequest {
  const { prompt, logprobs: _, ...common } = body;
  const content = typeof prompt === 'string' ? prompt : prompt[0];
  if (content === undefined) return refuse('prompt', 'is empty.');
  return { ...toCommonRequest(common, headers), messages: [{ role: 'user', content }] };
}

/** A whole answer as `text_completion`. */
export function textCompletionBody(completion: Completion) {
  const { generationId, createdAt, model, provider, usage, cost, endpoint, content, reasoning } = completion;
  return {
    id: generationId,
    object: 'text_completion',
    created: Math.floor(createdAt / 1_000),
    model: model.slug,
    provider: provider.name,
    choices: [
      {
        index: 0,
        text: content,
        ...(reasoning !== undefined && { reasoning }),
        logprobs: null,
        ...finishOf(completion),
      },
    ],
    usage: usageBody(usage, cost, endpoint),
  };
}

export interface TextChunksOptions {
  readonly generationId: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** What stands for the model until it is known which one answers. */
  readonly requestedModel: string;
  /** The name for people of the provider with that slug. */
  readonly providerName: (slug: string) => string;
  /** For the last chunk. */
  readonly routing: RoutingMetadata;
}

const nothingYet = { finish_reason: null, native_finish_reason: null };

/** Writes the text of a generation as the chunks of one stream. */
export function createTextChunks(options: TextChunksOptions): WriteEvents {
  const { generationId, created, requestedModel, providerName, routing } = options;
  let endpoint: Endpoint | undefined;
  let envelope: object = { id: generationId, object: 'text_completion', created, model: requestedModel };
  const chunk = (fields: object) => `data: ${JSON.stringify({ ...envelope, ...fields })}\n\n`;
  const choice = (fields: object, more: object = nothingYet) =>
    chunk({ choices: [{ index: 0, text: '', logprobs: null, ...fields, ...more }] });

  function one(event: GenerationEvent): string {
    switch (event.type) {
      case 'started':
        endpoint = event.endpoint;
        envelope = { ...envelope, model: event.model.slug, provider: providerName(endpoint.provider) };
        return '';
      case 'text':
        return choice({ text: event.text });
      case 'reasoning':
        return choice({ reasoning: event.text });
      case 'finished': {
        const { usage, cost, endpoint } = event.completion;
        const spent = { choices: [], usage: usageBody(usage, cost, endpoint) };
        const last = chunk({ ...spent, ...routing.ofCompletion(event.completion) });
        return `${choice({}, finishOf(event.completion))}${last}data: [DONE]\n\n`;
      }
      case 'failed': {
        const choices = [{ index: 0, text: '', logprobs: null, finish_reason: 'error', native_finish_reason: null }];
        const told = { ...spentBody(event, endpoint), ...routing.ofFailure(event.error) };
        return `${chunk({ error: midStreamError(event.error), choices, ...told })}data: [DONE]\n\n`;
      }
      default:
        return '';
    }
  }

  return (events) => events.map(one).join('');
}
