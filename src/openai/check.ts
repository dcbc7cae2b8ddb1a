import { z } from 'zod';
import { InvalidRequest } from '../errors.ts';

const mostMessageLength = 500;

/** A list of a million bad items is told of by its first: every issue costs some microseconds, in which nobody else is served. */
export const toTheFirstFault: z.core.ParseContextInternal<z.core.$ZodIssue> = { abortEarly: true };

/** What a schema makes of a value. Throws InvalidRequest, whose path names the field, for what does not fit. */
export function parsed<Value>(schema: z.ZodType<Value> | undefined, value: unknown): Value;
export function parsed(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value, toTheFirstFault);
  if (result.success) return result.data;
  const { path, message } = deepest(result.error.issues);
  const name = pathOf(path);
  throw new InvalidRequest(cut(name === '' ? `The request is not valid: ${message}` : `\`${name}\`: ${message}`), {
    ...(name !== '' && { path: name }),
  });
}

/** A text that may be in a list: the first one that does not fit ends the check of the list. */
export function listedText(least: number, most?: number) {
  const text = z.string().min(least, { abort: true });
  return most === undefined ? text : text.max(most, { abort: true });
}

/** A record of at most so many entries, none of which is looked at where there are more. */
export function atMostEntries<Schema extends z.ZodType>(most: number, record: Schema) {
  return z.preprocess((value, context) => {
    const count = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
    if (count <= most) return value;
    context.addIssue({ code: 'custom', message: `has ${count} entries, but may have ${most}.` });
    return z.NEVER;
  }, record);
}

/** Throws InvalidRequest for the field at `path`. The sentence goes on from the field's name. */
export function refuse(path: string, sentence: string): never {
  throw new InvalidRequest(cut(`\`${path}\` ${sentence}`), { path });
}

/** The fields that hold something: null and undefined both mean that the caller did not say. */
export type Present<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Leaves out the fields that are null or undefined. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  const kept: readonly (readonly unknown[])[] = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(kept);
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The issue that says most: of a union, that of the branch which got furthest. */
function deepest(issues: readonly z.core.$ZodIssue[], before: readonly PropertyKey[] = []): Found {
  let best: Found = { path: before, message: 'it does not fit.' };
  for (const [index, issue] of issues.entries()) {
    const path = [...before, ...issue.path];
    const inner = issue.code === 'invalid_union' ? issue.errors.map((branch) => deepest(branch, path)) : [];
    const found = inner.reduce(deeper, { path, message: issue.message });
    best = index === 0 ? found : deeper(best, found);
  }
  return best;
}

function deeper(a: Found, b: Found): Found {
  return b.path.length > a.path.length ? b : a;
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The caller's own words may be long. */
function cut(message: string): string {
  if (message.length <= mostMessageLength) return message;
  return `${message.slice(0, mostMessageLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
