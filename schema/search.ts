import { badInput } from './bad-input.ts';

/** Longer searches find nothing anyway, and would be matched against every item. */
const maxSearchLength = 200;

/** A test for texts in which each word of the search occurs, in any case of letters. Throws for an endless search. */
export function searchFor(search: string | null | undefined): (...texts: readonly (string | undefined)[]) => boolean {
  if (search != null && search.length > maxSearchLength) {
    throw badInput(`\`search\` has ${search.length} characters; it may have ${maxSearchLength}.`);
  }
  const words = (search ?? '').toLowerCase().split(/\s+/);
  return (...texts) => {
    const text = texts.join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
