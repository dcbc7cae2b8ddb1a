import type { Annotation, GeneratedImage, ReasoningDetail, ToolCall, ToolCallPart } from '../chat.ts';
import type { Completion, StreamEvent } from '../completion.ts';

/** A stretch of an answer that is all of one kind: what some dialects call a content block, and others an output item. */
export type AnswerBlock =
  | ReasoningBlock
  | { readonly type: 'text'; readonly text: string; readonly annotations: readonly Annotation[] }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'toolCall'; readonly call: ToolCall }
  | { readonly type: 'image'; readonly image: GeneratedImage };

export interface ReasoningBlock {
  readonly type: 'reasoning';
  readonly text: string;
  /** What must be replayed of it; they have the text once more. None where the provider asks for no replay. */
  readonly details: readonly ReasoningDetail[];
}

/** Hears of an answer block by block: each begins, grows and ends before the next one begins. */
export interface BlockListener {
  readonly begin: (block: AnswerBlock, place: number) => void;
  /** A piece was added to the block's text, or to the arguments of its call. */
  readonly grow: (block: AnswerBlock, place: number, piece: string) => void;
  /** Sources were added to a text; `first` is the place of the first one among those of the text. */
  readonly cite: (annotations: readonly Annotation[], place: number, first: number) => void;
  readonly end: (block: AnswerBlock, place: number) => void;
}

/** Cuts the events of one answer into blocks. */
export interface BlockReader {
  readonly read: (event: BlockEvent) => void;
  /** Ends the block that is still open, and tells what was held back. Call once, after the last event. */
  readonly finish: () => void;
}

/** The events of a stream that hold a piece of the answer. */
type BlockEvent = Extract<
  StreamEvent,
  { readonly type: 'text' | 'reasoning' | 'reasoningDetails' | 'refusal' | 'toolCall' | 'annotations' | 'image' }
>;

/** Whether a stream's event holds a piece of the answer. */
export function isBlockEvent(event: StreamEvent): event is BlockEvent {
  return pieceKinds.has(event.type);
}

const pieceKinds: ReadonlySet<string> = new Set<BlockEvent['type']>([
  'text',
  'reasoning',
  'reasoningDetails',
  'refusal',
  'toolCall',
  'annotations',
  'image',
]);

/** The blocks of a whole answer, in the order in which a stream would have brought them. */
export function blocksOf(completion: Completion): readonly AnswerBlock[] {
  const blocks: AnswerBlock[] = [];
  const reader = createBlockReader({
    begin: () => {},
    grow: () => {},
    cite: () => {},
    end: (block) => blocks.push(block),
  });
  for (const event of eventsOf(completion)) reader.read(event);
  reader.finish();
  return blocks;
}

function* eventsOf(completion: Completion): Generator<BlockEvent> {
  const { content, reasoning, reasoningDetails = [], refusal, annotations, toolCalls, images } = completion;
  const told = reasoningDetails.some((detail) => (detail.text ?? detail.summary ?? '') !== '');
  if (reasoning !== undefined && !told) yield { type: 'reasoning', text: reasoning };
  for (const detail of reasoningDetails) {
    const text = detail.text ?? detail.summary ?? '';
    if (text !== '') yield { type: 'reasoning', text };
    yield { type: 'reasoningDetails', details: [detail] };
  }
  if (content !== '') yield { type: 'text', text: content };
  if (annotations.length > 0) yield { type: 'annotations', annotations };
  if (refusal !== undefined) yield { type: 'refusal', text: refusal };
  for (const [index, call] of toolCalls.entries()) yield { type: 'toolCall', index, ...call };
  for (const image of images) yield { type: 'image', image };
}

/** Makes a reader of one answer. */
export function createBlockReader(listener: BlockListener): BlockReader {
  let open: AnswerBlock | undefined;
  let openCall = -1;
  let place = -1;
  /** What came for others while a call had begun and was not whole: some upstreams write several calls at once. */
  let held: BlockEvent[] = [];

  const begin = (block: AnswerBlock) => {
    end();
    open = block;
    place += 1;
    listener.begin(block, place);
  };
  const end = () => {
    if (open !== undefined) listener.end(open, place);
    open = undefined;
    openCall = -1;
  };
  const grow = (block: AnswerBlock, piece: string) => {
    open = block;
    if (piece !== '') listener.grow(block, place, piece);
  };

  const readText = (type: 'text' | 'refusal', text: string) => {
    if (open?.type !== type) begin(type === 'text' ? { type, text: '', annotations: [] } : { type, text: '' });
    if (open?.type === type) grow({ ...open, text: open.text + text }, text);
  };
  const readReasoning = (text: string) => {
    if (open?.type !== 'reasoning' || isSealed(open)) begin({ type: 'reasoning', text: '', details: [] });
    if (open?.type === 'reasoning') grow({ ...open, text: open.text + text }, text);
  };
  const readDetail = (detail: ReasoningDetail) => {
    if (open?.type === 'reasoning' && belongs(detail, open)) open = { ...open, details: joined(open.details, detail) };
    else begin({ type: 'reasoning', text: '', details: [detail] });
  };
  const readAnnotations = (annotations: readonly Annotation[]) => {
    if (open?.type !== 'text') begin({ type: 'text', text: '', annotations: [] });
    if (open?.type !== 'text') return;
    const first = open.annotations.length;
    open = { ...open, annotations: [...open.annotations, ...annotations] };
    listener.cite(annotations, place, first);
  };
  const readCall = ({ index, id = '', name = '', arguments: piece }: ToolCallPart) => {
    if (openCall !== index) begin({ type: 'toolCall', call: { id, name, arguments: '' } });
    openCall = index;
    if (open?.type === 'toolCall')
      grow({ ...open, call: { ...open.call, arguments: open.call.arguments + piece } }, piece);
  };
  const take = (event: BlockEvent) => {
    switch (event.type) {
      case 'text':
      case 'refusal':
        return readText(event.type, event.text);
      case 'reasoning':
        return readReasoning(event.text);
      case 'reasoningDetails':
        return event.details.forEach(readDetail);
      case 'annotations':
        return readAnnotations(event.annotations);
      case 'toolCall':
        return readCall(event);
      case 'image':
        return begin({ type: 'image', image: event.image });
    }
  };
  const isHeldUp = () => open?.type === 'toolCall' && !isWhole(open.call.arguments);
  const waits = (event: BlockEvent) => !(event.type === 'toolCall' && event.index === openCall) && isHeldUp();
  const hear = (event: BlockEvent) => {
    if (waits(event)) held.push(event);
    else take(event);
  };
  const release = () => {
    const events = held;
    held = [];
    for (const event of events) hear(event);
  };

  return {
    read: (event) => {
      hear(event);
      while (held.length > 0 && !isHeldUp()) release();
    },
    finish: () => {
      while (held.length > 0) {
        end();
        release();
      }
      end();
    },
  };
}

/** Whether nothing can be added to the text any more without making its signature wrong. */
function isSealed({ details }: ReasoningBlock): boolean {
  const last = details.at(-1);
  return last?.signature !== undefined || last?.type === 'reasoning.encrypted';
}

function belongs(detail: ReasoningDetail, block: ReasoningBlock): boolean {
  const last = block.details.at(-1);
  if (last === undefined) return true;
  const sameId = last.id === undefined || detail.id === undefined || last.id === detail.id;
  return sameId && last.index === detail.index && last.format === detail.format && !isSealed(block);
}

/** Pieces of one detail become that detail again. */
function joined(details: readonly ReasoningDetail[], piece: ReasoningDetail): readonly ReasoningDetail[] {
  const last = details.at(-1);
  if (last === undefined || last.type !== piece.type) return [...details, piece];
  return [
    ...details.slice(0, -1),
    {
      ...last,
      ...piece,
      ...(last.text === undefined ? {} : { text: last.text + (piece.text ?? '') }),
      ...(last.summary === undefined ? {} : { summary: last.summary + (piece.summary ?? '') }),
    },
  ];
}

function isWhole(json: string): boolean {
  if (!json.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
