import type { Dialect } from '../../src/providers/create-provider.ts';

/** How an upstream of one dialect says things on the wire: just enough of it to answer, to fail and to break off. */
export interface DialectWire {
  readonly dialect: Exclude<Dialect, 'local'>;
  /** Of streams. */
  readonly contentType: string;
  /** What a stream opens with; none of it is content. */
  readonly opening: readonly string[];
  readonly content: (text: string) => string;
  /** What ends a stream well. Without the last frame that matters the answer is cut off. */
  readonly closing: readonly string[];
  /** What keeps a connection alive and means nothing. */
  readonly keepAlive: string;
  readonly whole: (text: string) => unknown;
  /** The body of an error. */
  readonly error: (message: string) => unknown;
  /** An error inside a stream. */
  readonly errorFrame: (message: string) => string;
  /** How many of the closing frames may be missing from a stream that ends in good form. */
  readonly optionalFrames: number;
}

const event = (value: unknown, type?: string) =>
  `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(value)}\n\n`;
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

const chunk = (delta: object, finish: string | null = null) =>
  event({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'model-1',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const openAIUsage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

export const openAIWire: DialectWire = {
  dialect: 'openai-compatible',
  contentType: 'text/event-stream',
  opening: [chunk({ role: 'assistant', content: '' })],
  content: (text) => chunk({ content: text }),
  closing: [
    chunk({}, 'stop'),
    event({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'model-1', choices: [], usage: openAIUsage }),
    'data: [DONE]\n\n',
  ],
  keepAlive: ': wait\n\n',
  whole: (text) => ({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'model-1',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: openAIUsage,
  }),
  error: (message) => ({ error: { message } }),
  errorFrame: (message) => event({ error: { message, type: 'server_error', code: 500 } }),
  optionalFrames: 2,
};

const anthropicUsage = { input_tokens: 3, output_tokens: 2 };
const typed = (type: string, fields: object = {}) => event({ type, ...fields }, type);

const anthropicWire: DialectWire = {
  dialect: 'anthropic',
  contentType: 'text/event-stream',
  opening: [
    typed('message_start', {
      message: { id: 'm1', type: 'message', role: 'assistant', content: [], usage: anthropicUsage },
    }),
    typed('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ],
  content: (text) => typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  closing: [
    typed('content_block_stop', { index: 0 }),
    typed('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
    typed('message_stop'),
  ],
  keepAlive: typed('ping'),
  whole: (text) => ({
    id: 'm1',
    type: 'message',
    role: 'assistant',
    model: 'model-1',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage: anthropicUsage,
  }),
  error: (message) => ({ type: 'error', error: { type: 'api_error', message } }),
  errorFrame: (message) => typed('error', { error: { type: 'api_error', message } }),
  optionalFrames: 0,
};

const candidate = (text: string, finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...(finishReason && { finishReason }) }],
  ...(finishReason && { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 } }),
});

const googleWire: DialectWire = {
  dialect: 'google',
  contentType: 'text/event-stream',
  opening: [event({ usageMetadata: { trafficType: 'ON_DEMAND' } })],
  content: (text) => event(candidate(text)),
  closing: [event(candidate('', 'STOP'))],
  keepAlive: ': wait\n\n',
  whole: (text) => candidate(text, 'STOP'),
  error: (message) => ({ error: { code: 500, status: 'INTERNAL', message } }),
  errorFrame: (message) => event({ error: { code: 500, status: 'INTERNAL', message } }),
  optionalFrames: 0,
};

const ollamaLine = (content: string, more: object = {}) => ({
  model: 'model-1',
  created_at: '2026-01-01T00:00:00Z',
  message: { role: 'assistant', content },
  done: false,
  ...more,
});
const ollamaEnd = { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 };

const ollamaWire: DialectWire = {
  dialect: 'ollama',
  contentType: 'application/x-ndjson',
  opening: [line(ollamaLine(''))],
  content: (text) => line(ollamaLine(text)),
  closing: [line(ollamaLine('', ollamaEnd))],
  keepAlive: '\n',
  whole: (text) => ollamaLine(text, ollamaEnd),
  error: (message) => ({ error: message }),
  errorFrame: (message) => line({ error: message }),
  optionalFrames: 0,
};

const cohereUsage = { tokens: { input_tokens: 3, output_tokens: 2 } };

const cohereWire: DialectWire = {
  dialect: 'cohere',
  contentType: 'text/event-stream',
  opening: [
    typed('message-start', { id: 'm1', delta: { message: { role: 'assistant' } } }),
    typed('content-start', { index: 0, delta: { message: { content: { type: 'text', text: '' } } } }),
  ],
  content: (text) => typed('content-delta', { index: 0, delta: { message: { content: { text } } } }),
  closing: [
    typed('content-end', { index: 0 }),
    typed('message-end', { delta: { finish_reason: 'COMPLETE', usage: cohereUsage } }),
  ],
  keepAlive: ': wait\n\n',
  whole: (text) => ({
    id: 'm1',
    message: { role: 'assistant', content: [{ type: 'text', text }] },
    finish_reason: 'COMPLETE',
    usage: cohereUsage,
  }),
  error: (message) => ({ message }),
  errorFrame: (message) => typed('message-end', { delta: { error: message, finish_reason: 'ERROR' } }),
  optionalFrames: 0,
};

/** Every dialect that is spoken over HTTP. */
export const dialectWires: readonly DialectWire[] = [openAIWire, anthropicWire, googleWire, ollamaWire, cohereWire];

/** A stream that says these texts and ends well. */
export function framesOf(wire: DialectWire, ...texts: readonly string[]): readonly string[] {
  return [...wire.opening, ...texts.map(wire.content), ...wire.closing];
}
