import type { StreamEvent } from '../../completion.ts';
import { createBlockReader, isBlockEvent } from '../answer-blocks.ts';
import { failureOf, refusal } from '../failure.ts';
import type { WriteEvents } from '../generation-frames.ts';
import { noRoutingMetadata, type RoutingMetadata } from '../routing-metadata.ts';
import { citation, contentBlock, emptyMessage, stopOf, usageOf } from './blocks.ts';
import { messagesError } from './errors.ts';

/** Makes what writes the events of one generation as server-sent events of the Messages API. */
export function createMessageWriter(generationId: string, routing: RoutingMetadata = noRoutingMetadata): WriteEvents {
  let frames = '';
  const say = (type: string, fields: object) => {
    frames += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  };
  const blocks = createBlockReader({
    begin: (block, index) => {
      const whole = contentBlock(block);
      // The signature comes with the end, when it is known.
      if (whole.type === 'thinking') say('content_block_start', { index, content_block: { ...whole, signature: '' } });
      else if (whole.type === 'text') say('content_block_start', { index, content_block: { ...whole, text: '' } });
      else say('content_block_start', { index, content_block: whole });
      if (whole.type === 'text' && whole.text !== '') {
        say('content_block_delta', { index, delta: { type: 'text_delta', text: whole.text } });
      }
    },
    grow: (block, index, piece) => say('content_block_delta', { index, delta: deltaOf(block.type, piece) }),
    cite: (annotations, index) => {
      for (const annotation of annotations) {
        say('content_block_delta', { index, delta: { type: 'citations_delta', citation: citation(annotation) } });
      }
    },
    end: (block, index) => {
      const whole = contentBlock(block);
      if (whole.type === 'thinking' && whole.signature !== '') {
        say('content_block_delta', { index, delta: { type: 'signature_delta', signature: whole.signature } });
      }
      say('content_block_stop', { index });
    },
  });

  const read = (event: StreamEvent) => {
    if (isBlockEvent(event)) return blocks.read(event);
    switch (event.type) {
      case 'started':
        return say('message_start', { message: emptyMessage(generationId, event.model.slug) });
      case 'finished': {
        const { completion } = event;
        blocks.finish();
        const delta = { ...stopOf(completion), container: null };
        say('message_delta', { delta, usage: usageOf(completion.usage, completion.cost) });
        return say('message_stop', routing.ofCompletion(completion));
      }
      case 'failed': {
        const failure = failureOf(event.error) ?? refusal(500, event.error.message);
        const body = { ...messagesError(failure), ...routing.ofFailure(event.error) };
        frames += `event: error\ndata: ${JSON.stringify(body)}\n\n`;
        return undefined;
      }
    }
  };

  return (events) => {
    frames = '';
    for (const event of events) read(event);
    return frames;
  };
}

function deltaOf(type: string, piece: string) {
  if (type === 'reasoning') return { type: 'thinking_delta', thinking: piece };
  if (type === 'toolCall') return { type: 'input_json_delta', partial_json: piece };
  return { type: 'text_delta', text: piece };
}
