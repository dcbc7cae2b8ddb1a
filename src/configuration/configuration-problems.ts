import { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';

/** What zod found wrong, one line each: the path, what is wrong, and where it can be told, the fix. Never repeats a value. */
export function problemsOf(error: z.ZodError, schema: z.ZodType): string[] {
  return error.issues.flatMap((issue) => linesOf(issue, [], schema));
}

/** `providers.acme.baseUrl`, `models["acme/large"].endpoints[0].provider`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, index) => step(part, index === 0)).join('');
}

function step(part: PropertyKey, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  const name = String(part);
  if (!/^[A-Za-z_][\w-]*$/.test(name)) return `[${JSON.stringify(name)}]`;
  return first ? name : `.${name}`;
}

function linesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[], schema: z.ZodType): string[] {
  const path = [...above, ...issue.path];
  const where = path.length === 0 ? '' : `${pathText(path)}: `;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = keysAt(schema, path);
        const hint = didYouMean(key, known) || ` Known here: ${known.join(', ')}.`;
        return `${pathText([...path, key])}: is not a setting.${hint}`;
      });
    case 'invalid_union': {
      // The option that got furthest is the one that was meant.
      const meant = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
      const deeper = meant.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
      return deeper ? meant.flatMap((inner) => linesOf(inner, path, schema)) : [`${where}${sentence(issue.message)}`];
    }
    case 'invalid_key':
      return issue.issues.map((inner) => `${where}${sentence(inner.message)}`);
    case 'invalid_type':
      return [`${where}${missing(issue.message) ? 'is missing' : `must be ${article(issue.expected)}`}.`];
    case 'invalid_value':
      return [
        `${where}${issue.message.startsWith('must') ? sentence(issue.message) : `must be one of ${issue.values.map(String).join(', ')}.`}`,
      ];
    default:
      return [`${where}${sentence(issue.message)}`];
  }
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
}

/** zod keeps the value out of the issue, and says only in the message that there was none. */
function missing(message: string): boolean {
  return message.endsWith('received undefined');
}

function article(expected: string): string {
  if (expected === 'int') return 'a whole number';
  if (expected === 'record' || expected === 'object') return 'a map of settings';
  if (expected === 'array') return 'a list';
  if (expected === 'string') return 'a text';
  return expected === 'boolean' ? 'true or false' : `a ${expected}`;
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}

/** The settings that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return optionsOf(schema).flatMap((option) => {
    const [first, ...rest] = path;
    if (option instanceof z.ZodObject) {
      if (first === undefined) return Object.keys(option.shape);
      const field: unknown = option.shape[String(first)];
      return field instanceof z.ZodType ? keysAt(field, rest) : [];
    }
    if (first === undefined) return [];
    if (option instanceof z.ZodRecord && option.valueType instanceof z.ZodType) return keysAt(option.valueType, rest);
    if (option instanceof z.ZodArray && option.element instanceof z.ZodType) return keysAt(option.element, rest);
    return [];
  });
}

/** Looks through optional, default, transformed and union types. */
function optionsOf(schema: z.ZodType): z.ZodType[] {
  const inner: unknown =
    schema instanceof z.ZodPipe ? schema.in : 'innerType' in schema.def ? schema.def.innerType : undefined;
  if (inner instanceof z.ZodType) return optionsOf(inner);
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => (option instanceof z.ZodType ? optionsOf(option) : []));
  return [schema];
}
