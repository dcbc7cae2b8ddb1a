import { ProviderError } from '../errors.ts';
import { defaultMaxLineBytes } from './lines.ts';

/**
 * Reads the objects of a JSON list as they arrive, or a lone object: one batch for each piece of the body that ended any. Throws
 * ProviderError `truncated` if the body ends inside an object, `malformed_response` if one is no JSON or larger than 16 MiB, and
 * what `body` throws.
 */
export async function* parseJsonObjects(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly unknown[]> {
  const decoder = new TextDecoder();
  const scanner = createScanner();
  for await (const piece of body) {
    const objects = scanner.push(decoder.decode(piece, { stream: true })).map(parse);
    if (objects.length > 0) yield objects;
  }
  if (scanner.inside()) throw new ProviderError('truncated', 'the stream broke off inside an object');
}

interface Scanner {
  /** The texts of the objects that end in this piece. */
  readonly push: (text: string) => readonly string[];
  readonly inside: () => boolean;
}

/** Finds where outermost objects begin and end. What stands between them (`[`, `,`, `]`) is skipped. */
function createScanner(): Scanner {
  let begun = '';
  let depth = 0;
  let quoted = false;
  let escaped = false;

  const push = (text: string): string[] => {
    const objects: string[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (escaped) escaped = false;
      else if (quoted && character === '\\') escaped = true;
      else if (character === '"' && depth > 0) quoted = !quoted;
      else if (!quoted && character === '{') {
        if (depth === 0) start = at;
        depth += 1;
      } else if (!quoted && character === '}' && depth > 0) {
        depth -= 1;
        if (depth > 0) continue;
        objects.push(begun + text.slice(start, at + 1));
        begun = '';
      }
    }
    if (depth > 0) begun += text.slice(begun === '' ? start : 0);
    if (begun.length > defaultMaxLineBytes) {
      throw new ProviderError(
        'malformed_response',
        `the answer has an object of more than ${defaultMaxLineBytes} bytes`,
      );
    }
    return objects;
  };
  return { push, inside: () => depth > 0 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProviderError('malformed_response', 'an object of the stream is not JSON', { cause });
  }
}
