import { z } from 'zod';
import { errorShapes } from './error-shapes.ts';
import { type Route, route } from './route.ts';

/** `GET /openapi.json`: what the face answers, made of the schemas that check what comes. */
export function openApiRoute(routes: readonly Route[]): Route {
  let document: object | undefined;
  const own: Route = route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    answers: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
    operation: () => 'models',
    answer: () => {
      document ??= describe([...routes, own]);
      return { type: 'json', body: document };
    },
  });
  return own;
}

/** Gives a zod schema's JSON Schema, as it comes over the wire, before anything is made of it. */
type DescribeSchema = (schema: z.ZodType) => object;

function describe(routes: readonly Route[]): object {
  const byPath = Map.groupBy(routes, ({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'));
  const { describeSchema, schemas } = sharedSchemas();
  const paths = Object.fromEntries(
    [...byPath].map(([path, shared]) => [
      path,
      Object.fromEntries(shared.map((each) => [each.method.toLowerCase(), operationOf(each, describeSchema)])),
    ]),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pointsman',
      version: '1',
      description: "One API for many models and providers, in OpenAI's and OpenRouter's words.",
    },
    servers: [{ url: '/api/v1' }, { url: '/v1' }],
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } }, schemas },
    paths,
  };
}

interface SharedSchemas {
  readonly describeSchema: DescribeSchema;
  /** Fills with those that have a name: the document holds them once, where references find them. */
  readonly schemas: Readonly<Record<string, unknown>>;
}

function sharedSchemas(): SharedSchemas {
  const schemas: Record<string, unknown> = {};
  return {
    schemas,
    describeSchema(schema) {
      const made = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      const { $schema: _, $defs, ...described } = standalone.parse(JSON.parse(JSON.stringify(made), movedReference));
      Object.assign(schemas, $defs);
      return described;
    },
  };
}

/** A schema that brings along what it refers to. */
const standalone = z.looseObject({ $schema: z.unknown(), $defs: z.record(z.string(), z.unknown()).optional() });

function movedReference(key: string, value: unknown): unknown {
  return key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value;
}

function operationOf(route: Route, describeSchema: DescribeSchema): object {
  const { path, summary, body, query, headers, answers, events, status } = route;
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const error = errorShapes.get(route.errors);
  return {
    summary,
    parameters: [
      ...named,
      ...(query === undefined ? [] : queryParameters(query, describeSchema)),
      ...headerParameters(headers),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: describeSchema(body) } } },
    }),
    responses: {
      [status]: {
        description: 'What was asked for.',
        content: {
          'application/json': { schema: describeSchema(answers) },
          ...(events !== undefined && { 'text/event-stream': { schema: describeSchema(events) } }),
        },
      },
      default: {
        description: 'Why not.',
        ...(error !== undefined && { content: { 'application/json': { schema: describeSchema(error) } } }),
      },
    },
  };
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
  required: z.array(z.string()).default([]),
});

function queryParameters(query: z.ZodType, describeSchema: DescribeSchema): object[] {
  const { properties, required } = objectSchema.parse(describeSchema(query));
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function headerParameters(headers: Route['headers']): object[] {
  return Object.entries(headers).map(([name, description]) => ({
    ...{ name, in: 'header', required: false, description },
    schema: { type: 'string' },
  }));
}
