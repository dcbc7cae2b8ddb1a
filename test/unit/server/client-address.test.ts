import { describe, expect, it } from 'vitest';
import { type AddressOf, createAddressOf, isAddressOrNetwork } from '../../../src/server/client-address.ts';

type Request = Parameters<AddressOf>[0];
const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as Request;

describe('the address of a client', () => {
  it('is that of the connection where no proxy is trusted, whatever a header says', () => {
    const addressOf = createAddressOf([]);
    expect(addressOf(from('203.0.113.7', '198.51.100.1'))).toBe('203.0.113.7');
    expect(addressOf(from('::ffff:203.0.113.7'))).toBe('203.0.113.7');
    expect(addressOf(from(undefined))).toBe('');
  });

  const addressOf = createAddressOf(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48']);
  it.each([
    ['a stranger who writes the header himself', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a proxy without a header', '127.0.0.1', undefined, '127.0.0.1'],
    ['a proxy', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a proxy over IPv6', '2001:db8:1::5', '2001:db8:2::9', '2001:db8:2::9'],
    ['a proxy whose IPv4 address comes as IPv6', '::ffff:10.1.2.3', '198.51.100.1', '198.51.100.1'],
    ['a chain of proxies', '127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '198.51.100.1'],
    ['a client that lies to a proxy', '127.0.0.1', '8.8.8.8, 127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['a client with a port', '127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['a client over IPv6 with a port', '127.0.0.1', '[2001:db8:2::9]:4711', '2001:db8:2::9'],
    ['what is no address', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['proxies alone', '127.0.0.1', '10.0.0.9, 10.0.0.8', '10.0.0.9'],
    ['an endless chain', '127.0.0.1', `198.51.100.1, ${'10.0.0.2, '.repeat(100)}10.0.0.1`, '10.0.0.2'],
  ])('is read from %s', (_what, remote, forwarded, expected) => {
    expect(addressOf(from(remote, forwarded))).toBe(expected);
  });

  it.each([
    ['127.0.0.1', true],
    ['10.0.0.0/8', true],
    ['::1', true],
    ['2001:db8::/32', true],
    ['10.0.0.0/33', false],
    ['::/129', false],
    ['10.0.0.0/8/8', false],
    ['10.0.0.0/', false],
    ['fe80::1%eth0', false],
    ['proxy.example', false],
    ['', false],
  ])('is trusted where a setting says %s: %s', (text, valid) => {
    expect(isAddressOrNetwork(text)).toBe(valid);
    if (valid) expect(() => createAddressOf([text])).not.toThrow();
  });
});
