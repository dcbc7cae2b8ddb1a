import { ProviderError } from '../errors.ts';
import { listOf, recordOf, stringOf, type WireRecord } from './wire-values.ts';

/** The arguments of a call, put together from what Gemini calls partial arguments. */
export interface PartialArgs {
  /** Sets or lengthens the value at a JSON path, as one `partialArgs` entry says. */
  readonly add: (entry: WireRecord) => void;
  readonly value: () => WireRecord;
}

/** Makes an empty object of arguments (docs.cloud.google.com/vertex-ai: `streamFunctionCallArguments`). */
export function createPartialArgs(): PartialArgs {
  const root = emptyObject();
  return {
    add: (entry) => {
      const path = pathOf(stringOf(entry.jsonPath));
      const last = path.pop();
      if (last === undefined) return;
      let place: object = root;
      for (const [depth, key] of path.entries()) place = placeIn(place, key, path[depth + 1] ?? last);
      const piece = pieceOf(entry);
      const known = ownValue(place, last);
      // A string comes in pieces, the last of which may be empty.
      Reflect.set(place, last, typeof known === 'string' && typeof piece === 'string' ? known + piece : piece);
    },
    value: () => root,
  };
}

type Key = string | number;

/** Without a prototype: a path may name anything, `__proto__` too. */
function emptyObject(): Record<string, unknown> {
  return Object.create(null);
}

function ownValue(place: object, key: Key): unknown {
  return Object.hasOwn(place, key) ? Reflect.get(place, key) : undefined;
}

/** The object or list under a key, made where there is none; what comes `next` says which of the two. */
function placeIn(place: object, key: Key, next: Key): object {
  const known = ownValue(place, key);
  if (typeof known === 'object' && known !== null) return known;
  const made = typeof next === 'number' ? [] : emptyObject();
  Reflect.set(place, key, made);
  return made;
}

/** `$.items[0].name` and `$['a b']`. */
function pathOf(path: string): Key[] {
  const keys = path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g);
  return [...keys].map(([, name, index, single, double]) => {
    if (index === undefined) return name ?? single ?? double ?? '';
    if (Number(index) > maxIndex)
      throw new ProviderError('malformed_response', 'a call has too long a list of arguments');
    return Number(index);
  });
}

const maxIndex = 10_000;

function pieceOf(entry: WireRecord): unknown {
  if (entry.structValue !== undefined) return recordOf(entry.structValue);
  if (entry.listValue !== undefined) return listOf(entry.listValue);
  return entry.stringValue ?? entry.numberValue ?? entry.boolValue ?? null;
}
