import type { Endpoint } from '../../catalog.ts';
import type { Clock } from '../../clock.ts';
import type { StreamEvent } from '../../completion.ts';
import { type AnswerBlock, createBlockReader, isBlockEvent } from '../answer-blocks.ts';
import { failureOf, refusal } from '../failure.ts';
import type { WriteEvents } from '../generation-frames.ts';
import { noRoutingMetadata, type RoutingMetadata } from '../routing-metadata.ts';
import { annotationOf, createItems, type ItemStatus, type OutputItem, partOf } from './output.ts';
import type { ResponsesBody } from './request-body.ts';
import { failedResponse, finishedResponse, formOf, openResponse, outcomeOf, usageOf } from './response.ts';

interface WriterOptions {
  readonly generationId: string;
  readonly body: ResponsesBody;
  /** What stands for the model where the answer fails before it is known which one answers. */
  readonly requestedModel: string;
  readonly clock: Clock;
  /** For the last event. */
  readonly routing?: RoutingMetadata;
}

/** Makes what writes the events of one generation as the server-sent events of the Responses API, numbered from 0. */
export function createResponseWriter(options: WriterOptions): WriteEvents {
  const { generationId, body, requestedModel, clock, routing = noRoutingMetadata } = options;
  const form = formOf(body);
  const itemOf = createItems(generationId, form);
  const createdAt = secondsOf(clock);
  const items: OutputItem[] = [];
  let frames = '';
  let sequence = 0;
  let endpoint: Endpoint | undefined;
  let open: ReturnType<typeof openResponse> | undefined;
  /** Of the item that the answer ends in. */
  let lastStatus: ItemStatus = 'completed';
  let id = '';

  const say = (type: string, fields: object) => {
    frames += `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
    sequence += 1;
  };
  const begun = (model: string) => {
    if (open !== undefined) return open;
    open = openResponse({ id: generationId, model, createdAt }, body);
    say('response.created', { response: open });
    say('response.in_progress', { response: open });
    return open;
  };

  const sayPiece = (block: AnswerBlock, place: object, delta: string) => {
    switch (block.type) {
      case 'reasoning':
        if (form === 'summary')
          return say('response.reasoning_summary_text.delta', { ...place, summary_index: 0, delta });
        return say('response.reasoning_text.delta', { ...place, content_index: 0, delta });
      case 'text':
        return say('response.output_text.delta', { ...place, content_index: 0, delta, logprobs: [] });
      case 'refusal':
        return say('response.refusal.delta', { ...place, content_index: 0, delta });
      case 'toolCall':
        return say('response.function_call_arguments.delta', { ...place, delta });
    }
  };

  const sayEnd = (block: AnswerBlock, place: object) => {
    switch (block.type) {
      case 'reasoning': {
        const { text } = block;
        if (text === '') return;
        if (form === 'summary') {
          say('response.reasoning_summary_text.done', { ...place, summary_index: 0, text });
          return say('response.reasoning_summary_part.done', { ...place, ...thought(form, text) });
        }
        say('response.reasoning_text.done', { ...place, content_index: 0, text });
        return say('response.content_part.done', { ...place, ...thought(form, text) });
      }
      case 'text':
        say('response.output_text.done', { ...place, content_index: 0, text: block.text, logprobs: [] });
        return say('response.content_part.done', { ...place, content_index: 0, part: partOf(block) });
      case 'refusal':
        say('response.refusal.done', { ...place, content_index: 0, refusal: block.text });
        return say('response.content_part.done', { ...place, content_index: 0, part: partOf(block) });
      case 'toolCall': {
        const { name, arguments: text } = block.call;
        return say('response.function_call_arguments.done', { ...place, name, arguments: text === '' ? '{}' : text });
      }
    }
  };

  const blocks = createBlockReader({
    begin: (block, output_index) => {
      const item = itemOf(block, output_index, 'in_progress');
      id = item.id;
      say('response.output_item.added', { output_index, item });
      const place = { item_id: id, output_index };
      if (block.type === 'text' || block.type === 'refusal') {
        say('response.content_part.added', { ...place, content_index: 0, part: partOf(block) });
      }
    },
    grow: (block, output_index, piece) => {
      const place = { item_id: id, output_index };
      if (block.type === 'reasoning' && block.text === piece) {
        if (form === 'summary') say('response.reasoning_summary_part.added', { ...place, ...thought(form, '') });
        else say('response.content_part.added', { ...place, ...thought(form, '') });
      }
      sayPiece(block, place, piece);
    },
    cite: (annotations, output_index, first) => {
      for (const [index, annotation] of annotations.entries()) {
        const at = { item_id: id, output_index, content_index: 0, annotation_index: first + index };
        say('response.output_text.annotation.added', { ...at, annotation: annotationOf(annotation) });
      }
    },
    end: (block, output_index) => {
      sayEnd(block, { item_id: id, output_index });
      const item = itemOf(block, output_index, lastStatus, id);
      items.push(item);
      say('response.output_item.done', { output_index, item });
    },
  });

  const read = (event: StreamEvent) => {
    if (isBlockEvent(event)) return blocks.read(event);
    switch (event.type) {
      case 'started':
        endpoint = event.endpoint;
        return void begun(event.model.slug);
      case 'finished': {
        const { completion } = event;
        const response = begun(completion.model.slug);
        const { status, itemStatus } = outcomeOf(completion);
        lastStatus = itemStatus;
        blocks.finish();
        const whole = finishedResponse(response, completion, items, secondsOf(clock));
        return say(`response.${status}`, { response: { ...whole, ...routing.ofCompletion(completion) } });
      }
      case 'failed': {
        const { error, usage, cost } = event;
        const response = begun(requestedModel);
        lastStatus = 'incomplete';
        blocks.finish();
        const failure = failureOf(error) ?? refusal(500, error.message);
        const spent = usage && cost !== undefined && endpoint ? usageOf(usage, cost, endpoint) : null;
        const broken = failedResponse(response, failure, items, spent);
        return say('response.failed', { response: { ...broken, ...routing.ofFailure(error) } });
      }
    }
  };

  return (events) => {
    frames = '';
    for (const event of events) read(event);
    return frames;
  };
}

function thought(form: 'summary' | 'text', text: string): object {
  if (form === 'summary') return { summary_index: 0, part: { type: 'summary_text', text } };
  return { content_index: 0, part: { type: 'reasoning_text', text } };
}

function secondsOf(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}
