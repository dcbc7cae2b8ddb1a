import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

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
