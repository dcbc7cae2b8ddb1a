import { setTimeout } from 'node:timers/promises';
import type { Case, Subject } from './case.ts';
import { eventStreamClient, type OpenedStream, openaiClient, type StreamClient, socketClient } from './clients.ts';
import { cpuMicrosPer, median, together } from './measure.ts';
import type { Manner } from './operations.ts';
import { type BenchServer, starters } from './servers.ts';

/** Who is asked, and over what. */
const ways = {
  raw: { server: 'raw', client: (server) => openaiClient(server) },
  WS: { server: 'pointsman', client: (server) => socketClient(server, 'own') },
  'WS, one socket': { server: 'pointsman', client: (server) => socketClient(server, 'shared') },
  SSE: { server: 'pointsman', client: (server) => eventStreamClient(server) },
} as const satisfies Readonly<
  Record<string, { server: 'raw' | 'pointsman'; client: (server: BenchServer) => StreamClient | Promise<StreamClient> }>
>;
type Way = keyof typeof ways;

/** The cases that are about streams. */
export const streamCases: readonly Case[] = [
  {
    name: 'token-one',
    title: 'a token, flat out, 1 stream',
    unit: 'CPU µs',
    subjects: perToken(['raw', 'WS', 'SSE'], { manner: 'flat', streams: 1, tokens: 100_000 }),
  },
  {
    name: 'token-many',
    title: 'a token, flat out, 50 streams',
    unit: 'CPU µs',
    subjects: perToken(['raw', 'WS', 'WS, one socket', 'SSE'], { manner: 'flat', streams: 50, tokens: 2_000 }),
  },
  {
    name: 'token-unmerged',
    title: 'a token, flat out, 50 streams in which no two tokens merge',
    unit: 'CPU µs',
    subjects: perToken(['raw', 'WS', 'WS, one socket', 'SSE'], { manner: 'mixed', streams: 50, tokens: 1_000 }),
  },
  {
    name: 'token-paced',
    title: 'a token, 200 streams at 20 tokens/s',
    unit: 'CPU µs',
    subjects: perToken(['raw', 'WS', 'SSE'], { manner: 'paced', streams: 200, tokens: 100 }),
  },
  {
    name: 'set-up',
    title: 'a stream of one token from beginning to end',
    unit: 'CPU µs',
    subjects: subjects(['raw', 'WS', 'WS, one socket', 'SSE'], (way) => async (bench) => {
      const streams = Math.ceil(1_000 * bench.scale);
      return using(way, await bench.server(ways[way].server), (client, server) =>
        cpuMicrosPer(server, streams, () => together(streams, 20, () => run(client, 'flat', 1))),
      );
    }),
  },
  {
    name: 'first-token',
    title: 'time to the first token beyond that of the upstream, median',
    unit: 'ms',
    subjects: subjects(['raw', 'WS', 'SSE'], (way) => async (bench) => {
      const times = Math.ceil(200 * bench.scale);
      const direct = openaiClient(bench.upstream);
      return using(way, await bench.server(ways[way].server), async (client) => {
        const through: number[] = [];
        const without: number[] = [];
        for (let time = 0; time < times; time += 1) {
          through.push(await run(client, 'flat', 1));
          without.push(await run(direct, 'flat', 1));
        }
        return median(through) - median(without);
      }).finally(direct.close);
    }),
  },
  {
    name: 'memory',
    title: 'memory of an open stream',
    unit: 'KB',
    subjects: subjects(['raw', 'WS', 'WS, one socket', 'SSE'], (way) => async (bench) => {
      const streams = Math.ceil(500 * bench.scale);
      // A server of its own: one that has worked has room left over from that.
      const server = await starters[ways[way].server](bench.upstream);
      try {
        return await using(way, server, async (client) => {
          await together(100, 20, () => run(client, 'flat', 100));
          const before = await server.memory();
          const opened = await openAll(client, streams, 'held');
          const after = await server.memory();
          for (const { vanish } of opened) vanish();
          return (after - before) / 1024 / streams;
        });
      } finally {
        await server.stop();
      }
    }),
  },
  {
    name: 'hang-up',
    title: 'upstream streams of 100 that still run 500 ms after their clients have vanished',
    unit: 'streams',
    subjects: subjects(
      ['raw', 'WS', 'SSE'],
      (way) => async (bench) =>
        using(way, await bench.server(ways[way].server), async (client) => {
          for (const { vanish } of await openAll(client, 100, 'held')) vanish();
          await setTimeout(500);
          return Number(await (await fetch(bench.upstream.url)).text());
        }),
    ),
  },
];

interface Load {
  readonly manner: Manner;
  readonly streams: number;
  /** Of each stream. */
  readonly tokens: number;
}

function perToken(of: readonly Way[], { manner, streams, tokens }: Load): Case['subjects'] {
  return subjects(of, (way) => async (bench) => {
    const each = Math.ceil(tokens * bench.scale * 0.5) * 2;
    return using(way, await bench.server(ways[way].server), (client, server) =>
      cpuMicrosPer(server, streams * each, () => together(streams, streams, () => run(client, manner, each))),
    );
  });
}

function subjects(of: readonly Way[], subject: (way: Way) => Subject): Case['subjects'] {
  return Object.fromEntries(of.map((way) => [way, subject(way)]));
}

async function using<T>(
  way: Way,
  server: BenchServer,
  work: (client: StreamClient, server: BenchServer) => Promise<T>,
): Promise<T> {
  const client = await ways[way].client(server);
  try {
    return await work(client, server);
  } finally {
    client.close();
  }
}

/** Reads one stream to its end; resolves with the milliseconds to its first token. */
async function run(client: StreamClient, manner: Manner, tokens: number): Promise<number> {
  const stream = await client.open(manner, tokens);
  await stream.whole;
  return stream.firstToken;
}

/** Opens so many streams, and waits for the first token of each. */
async function openAll(client: StreamClient, streams: number, manner: Manner): Promise<readonly OpenedStream[]> {
  const opened: OpenedStream[] = [];
  await together(streams, 50, async () => {
    const stream = await client.open(manner, 1);
    opened.push(stream);
    return stream.firstToken;
  });
  return opened;
}
