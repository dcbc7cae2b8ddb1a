import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { readBytes, UnreadableBody } from './request-bytes.ts';

/** A request's parameters. */
export type JsonBody = Record<string, unknown>;

/**
 * Reads a JSON object of at most `limitBytes`, whatever the request says about its length. Rejects with a GraphQLError that
 * carries the HTTP status: 400 for what is not a JSON object, 413 for too much.
 */
export async function readJsonBody(request: IncomingMessage, limitBytes: number): Promise<JsonBody> {
  const text = (await readBytes(request, limitBytes).catch(refuseBody)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw failed(400, 'BAD_REQUEST', 'The body is not valid JSON.');
  }
  if (Array.isArray(body))
    throw failed(400, 'BATCHING_NOT_SUPPORTED', 'Batches are not supported: send one operation a request.');
  if (!isObject(body)) throw failed(400, 'BAD_REQUEST', 'The body is not a JSON object.');
  return body;
}

function isObject(value: unknown): value is JsonBody {
  return typeof value === 'object' && value !== null;
}

function refuseBody(error: unknown): never {
  if (!(error instanceof UnreadableBody)) throw error;
  throw failed(error.status, error.status === 413 ? 'REQUEST_TOO_LARGE' : 'BAD_REQUEST', error.message);
}

function failed(status: number, code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
