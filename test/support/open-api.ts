import { type Schema, Validator } from '@cfworker/json-schema';

interface Media {
  readonly schema: object;
}
export interface Operation {
  readonly summary: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

/** What `/api/v1/openapi.json` says. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Every reference of a document, with the place where it stands. */
export function referencesIn(value: unknown, place = '#'): { readonly place: string; readonly to: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string'
      ? [{ place, to: inner }]
      : referencesIn(inner, `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** What a reference points at; `undefined` for nothing. */
export function resolved(document: object, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
}

/** What is wrong with an answer by a schema of the document, which must name every field that the answer has. */
export function faultsOf(document: OpenApiDocument, schema: object, answer: unknown): readonly string[] {
  const whole = closed({ ...schema, components: document.components }) as Schema;
  return new Validator(whole, '2020-12', false)
    .validate(answer)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

/** The schema with no room for fields that it does not name. */
function closed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, closed(each)]));
  const named = 'type' in value && value.type === 'object' && 'properties' in value;
  return named && !('additionalProperties' in value) ? { ...inner, additionalProperties: false } : inner;
}
