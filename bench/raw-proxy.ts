// The baseline, to be run as a process with the upstream's URL as its argument: node:http in, undici out, bytes as they come.
import { createServer } from 'node:http';
import { Agent } from 'undici';
import { listen } from './listen.ts';

const origin = process.argv[2] ?? '';
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

const server = createServer((incoming, outgoing) => {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  outgoing.socket?.setNoDelay(true);
  agent
    .stream(
      {
        origin,
        path: incoming.url ?? '/',
        method: incoming.method === 'GET' ? 'GET' : 'POST',
        headers,
        body: incoming,
      },
      ({ statusCode, headers: answered }) =>
        outgoing.writeHead(statusCode, { 'content-type': String(answered['content-type']) }),
    )
    .catch(() => outgoing.destroy());
});
await listen(server);
