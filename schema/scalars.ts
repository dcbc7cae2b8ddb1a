import { type GraphQLError, Kind, type ValueNode } from 'graphql';
import type { Json, JsonObject } from '../src/chat.ts';
import { badInput } from './bad-input.ts';

/** The deepest JSON that is taken. Deeper values would exhaust the stack of whatever walks them later. */
const maxJsonDepth = 64;

/** An exact decimal. Written out without an exponent, so that any decimal library reads it. */
export const decimalScalar = {
  description:
    'An exact decimal number, as a string: `"0.00000015"`. Money and prices are US dollars. As input also an integer, or a ' +
    'number written into the query; a JSON number with a fraction is refused, because it has been rounded already.',
  serialize: (value: string): string => parseDecimal(value),
  parseValue: (value: unknown): string => {
    if (typeof value === 'string') return parseDecimal(value);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    throw badInput(`A Decimal is a string such as "0.00000015", not ${shown(value)}.`);
  },
  parseLiteral: (node: ValueNode): string => {
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT)
      return parseDecimal(node.value);
    throw badInput('A Decimal is a string such as "0.00000015", or a number.');
  },
};

/** A moment. */
export const dateTimeScalar = {
  description: 'A moment in UTC, as RFC 3339 writes it with milliseconds: `"2026-11-05T09:30:00.000Z"`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value: number | string): string => new Date(value).toISOString(),
  parseValue: parseDateTime,
  parseLiteral: (node: ValueNode): number => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
};

/** Any JSON value, to a limited depth. */
export const jsonScalar = {
  description: 'Any JSON value: an object, a list, a string, a number, true, false or null. At most 64 levels deep.',
  serialize: (value: unknown): unknown => value,
  parseValue: (value: unknown): Json => parseJson(value),
  parseLiteral: (node: ValueNode, variables?: Record<string, unknown> | null): Json =>
    literal(node, variables ?? {}, 0),
};

/** An address. */
export const urlScalar = {
  description: 'An absolute web address with its scheme, as the WHATWG URL standard parses it.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: (value: string): string => parseUrl(value),
  parseValue: parseUrl,
  parseLiteral: (node: ValueNode): string => parseUrl(node.kind === Kind.STRING ? node.value : undefined),
};

/** A decimal that needs no rewriting: nearly all that are written out. */
const plainDecimal = /^(?:0|[1-9]\d{0,39})(?:\.\d{0,39}[1-9])?$/;

/** The number's digits without exponent, plus sign or superfluous zeros. Throws on anything but a decimal number. */
export function parseDecimal(text: string): string {
  if (plainDecimal.test(text)) return text;
  const parts = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text);
  if (parts === null) throw badInput(`A Decimal is a number such as "0.00000015", not ${shown(text)}.`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const decimals = padded.slice(at).replace(/0+$/, '');
  const plain = decimals === '' ? integer : `${integer}.${decimals}`;
  return sign === '-' && plain !== '0' ? `-${plain}` : plain;
}

function parseDateTime(value: unknown): number {
  const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
  const time = typeof value === 'string' && pattern.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw badInput(`A DateTime is a string such as "2026-11-05T09:30:00Z", not ${shown(value)}.`);
  return time;
}

function parseUrl(value: unknown): string {
  if (typeof value === 'string' && URL.canParse(value)) return value;
  throw badInput(`A URL is a string such as "https://example.com/terms", not ${shown(value)}.`);
}

/** Checks the depth without recursion, which a deep value would exhaust. */
function parseJson(value: unknown): Json {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item.value !== 'object' || item.value === null) continue;
    if (item.depth >= maxJsonDepth) throw tooDeep();
    for (const child of Object.values(item.value)) open.push({ value: child, depth: item.depth + 1 });
  }
  if (isJson(value)) return value;
  throw badInput(`${shown(value)} is not a JSON value.`);
}

/** Variables reach us through JSON.parse, or through a caller in this process who vouches for them. */
function isJson(value: unknown): value is Json {
  return value === null || ['object', 'string', 'number', 'boolean'].includes(typeof value);
}

function literal(node: ValueNode, variables: Record<string, unknown>, depth: number): Json {
  if (depth > maxJsonDepth) throw tooDeep();
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value) => literal(value, variables, depth + 1));
    case Kind.OBJECT: {
      const fields = node.fields.map(
        (field) => [field.name.value, literal(field.value, variables, depth + 1)] as const,
      );
      const object: JsonObject = Object.fromEntries(fields);
      return object;
    }
    case Kind.VARIABLE:
      return parseJson(variables[node.name.value] ?? null);
    case Kind.ENUM:
      throw badInput(`Within JSON, strings stand in quotation marks: "${node.value}".`);
  }
}

function tooDeep(): GraphQLError {
  return badInput(`The JSON value is nested deeper than ${maxJsonDepth} levels.`);
}

/** A value as an error message may quote it: short. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return value === null || typeof value !== 'object' ? String(value) : Array.isArray(value) ? 'a list' : 'an object';
}
