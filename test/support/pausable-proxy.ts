import { connect, createServer, type Socket } from 'node:net';

/** A connection to a server that can go silent, as a network does: nothing is refused, nothing is answered. */
export interface PausableProxy extends AsyncDisposable {
  /** The server's address, by way of the proxy. */
  readonly url: string;
  readonly pause: () => void;
  /** Goes on where it stopped: what was sent in the meantime arrives. */
  readonly resume: () => void;
}

/** Stands between clients and the server that `url` names. */
export async function startPausableProxy(url: string): Promise<PausableProxy> {
  const target = new URL(url);
  const pairs = new Map<Socket, Socket>();
  let paused = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    pairs.set(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => {});
      from.on('data', (data) => to.write(data));
      from.once('close', () => {
        pairs.delete(near);
        to.destroy();
      });
      if (paused) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const through = new URL(url);
  if (typeof address === 'object' && address !== null) through.host = `127.0.0.1:${address.port}`;
  const each = (act: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) act(socket);
  };
  return {
    url: through.href,
    pause: () => {
      paused = true;
      each((socket) => socket.pause());
    },
    resume: () => {
      paused = false;
      each((socket) => socket.resume());
    },
    [Symbol.asyncDispose]: async () => {
      each((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
