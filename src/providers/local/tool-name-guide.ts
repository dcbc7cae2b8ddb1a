import { toolCallStart } from './chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Keeps the model to the tools that were offered: it has learnt the form of a call better than to copy names. */
export interface ToolNameGuide {
  /**
   * Which tokens may come next; `undefined` for all. `written` is the answer so far where a call must still be made, and
   * `undefined` where none must; `call` is what stands in the open call, and `undefined` outside calls.
   */
  readonly allowed: (written: string | undefined, call: string | undefined) => ((token: number) => boolean) | undefined;
}

/** Guides the start of each call, up to its arguments, to one of `names`. */
export function createToolNameGuide(names: readonly string[], tokenizer: Tokenizer): ToolNameGuide {
  const calls = names.map((name) => `\n{"name": ${asciiJson(name)}, "arguments":`);
  const answers = calls.map((call) => toolCallStart + call);
  return {
    allowed: (written, call) => {
      const done = call ?? written;
      if (done === undefined) return undefined;
      const open = (call === undefined ? answers : calls).filter(
        (text) => text.length > done.length && text.startsWith(done),
      );
      if (open.length === 0) return undefined;
      const missing = open.map((text) => text.slice(done.length));
      return (token) => {
        if (tokenizer.isControl(token)) return false;
        const piece = tokenizer.text(token);
        return missing.some((text) => text.startsWith(piece) || piece.startsWith(text));
      };
    },
  };
}

/** A JSON string of ASCII alone, so that each of its letters is a token. */
function asciiJson(name: string): string {
  return JSON.stringify(name).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
