/** Where in `text` the longest end stands that could grow into one of `words`; the text's length where none could. */
export function startOfPossible(text: string, words: readonly string[]): number {
  let start = text.length;
  for (const word of words) {
    for (let length = Math.min(word.length - 1, text.length); length > text.length - start; length--) {
      if (text.endsWith(word.slice(0, length))) start = text.length - length;
    }
  }
  return start;
}
