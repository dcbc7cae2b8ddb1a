import type { z } from 'zod';
import { InvalidRequest } from '../errors.ts';

const mostMessageLength = 500;

/** What a schema makes of a value. Throws InvalidRequest, whose path names the field, for what does not fit. */
export function parsed<Value>(schema: z.ZodType<Value> | undefined, value: unknown): Value;
export function parsed(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = deepest(result.error.issues);
  const name = pathOf(path);
  throw new InvalidRequest(cut(name === '' ? `The request is not valid: ${message}` : `\`${name}\`: ${message}`), {
    ...(name !== '' && { path: name }),
  });
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
