import { ProviderError } from '../errors.ts';
import { createLineSplitter, defaultMaxLineBytes } from './lines.ts';

/** An event of a text/event-stream, by the HTML standard, section 9.2.6. */
export interface ServerSentEvent {
  /** The event's type; `message` where none was given. */
  readonly event: string;
  readonly data: string;
  /**
   * What the standard tells us to ignore, and what some servers fail in; absent where there was none. A field is found under its
   * name (`error: {…}`). Lines that have no field name, such as JSON without `data:`, are found under '', joined by line feeds.
   */
  readonly unknownFields?: Readonly<Record<string, string>>;
  /** The body ended before the blank line that ends an event. The data may be cut off. */
  readonly unterminated?: true;
}

export interface ServerSentEventOptions {
  /** The longest line, and the most data of one event. 16 MiB by default. */
  readonly maxEventBytes?: number;
}

/** Bytes in, events out. */
export interface EventParser {
  /** The events that end in this piece. Throws ProviderError `malformed_response` beyond the limit. */
  readonly push: (piece: Uint8Array) => readonly ServerSentEvent[];
  /** What is left after the last event, marked `unterminated`, if anything is. Call once, at the end of the body. */
  readonly end: () => readonly ServerSentEvent[];
}

/**
 * Makes a parser for one text/event-stream. It differs from the standard in two ways. An event without data is delivered if it has
 * unknown fields. What stands after the last blank line is delivered, marked `unterminated`, because real servers leave the last
 * blank line out; so a reader must take data that it cannot parse, in such an event, for a cut.
 */
export function createEventParser(options: ServerSentEventOptions = {}): EventParser {
  const maxEventBytes = options.maxEventBytes ?? defaultMaxLineBytes;
  const splitter = createLineSplitter(maxEventBytes);
  const builder = createEventBuilder(maxEventBytes);

  return {
    push: (piece) => {
      const events: ServerSentEvent[] = [];
      for (const line of splitter.push(piece)) {
        if (line !== '') builder.add(line);
        else {
          const event = builder.take();
          if (event !== undefined) events.push(event);
        }
      }
      return events;
    },
    end: () => {
      const rest = splitter.end();
      if (rest !== '') builder.add(rest);
      const last = builder.take();
      return last === undefined ? [] : [{ ...last, unterminated: true }];
    },
  };
}

/**
 * Reads a text/event-stream by such a parser: one batch of events for each piece of the body that ended any. Throws what the
 * parser and `body` throw.
 */
export async function* parseServerSentEvents(
  body: AsyncIterable<Uint8Array>,
  options: ServerSentEventOptions = {},
): AsyncGenerator<readonly ServerSentEvent[]> {
  const parser = createEventParser(options);
  for await (const piece of body) {
    const events = parser.push(piece);
    if (events.length > 0) yield events;
  }
  const rest = parser.end();
  if (rest.length > 0) yield rest;
}

/** The JSON in an event's data. Throws ProviderError: `truncated` where an unterminated event is no JSON, else `malformed_response`. */
export function eventJson(event: ServerSentEvent): unknown {
  try {
    return JSON.parse(event.data);
  } catch {
    // Without the parser's error, which quotes what it read.
    if (event.unterminated) throw new ProviderError('truncated', 'the stream broke off inside an event');
    throw new ProviderError('malformed_response', 'an event of the stream is not JSON');
  }
}

interface EventBuilder {
  readonly add: (line: string) => void;
  readonly take: () => ServerSentEvent | undefined;
}

function createEventBuilder(maxEventBytes: number): EventBuilder {
  let type = '';
  let data: string | undefined;
  let unknown: Record<string, string> | undefined;
  let length = 0;

  const addUnknown = (name: string, value: string) => {
    const fields: Record<string, string> = unknown ?? Object.create(null);
    const known = fields[name];
    fields[name] = known === undefined ? value : `${known}\n${value}`;
    unknown = fields;
  };
  const add = (line: string) => {
    length += line.length;
    if (length > maxEventBytes) {
      throw new ProviderError('malformed_response', `the answer has an event of more than ${maxEventBytes} bytes`);
    }
    if (line.startsWith('data:')) {
      const value = line.slice(line.charCodeAt(5) === space ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === space ? colon + 2 : colon + 1);
    if (name === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (name === 'event') type = value;
    else if (name === 'id' || name === 'retry') return;
    else if (colon !== -1 && /^[\w-]+$/.test(name)) addUnknown(name, value);
    else addUnknown('', line);
  };
  const take = (): ServerSentEvent | undefined => {
    const event =
      data === undefined && unknown === undefined
        ? undefined
        : {
            event: type === '' ? 'message' : type,
            data: data ?? '',
            ...(unknown === undefined ? {} : { unknownFields: unknown }),
          };
    type = '';
    data = undefined;
    unknown = undefined;
    length = 0;
    return event;
  };
  return { add, take };
}

const space = 32;
