import { ProviderError } from '../errors.ts';
import { createLineSplitter, defaultMaxLineBytes } from './lines.ts';

export interface JsonLinesOptions {
  /** The longest line. 16 MiB by default. */
  readonly maxLineBytes?: number;
}

/**
 * Reads newline-delimited JSON: one batch of values for each piece of the body that ended any; blank lines are left out. The last
 * line needs no line end. Throws ProviderError `truncated` if that one is no JSON, `malformed_response` if another is not or is
 * beyond the limit, and what `body` throws.
 */
export async function* parseJsonLines(
  body: AsyncIterable<Uint8Array>,
  options: JsonLinesOptions = {},
): AsyncGenerator<readonly unknown[]> {
  const splitter = createLineSplitter(options.maxLineBytes ?? defaultMaxLineBytes);

  for await (const piece of body) {
    const values: unknown[] = [];
    for (const line of splitter.push(piece)) {
      if (line.trim() !== '') values.push(parse(line, 'malformed_response', 'a line of the stream is not JSON'));
    }
    if (values.length > 0) yield values;
  }

  const rest = splitter.end();
  if (rest.trim() !== '') yield [parse(rest, 'truncated', 'the stream broke off inside a line')];
}

function parse(line: string, kind: 'malformed_response' | 'truncated', message: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Without the parser's error, which quotes what it read.
    throw new ProviderError(kind, message);
  }
}
