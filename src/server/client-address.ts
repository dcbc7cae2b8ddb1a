import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** The address that a request came from: of its connection, or of the client that a trusted proxy names. */
export type AddressOf = (request: Pick<IncomingMessage, 'socket' | 'headers'>) => string;

/** A longer chain is no honest one. */
const mostHops = 32;

/**
 * Reads `X-Forwarded-For` from the right, since each proxy adds the address that it was called from to what it was sent: only what a
 * trusted one has written counts, and the first address that is not of a trusted proxy is the client's. `trusted` are addresses and
 * networks (`10.0.0.0/8`); where there are none the header is not looked at, because anybody can write it.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = new BlockList();
  for (const entry of trusted) {
    const [address = '', prefix] = entry.split('/');
    if (prefix === undefined) proxies.addAddress(address, family(address));
    else proxies.addSubnet(address, Number(prefix), family(address));
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && proxies.check(address, family(address));

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    if (trusted.length === 0 || !isTrusted(address)) return address;
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').slice(-mostHops);
    for (const hop of hops.reverse()) {
      const named = plain(hop);
      // Where a proxy says what is no address, nobody knows more than whom it stands for.
      if (isIP(named) === 0) return address;
      address = named;
      if (!isTrusted(address)) return address;
    }
    return address;
  };
}

/** Whether a text is an address, or a network in CIDR notation. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv6(address) ? 128 : 32));
}

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** Without a port, brackets, or the prefix of an IPv4 address that came over IPv6. */
function plain(text: string): string {
  const trimmed = text.trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? trimmed.replace(/^([\d.]+):\d+$/, '$1');
  return bare.replace(/^::ffff:(?=\d+\.)/i, '');
}
