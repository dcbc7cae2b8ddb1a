import { describe, expect, it } from 'vitest';
import { makeSecret } from '../../src/accounts/secret.ts';
import { systemClock } from '../../src/clock.ts';
import { openSocket } from '../support/graphql-socket.ts';
import { createKeyStore } from '../support/key-store.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const start = (trustedProxies: readonly string[]) =>
  startServer({
    adminKey: 'correct horse',
    keys: createKeyStore(systemClock),
    settings: { trustedProxies, sockets: { maxStrangersPerAddress: 2 } },
  });

/** What somebody is told who shows an unknown key, with that header. */
async function knock(server: RunningServer, forwarded: string): Promise<number> {
  const headers = { authorization: `Bearer ${makeSecret('key')}`, 'x-forwarded-for': forwarded };
  return (await server.post({ query: '{ __typename }' }, headers)).status;
}
async function knockOften(server: RunningServer, forwarded: (n: number) => string): Promise<number[]> {
  const said: number[] = [];
  for (let count = 0; count < 21; count += 1) said.push(await knock(server, forwarded(count)));
  return said;
}
const twentyThenWait = [...Array<number>(20).fill(401), 429];

describe('wrong keys', () => {
  it('count for whoever connects where no proxy is trusted, whatever address he writes into the header', async () => {
    await using server = await start([]);
    expect(await knockOften(server, (count) => `198.51.100.${count}`)).toEqual(twentyThenWait);
  });

  it('count for the client that a trusted proxy names, and for nobody else behind it', async () => {
    await using server = await start(['127.0.0.1', '::1']);
    // What stands before the address that the proxy adds is the client's own invention.
    expect(await knockOften(server, (count) => `203.0.113.${count}, 198.51.100.1`)).toEqual(twentyThenWait);
    expect(await knock(server, '198.51.100.2')).toBe(401);
    expect(await knock(server, '198.51.100.1')).toBe(429);
  });

  it('count so over WebSockets, too', async () => {
    await using server = await start(['127.0.0.1', '::1']);
    await knockOften(server, () => '198.51.100.1');
    const told = async (address: string) => {
      await using socket = await openSocket(server.ws, { headers: { 'x-forwarded-for': address } });
      socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${makeSecret('key')}` } });
      return (await socket.closed).code;
    };
    const refusals = async () => /reason="too_many_failures"\} (\d+)/.exec(await server.metrics.print())?.[1];
    const before = Number(await refusals());
    expect([await told('198.51.100.1'), await told('198.51.100.2')]).toEqual([4403, 4403]);
    expect(Number(await refusals())).toBe(before + 1);
  });
});

it('sockets without a key are counted for the client that a trusted proxy names', async () => {
  await using server = await start(['127.0.0.1', '::1']);
  const open = (address: string) => openSocket(server.ws, { headers: { 'x-forwarded-for': address } });
  const held = [await open('198.51.100.1'), await open('198.51.100.1')];
  await expect(open('198.51.100.1')).rejects.toThrow('429');
  held.push(await open('198.51.100.2'));
  for (const socket of held) await socket[Symbol.asyncDispose]();
});
