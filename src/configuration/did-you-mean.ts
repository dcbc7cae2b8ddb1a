/**
 * ` Did you mean "…"?` for the candidate that is a typing error away from `word`, or that begins with it and is at most twice as long;
 * else an empty text. `part` is what of a candidate is compared.
 */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  part: (candidate: string) => string = (candidate) => candidate,
): string {
  const wanted = plain(word);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const offered = plain(part(candidate));
    const distance = editDistance(wanted, offered);
    const near = distance <= limit || (wanted.length >= 3 && offered.startsWith(wanted) && distance <= wanted.length);
    if (near && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { candidate, distance };
  }
  return best === undefined ? '' : ` Did you mean "${best.candidate}"?`;
}

function plain(word: string): string {
  return word
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[_\s-]/g, '');
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0] ?? 0;
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const changed = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, above + 1, (next[j - 1] ?? 0) + 1));
      diagonal = above;
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
