/**
 * Whether a glob, in which `*` stands for any text, matches the whole of a text. A text that is a glob itself is matched as it is
 * written: then the first glob allows everything that the second one does.
 */
export function globMatches(glob: string, text: string): boolean {
  const [head = '', ...pieces] = glob.split('*');
  if (!text.startsWith(head)) return false;
  const tail = pieces.pop();
  if (tail === undefined) return text === glob;
  let at = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
