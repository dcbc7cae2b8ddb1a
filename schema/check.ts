import type { Json, JsonObject } from '../src/chat.ts';
import { InvalidRequest } from '../src/errors.ts';

/** The longest name of a model, provider, function or participant that is taken. */
const maxNameLength = 256;

/** The fields that hold something: null and undefined both mean that the caller did not say. */
export type Present<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Leaves out the fields that are null or undefined. */
export function present<Fields extends object>(fields: Fields): Present<Fields> {
  const kept: readonly (readonly unknown[])[] = Object.entries(fields).filter(([, value]) => value != null);
  return Object.fromEntries(kept);
}

/** Throws InvalidRequest for the field at `path`. The sentence goes on from the field's name. */
export function refuse(path: string, sentence: string): never {
  throw new InvalidRequest(`\`${path}\` ${sentence}`, { path });
}

/** Throws unless the number, where there is one, lies within the range. */
export function checkRange(path: string, value: number | null | undefined, least: number, greatest = Infinity): void {
  if (value == null || (value >= least && value <= greatest)) return;
  const range = greatest === Infinity ? `at least ${least}` : `between ${least} and ${greatest}`;
  refuse(path, `is ${value}, but must be ${range}.`);
}

/** Throws unless the name, where there is one, has 1 to 256 characters. */
export function checkName(path: string, name: string | null | undefined): void {
  if (name == null) return;
  if (name.trim() === '') refuse(path, 'is empty.');
  if (name.length > maxNameLength) refuse(path, `has ${name.length} characters, but may have ${maxNameLength}.`);
}

/** Throws unless there are at most so many names, each of 1 to 256 characters: a request is matched against each of them. */
export function checkNames(path: string, names: readonly string[] | null | undefined, most: number): void {
  checkCount(path, names, most, 'names');
  for (const [index, name] of (names ?? []).entries()) checkName(`${path}[${index}]`, name);
}

/** Throws where the list, if there is one, has more entries. `what` names them. */
export function checkCount(path: string, list: readonly unknown[] | null | undefined, most: number, what: string) {
  if (list != null && list.length > most) refuse(path, `has ${list.length} ${what}, but may have ${most}.`);
}

/** The JSON value as an object. Throws for anything else. */
export function objectAt(path: string, value: Json | undefined, meaning: string): JsonObject {
  if (isObject(value)) return value;
  return refuse(path, `must be a JSON object: ${meaning}.`);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
