import type { Schema } from '@cfworker/json-schema';
import { measureJson } from './json-measure.ts';

/** Why a schema is left alone: nothing is held against anybody. */
export class Unjudgeable extends Error {
  override readonly name = 'Unjudgeable';
}

/** What one visit of a subschema takes, because of its own keywords. */
export interface VisitCost {
  readonly units: number;
  readonly looksAtLength: boolean;
}

const mostSubschemas = 500;
const mostDepth = 32;
const valueBounds = { values: 2_000, depth: 16, keyLength: 256 };
/** UTF-16 units of names and listed values, in the whole schema. */
const mostCharacters = 64 * 1024;

/**
 * A copy that holds nothing but the keywords of draft 7 that are judged, well-formed, without inherited members. `create` makes the
 * object for each subschema, told what a visit of it costs. Throws Unjudgeable.
 */
export function copySchema(source: unknown, create: (cost: VisitCost) => Schema): Schema {
  let subschemas = 0;
  let characters = 0;
  let dropped = false;
  let inverts = false;

  const count = (value: unknown): number => {
    const size = measureJson(value, valueBounds);
    if (size === undefined) throw new Unjudgeable();
    characters += size.characters;
    if (characters > mostCharacters) throw new Unjudgeable();
    return size.values + size.characters / 16;
  };

  const copy = (schema: unknown, depth: number): Schema => {
    subschemas += 1;
    if (subschemas > mostSubschemas || depth > mostDepth) throw new Unjudgeable();
    // Boolean schemas become objects, since only objects are metered.
    if (schema === true) return create({ units: 0, looksAtLength: false });
    if (schema === false) return Object.assign(copy(true, depth), { not: copy(true, depth + 1) });
    if (!isObject(schema)) throw new Unjudgeable();

    const refers = Object.hasOwn(schema, '$ref');
    const kept = new Map<string, unknown>();
    let units = 0;
    for (const [keyword, value] of Object.entries(schema)) {
      if (foreign.has(keyword) && !(keyword === '$id' && depth === 0) && value !== false) throw new Unjudgeable();
      const says = silent.has(keyword) ? value !== false : Object.hasOwn(keywords, keyword);
      // In draft 7 nothing beside a reference counts; later drafts read it, so it must not turn wrong into right either.
      if (silent.has(keyword) || (refers && says && keyword !== '$ref' && !definitions.has(keyword))) {
        dropped ||= says;
        continue;
      }
      // Where names match a pattern, the rest is not what it seems.
      if (keyword === 'additionalProperties' && Object.hasOwn(schema, 'patternProperties')) continue;
      const take = keywords[keyword];
      if (!says || take === undefined) continue;
      inverts ||= inverting.has(keyword);
      if (listed.has(keyword)) units += count(value) / 8;
      kept.set(
        keyword,
        take(value, (part) => copy(part, depth + 1)),
      );
    }
    const properties = kept.get('properties');
    if (properties !== undefined) units += count(Object.keys(Object(properties))) / 8;
    if (kept.has('multipleOf')) units += 10;
    const looksAtLength = kept.has('minLength') || kept.has('maxLength');
    return Object.assign(create({ units, looksAtLength }), Object.fromEntries(kept));
  };

  const whole = copy(source, 0);
  if (dropped && inverts) throw new Unjudgeable();
  return whole;
}

type Take = (value: unknown, copy: (schema: unknown) => Schema) => unknown;

const schema: Take = (value, copy) => copy(value);
const schemas: Take = (value, copy) => nonEmpty(value).map(copy);
const schemasByName: Take = (value, copy) => {
  if (!isObject(value)) throw new Unjudgeable();
  if (Object.keys(value).length > mostSubschemas) throw new Unjudgeable();
  const copied: Record<string, Schema> = Object.create(null);
  for (const [name, part] of Object.entries(value)) copied[name] = copy(part);
  return copied;
};
const itemSchemas: Take = (value, copy) => (Array.isArray(value) ? value.map(copy) : copy(value));
const anything: Take = (value) => value;
const values: Take = (value) => nonEmpty(value);
const names: Take = (value) => {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new Unjudgeable();
};
const finite: Take = (value) => {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Unjudgeable();
};
const positive: Take = (value) => {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new Unjudgeable();
};
const wholeNumber: Take = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Unjudgeable();
};
const typeNames = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);
const types: Take = (value) => {
  const all = Array.isArray(value) ? nonEmpty(value) : [value];
  if (all.length <= typeNames.size && all.every((name) => typeof name === 'string' && typeNames.has(name)))
    return value;
  throw new Unjudgeable();
};
const ownReference: Take = (value) => {
  if (typeof value === 'string' && value.length <= 256 && value.startsWith('#')) return value;
  throw new Unjudgeable();
};

const keywords: Readonly<Record<string, Take>> = {
  $ref: ownReference,
  type: types,
  enum: values,
  const: anything,
  multipleOf: positive,
  maximum: finite,
  exclusiveMaximum: finite,
  minimum: finite,
  exclusiveMinimum: finite,
  maxLength: wholeNumber,
  minLength: wholeNumber,
  items: itemSchemas,
  additionalItems: schema,
  maxItems: wholeNumber,
  minItems: wholeNumber,
  contains: schema,
  maxProperties: wholeNumber,
  minProperties: wholeNumber,
  required: names,
  properties: schemasByName,
  additionalProperties: schema,
  propertyNames: schema,
  if: schema,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, in an object that nobody awaits
  then: schema,
  else: schema,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  definitions: schemasByName,
  $defs: schemasByName,
};

const definitions: ReadonlySet<string> = new Set(['definitions', '$defs']);
const listed: ReadonlySet<string> = new Set(['enum', 'const', 'required']);
/** Where what holds less makes more hold. */
const inverting: ReadonlySet<string> = new Set(['not', 'oneOf', 'if']);
/** Would say something, and is not listened to. */
const silent: ReadonlySet<string> = new Set([
  'pattern',
  'patternProperties',
  'uniqueItems',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
/** Changes what other keywords mean, in ways that draft 7 does not know. */
const foreign: ReadonlySet<string> = new Set([
  '$id',
  '$dynamicRef',
  '$recursiveRef',
  'prefixItems',
  'minContains',
  'maxContains',
  'nullable',
]);

function nonEmpty(value: unknown): unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new Unjudgeable();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
