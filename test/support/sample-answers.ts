import fc from 'fast-check';
import type { Annotation, Answer, ReasoningDetail, StreamPart, ToolCall } from '../../src/chat.ts';
import type { Completion, StreamEvent } from '../../src/completion.ts';
import type { GenerationEvent } from '../../src/streams/event-log.ts';
import { createSmallCatalog } from './small-catalog.ts';

const catalog = createSmallCatalog();
const model = catalog.models.find(({ slug }) => slug === 'acme/large');
const endpoint = catalog.endpoints.find(({ id }) => id === 'acme/large@quarry');
const provider = catalog.provider('quarry');
if (model === undefined || endpoint === undefined || provider === undefined) throw new Error('the catalog has changed');

export const served = { model, endpoint, provider };

export const sampleUsage = {
  promptTokens: 120,
  completionTokens: 40,
  totalTokens: 160,
  cachedTokens: 70,
  cacheWriteTokens: 20,
  reasoningTokens: 8,
  source: 'provider',
} as const;

/** A completion that says nothing but what it is told. */
export function completionOf(said: Partial<Completion> = {}): Completion {
  return {
    ...served,
    generationId: 'gen-7',
    content: '',
    toolCalls: [],
    annotations: [],
    images: [],
    finishReason: 'stop',
    usage: sampleUsage,
    cost: '0.000525',
    attempts: [],
    createdAt: 1_790_000_000_000,
    ...said,
  };
}

/** The events of a stream that brings these parts and ends in this completion. */
export function streamOf(
  parts: readonly Exclude<StreamPart, { type: 'finish' | 'usage' | 'logprobs' }>[],
  completion: Completion,
) {
  const events: StreamEvent[] = [
    { type: 'accepted' },
    { type: 'started', ...served, attempts: [] },
    ...parts,
    { type: 'finished', completion },
  ];
  return numbered(events);
}

/** Events as readers of a generation get them. */
export function numbered(events: readonly StreamEvent[]): readonly GenerationEvent[] {
  return events.flatMap((event, sequence) =>
    event.type === 'logprobs' ? [] : [{ ...event, generationId: 'gen-7', sequence }],
  );
}

/** The data of server-sent events, in order; each event must be named for the type in its data. */
export function dataOf(frames: string): readonly Record<string, unknown>[] {
  return frames
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => {
      const [event = '', data = ''] = frame.split('\n');
      const parsed = JSON.parse(data.replace(/^data: /, ''));
      if (event !== `event: ${parsed.type}`) throw new Error(`${event} is not the event of ${data}`);
      return parsed;
    });
}

/** As the readable stream of JSON lines that the SDKs hand between runtimes. */
export function jsonLines(events: readonly object[]): ReadableStream {
  return new Blob(events.map((event) => `${JSON.stringify(event)}\n`)).stream();
}

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const token = fc.stringMatching(/^[\w+/=]{1,20}$/);
const formats = ['anthropic-claude-v1', 'openai-responses-v1', 'google-gemini-v1', 'unknown'] as const;

const detail = fc.oneof(
  fc.record({ type: fc.constant('reasoning.text' as const), text: words, signature: token }),
  fc.record({ type: fc.constant('reasoning.summary' as const), summary: words }),
  fc.record({ type: fc.constant('reasoning.encrypted' as const), data: token }),
);

/** Reasoning details of any kind, as a provider gives them: numbered, each a block of its own. */
const anyDetails: fc.Arbitrary<readonly ReasoningDetail[]> = fc
  .array(fc.tuple(detail, fc.constantFrom(...formats), fc.option(token, { nil: undefined })), { maxLength: 4 })
  .map((details) =>
    details.map(([fields, format, id], index) => ({
      ...fields,
      format,
      index,
      ...(id !== undefined && { id: `${id}${index}` }),
    })),
  );

const toolCall: fc.Arbitrary<Omit<ToolCall, 'id'>> = fc.record({
  name: fc.stringMatching(/^[\w-]{1,10}$/),
  arguments: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(fc.integer(), words), { noNullPrototype: true })
    .map((json) => JSON.stringify(json)),
});

const annotation: fc.Arbitrary<Annotation> = fc.record({
  type: fc.constant('url_citation' as const),
  url: fc.constantFrom('https://one.example/', 'https://two.example/a?b=c'),
  title: words,
  content: words,
  startIndex: fc.nat(100),
  endIndex: fc.nat(100),
});

/** What an answer may say, in the order in which providers say it. */
export const anyAnswer: fc.Arbitrary<Pick<Answer, 'content' | 'toolCalls' | 'annotations'> & Partial<Answer>> = fc
  .record({
    reasoning: fc.option(words, { nil: undefined }),
    details: anyDetails,
    content: fc.oneof(fc.constant(''), words),
    annotations: fc.array(annotation, { maxLength: 2 }),
    toolCalls: fc.array(toolCall, { maxLength: 3 }),
  })
  .map(({ reasoning, details, content, annotations, toolCalls }) => {
    const told = details.map(({ text, summary }) => text ?? summary ?? '').join('');
    const thought = told === '' ? reasoning : told;
    return {
      content,
      annotations: content === '' ? [] : annotations,
      toolCalls: toolCalls.map((call, index) => ({ id: `call_${index}`, ...call })),
      finishReason: toolCalls.length > 0 ? ('tool_calls' as const) : ('stop' as const),
      ...(thought !== undefined && { reasoning: thought }),
      ...(details.length > 0 && { reasoningDetails: details }),
    };
  });

type Piece = Parameters<typeof streamOf>[0][number];

/** The parts of a stream that brings an answer, its texts in pieces of `size`. */
export function partsOf(answer: Partial<Answer>, size: number): readonly Piece[] {
  const { reasoning, reasoningDetails = [], content = '', annotations = [], toolCalls = [] } = answer;
  const told = reasoningDetails.some(({ text, summary }) => (text ?? summary ?? '') !== '');
  const parts: Piece[] = [];
  if (!told) parts.push(...cut(reasoning ?? '', size).map((text) => ({ type: 'reasoning', text }) as const));
  for (const one of reasoningDetails) {
    for (const text of cut(one.text ?? one.summary ?? '', size)) parts.push({ type: 'reasoning', text });
    parts.push({ type: 'reasoningDetails', details: [one] });
  }
  parts.push(...cut(content, size).map((text) => ({ type: 'text', text }) as const));
  if (annotations.length > 0) parts.push({ type: 'annotations', annotations });
  for (const [index, { id, name, arguments: text }] of toolCalls.entries()) {
    const [first = '', ...rest] = cut(text, size);
    parts.push({ type: 'toolCall', index, id, name, arguments: first });
    parts.push(...rest.map((piece) => ({ type: 'toolCall', index, arguments: piece }) as const));
  }
  return parts;
}

function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}
