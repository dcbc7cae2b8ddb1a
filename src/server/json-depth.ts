/** How deep the JSON of a request may be nested: schemas and providers recurse into it. */
export const mostJsonDepth = 64;

/** Whether a JSON value is nested more than `most` levels deep. Looks no deeper than that. */
export function depthExceeds(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => depthExceeds(inner, most - 1));
}
