import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';

/** A request's parameters. */
export type JsonBody = Record<string, unknown>;

/**
 * Reads a JSON object of at most `limitBytes`, whatever the request says about its length. Rejects with a GraphQLError that
 * carries the HTTP status: 400 for what is not a JSON object, 413 for too much.
 */
export async function readJsonBody(request: IncomingMessage, limitBytes: number): Promise<JsonBody> {
  const text = (await readBytes(request, limitBytes)).toString('utf8');
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

function readBytes(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => failed(413, 'REQUEST_TOO_LARGE', `The body is larger than ${limitBytes} bytes.`);
    if (Number(request.headers['content-length']) > limitBytes) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let length = 0;
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) return chunks.push(chunk);
      request.off('data', collect);
      request.resume();
      return reject(tooLarge());
    };
    const brokeOff = () => reject(failed(400, 'BAD_REQUEST', 'The body broke off.'));
    request.on('data', collect);
    request.once('end', () => {
      request.off('close', brokeOff);
      resolve(Buffer.concat(chunks, length));
    });
    request.once('error', brokeOff);
    request.once('close', brokeOff);
  });
}

function failed(status: number, code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
