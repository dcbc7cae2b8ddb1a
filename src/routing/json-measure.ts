export interface JsonSize {
  /** Values of every kind, at every depth. */
  readonly values: number;
  /** Members of the object that has the most. */
  readonly widestObject: number;
  /** UTF-16 units of the longest string, and of all strings and keys together. */
  readonly longestString: number;
  readonly characters: number;
}

export interface JsonBounds {
  readonly values: number;
  readonly depth: number;
  readonly keyLength: number;
}

/** How large a JSON value is; `undefined` where it passes a bound. Without recursion, and stops at the bounds. */
export function measureJson(value: unknown, bounds: JsonBounds): JsonSize | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let values = 0;
  let widestObject = 0;
  let longestString = 0;
  let characters = 0;
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    values += 1;
    if (typeof item.value === 'string') {
      longestString = Math.max(longestString, item.value.length);
      characters += item.value.length;
    }
    if (typeof item.value !== 'object' || item.value === null) continue;
    if (item.depth >= bounds.depth) return undefined;
    const children: unknown[] = Array.isArray(item.value) ? item.value : Object.values(item.value);
    if (values + open.length + children.length > bounds.values) return undefined;
    if (!Array.isArray(item.value)) {
      widestObject = Math.max(widestObject, children.length);
      for (const key of Object.keys(item.value)) {
        if (key.length > bounds.keyLength) return undefined;
        characters += key.length;
      }
    }
    for (const child of children) open.push({ value: child, depth: item.depth + 1 });
  }
  return { values, widestObject, longestString, characters };
}

/** Whether brackets are nested deeper in a JSON text: parsing that would take a thousand times as long as its length suggests. */
export function nestsDeeper(text: string, depth: number): boolean {
  let open = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (quoted) {
      if (character === backslash) at += 1;
      else if (character === quote) quoted = false;
    } else if (character === quote) quoted = true;
    else if (character === leftBracket || character === leftBrace) {
      open += 1;
      if (open > depth) return true;
    } else if (character === rightBracket || character === rightBrace) open -= 1;
  }
  return false;
}

const [quote, backslash, leftBracket, rightBracket, leftBrace, rightBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];
