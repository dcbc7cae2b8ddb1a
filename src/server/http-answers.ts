import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { createBackpressure } from './backpressure.ts';

/** Statuses whose answers have no body, and may not say that they have one of no length (RFC 9110, section 8.6). */
const bodiless: ReadonlySet<number> = new Set([204, 304]);

/** Answers a request whole, unless its caller has left. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): void {
  if (response.destroyed) return;
  response.writeHead(
    status,
    bodiless.has(status) ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
  );
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * Answers with a text that is made while it is written: the next piece when the reader has room, and others have had their turn.
 * A reader that takes nothing for `stallMs` loses its connection. Resolves when all of it is written, or its caller has left.
 */
export async function answerInPieces(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  pieces: Iterable<string>,
  clock: Clock,
  stallMs: number,
): Promise<void> {
  if (response.destroyed) return;
  const room = createBackpressure(response, clock, stallMs);
  response.writeHead(status, headers);
  for (const piece of pieces) {
    response.write(piece);
    await room();
    await new Promise((resolve) => setImmediate(resolve));
    if (response.destroyed) return;
  }
  response.end();
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answer(
    response,
    status,
    { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    JSON.stringify(body),
  );
}

/** Refuses to make a connection a WebSocket, and closes it. */
export function answerUpgrade(stream: Duplex, status: number): void {
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
