import { ProviderError } from '../errors.ts';

/** 16 MiB: an image in base64 fits into one event, a flood without line ends does not. */
export const defaultMaxLineBytes = 16 * 1024 * 1024;

/** Bytes in, whole lines out. Line ends are CRLF, LF and CR; they and a byte order mark are left out of the lines. */
export interface LineSplitter {
  /** The lines that end in this piece. Throws ProviderError `malformed_response` if the unfinished line grows beyond the limit. */
  readonly push: (piece: Uint8Array) => readonly string[];
  /** What is left after the last line end. */
  readonly end: () => string;
}

/**
 * Makes a splitter for one UTF-8 body. Each byte is looked at once, however many pieces a line comes in. The limit counts UTF-16
 * units, of which there are never more than bytes.
 */
export function createLineSplitter(maxLineBytes: number): LineSplitter {
  const decoder = new TextDecoder();
  let unfinished: string[] = [];
  let unfinishedLength = 0;
  let endedInCarriageReturn = false;

  const split = (text: string): string[] => {
    const lines: string[] = [];
    const onlyLineFeeds = !text.includes('\r');
    let start = endedInCarriageReturn && text.startsWith('\n') ? 1 : 0;
    endedInCarriageReturn = text.endsWith('\r');
    while (start < text.length) {
      const end = onlyLineFeeds ? text.indexOf('\n', start) : nextLineEnd(text, start);
      if (end === -1) break;
      lines.push(finish(text.slice(start, end)));
      start = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
    }
    if (start < text.length) keep(start === 0 ? text : text.slice(start));
    return lines;
  };
  const finish = (tail: string): string => {
    if (unfinishedLength === 0) return tail;
    unfinished.push(tail);
    const line = unfinished.join('');
    unfinished = [];
    unfinishedLength = 0;
    return line;
  };
  const keep = (text: string) => {
    unfinished.push(text);
    unfinishedLength += text.length;
    if (unfinishedLength > maxLineBytes) {
      throw new ProviderError('malformed_response', `the answer has a line of more than ${maxLineBytes} bytes`);
    }
  };

  return {
    push: (piece) => {
      const text = decoder.decode(piece, { stream: true });
      return text === '' ? [] : split(text);
    },
    end: () => finish(decoder.decode()),
  };
}

function nextLineEnd(text: string, start: number): number {
  const feed = text.indexOf('\n', start);
  // Only as far as the next line feed: CRLF bodies would otherwise be searched to their end for each line.
  const stop = feed === -1 ? text.length : feed;
  const carriageReturn = text.slice(start, stop).indexOf('\r');
  return carriageReturn === -1 ? feed : start + carriageReturn;
}
