import { lookup } from 'node:dns';
import { BlockList, connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ProviderError } from '../errors.ts';

/** Where to connect, as the connection pool asks it. */
export interface Destination {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
}

export interface ConnectorOptions {
  /** Whether an IP address may be called. */
  readonly allow: (address: string) => boolean;
  /** Sees each socket while it is being connected. */
  readonly onSocket: (socket: Socket) => void;
}

export type Connector = (
  destination: Destination,
  callback: (...result: [error: null, socket: Socket] | [error: Error, socket: null]) => void,
) => void;

/** No caller waits that long: it ends sockets whose request has long been given up. */
const abandonedAfterMs = 60_000;

/**
 * Opens TCP and TLS connections to allowed addresses only. A name is resolved once: if any of its addresses is not allowed, none is
 * called. A literal address is checked by itself, because Node does not look it up.
 */
export function createConnector(options: ConnectorOptions): Connector {
  let session: Buffer | undefined;

  return ({ hostname, protocol, port }, callback) => {
    const literal = isIP(hostname) !== 0;
    if (literal && !options.allow(hostname)) return callback(refusal(hostname), null);

    const secure = protocol === 'https:';
    const address = { host: hostname, port: Number(port) || (secure ? 443 : 80), lookup: guardedLookup(options.allow) };
    const socket = secure
      ? connectTls({
          ...address,
          ALPNProtocols: ['http/1.1'],
          ...(literal ? {} : { servername: hostname }),
          ...(session === undefined ? {} : { session }),
        })
      : connectTcp(address);
    if (secure) {
      socket.on('session', (ticket: Buffer) => {
        session = ticket;
      });
    }
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    socket.setTimeout(abandonedAfterMs, () => socket.destroy(new Error('abandoned')));

    let settled = false;
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      settled = true;
      socket.setTimeout(0);
      callback(null, socket);
    });
    // Stays for the life of the socket: an error that nobody listens to ends the process.
    socket.on('error', (error) => {
      if (!settled) callback(error, null);
      settled = true;
    });
    socket.once('close', () => {
      if (!settled) callback(new Error('closed before it was connected'), null);
      settled = true;
    });
    options.onSocket(socket);
  };
}

/**
 * Whether an address is not a public host's: loopback, private, link-local, shared (RFC 6598), unique local, multicast, reserved,
 * or one that embeds an IPv4 address (6to4, Teredo, NAT64, IPv4-mapped), behind which any of these may stand.
 */
export function isBlockedAddress(address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const blocked = new BlockList();
for (const range of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) {
  const [network = '', bits] = range.split('/');
  blocked.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
}

function guardedLookup(allow: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => !allow(address));
      const [first] = addresses;
      if (refused !== undefined) return callback(refusal(hostname, refused.address), []);
      if (options.all === true || first === undefined) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function refusal(hostname: string, address = hostname): ProviderError {
  const which = address === hostname ? hostname : `${hostname} (${address})`;
  return new ProviderError(
    'unreachable',
    `${which} is not a public address, and calls of private networks are switched off`,
  );
}
