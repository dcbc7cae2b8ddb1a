import type { Server } from 'node:http';

/** Where a server can be called. */
export interface Listening {
  /** Works on this machine. */
  readonly url: string;
  readonly port: number;
}

/** What a socket is bound to that listens at all of the machine's addresses: nobody can call it by that. */
const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Binds the server. Rejects with the operating system's error, e.g. `code: 'EADDRINUSE'`. */
export function listen(http: Server, { host, port }: { readonly host: string; readonly port: number }) {
  return new Promise<Listening>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      const address = http.address();
      const bound = typeof address === 'object' && address !== null ? address : { address: host, port };
      const name = anyAddress.has(bound.address) ? 'localhost' : urlHost(host);
      resolve({ url: `http://${name}:${bound.port}`, port: bound.port });
    });
  });
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
