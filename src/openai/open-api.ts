import { z } from 'zod';
import { type Route, route } from './route.ts';

const error = z.object({
  error: z.object({
    code: z.int().describe('The HTTP status.'),
    message: z.string(),
    metadata: z.record(z.string(), z.unknown()).describe('`error_type` says what went wrong, for programs.'),
  }),
});

/** `GET /openapi.json`: what the face answers, made of the schemas that check what comes. */
export function openApiRoute(routes: readonly Route[]): Route {
  let document: object | undefined;
  return route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    operation: () => 'models',
    answer: () => {
      document ??= describe(routes);
      return { type: 'json', body: document };
    },
  });
}

function describe(routes: readonly Route[]): object {
  const byPath = Map.groupBy(routes, ({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pointsman',
      version: '1',
      description: "One API for many models and providers, in OpenAI's and OpenRouter's words.",
    },
    servers: [{ url: '/api/v1' }, { url: '/v1' }],
    security: [{ key: [] }],
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: jsonSchema(error) },
    },
    paths: Object.fromEntries(
      [...byPath].map(([path, shared]) => [
        path,
        Object.fromEntries(shared.map((each) => [each.method.toLowerCase(), operationOf(each)])),
      ]),
    ),
  };
}

function operationOf({ path, summary, body, query, headers }: Route): object {
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    parameters: [...named, ...(query === undefined ? [] : queryParameters(query)), ...headerParameters(headers)],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } },
    }),
    responses: {
      200: { description: 'What was asked for.' },
      default: {
        description: 'Why not.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

const objectSchema = z.object({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())),
  required: z.array(z.string()).default([]),
});

function queryParameters(query: z.ZodType): object[] {
  const { properties, required } = objectSchema.parse(jsonSchema(query));
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

/** As it comes over the wire, before anything is made of it. */
function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return described;
}
