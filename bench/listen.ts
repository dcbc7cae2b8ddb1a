import { once } from 'node:events';
import type { Server } from 'node:http';

/** Listens on a free port of loopback, and says so on standard output in the words that `startServer` waits for. */
export async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  console.log(`listens on http://127.0.0.1:${address.port}`);
}
