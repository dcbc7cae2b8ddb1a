import { toolCallEnd, toolCallStart } from './chat-template.ts';
import { startOfPossible } from './held-text.ts';

/** A piece of an answer: text for the reader, or a call with its arguments as the model wrote them. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly name: string; readonly arguments: string };

/** Takes tool calls out of text as it comes. What it gives does not depend on how the text was cut, texts joined. */
export interface ToolCallParser {
  readonly push: (text: string) => readonly Piece[];
  /** What is left once no more text comes: held-back text, or a call that was cut off, as far as it went. */
  readonly end: () => readonly Piece[];
  /** What stands in the call that is open now, or `undefined` outside calls. */
  readonly open: () => string | undefined;
}

/**
 * Reads `<tool_call>{"name": …, "arguments": …}</tool_call>`. The tags are never given out; white space after a call is not
 * either. What stands between tags and is no call is given as text.
 */
export function createToolCallParser(): ToolCallParser {
  let rest = '';
  let inside = false;
  let afterCall = false;

  const text = (value: string): readonly Piece[] => {
    const visible = afterCall ? value.trimStart() : value;
    if (visible === '') return [];
    afterCall = false;
    return [{ type: 'text', text: visible }];
  };
  const closeCall = (body: string, whole: boolean): readonly Piece[] => {
    const call = readCall(body, whole);
    if (call === undefined) return text(body);
    afterCall = true;
    return [call];
  };

  return {
    push: (added) => {
      rest += added;
      const pieces: Piece[] = [];
      for (;;) {
        const tag = inside ? toolCallEnd : toolCallStart;
        const at = rest.indexOf(tag);
        if (at < 0) break;
        pieces.push(...(inside ? closeCall(rest.slice(0, at), true) : text(rest.slice(0, at))));
        rest = rest.slice(at + tag.length);
        inside = !inside;
      }
      if (!inside) {
        const safe = startOfPossible(rest, [toolCallStart]);
        pieces.push(...text(rest.slice(0, safe)));
        rest = rest.slice(safe);
      }
      return pieces;
    },
    end: () => {
      const pieces = inside ? closeCall(rest.slice(0, startOfPossible(rest, [toolCallEnd])), false) : text(rest);
      rest = '';
      inside = false;
      return pieces;
    },
    open: () => (inside ? rest : undefined),
  };
}

/** The start of a call up to its arguments, as the model learnt to write it. */
const header = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*/;

/** Arguments that are not JSON are passed on as they are: whoever runs the tool sees what the model wrote. */
function readCall(body: string, whole: boolean): Piece | undefined {
  const match = header.exec(body);
  const parsed = parseJson(body);
  const name = match === null ? property(parsed, 'name') : parseJson(match[1] ?? '');
  if (typeof name !== 'string') return undefined;
  if (match === null) return { type: 'call', name, arguments: JSON.stringify(property(parsed, 'arguments') ?? {}) };

  const written = body.slice(match[0].length).trim();
  const withoutBrace = written.endsWith('}') ? written.slice(0, -1).trimEnd() : written;
  const valid = [written, withoutBrace].find((text) => parseJson(text) !== undefined);
  if (valid !== undefined) return { type: 'call', name, arguments: valid };
  if (parsed !== undefined) return { type: 'call', name, arguments: JSON.stringify(property(parsed, 'arguments')) };
  return { type: 'call', name, arguments: (whole ? withoutBrace : written) || '{}' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
