// What authentication and the books cost a request, and a token: the same routing over a scripted upstream in this process, with them and
// without. `npm run bench:metering`, with --json for programs; see README.md beside this file.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openAccounts } from '../src/accounts/accounts.ts';
import { openBooks } from '../src/accounts/open-books.ts';
import { openRateLimits } from '../src/accounts/open-rate-limits.ts';
import type { Caller } from '../src/caller.ts';
import { createCatalog } from '../src/catalog.ts';
import type { ChatRequest, StreamPart } from '../src/chat.ts';
import { systemClock, systemRandom } from '../src/clock.ts';
import type { BareRouter, Router } from '../src/completion.ts';
import type { Provider } from '../src/providers/provider.ts';
import { createEndpointHealth } from '../src/routing/endpoint-health.ts';
import { createRouter } from '../src/routing/router.ts';
import { limitCapId } from '../src/storage/cap-ids.ts';
import { openStore } from '../src/storage/open-store.ts';
import { median, together } from './measure.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '5000' },
    tokens: { type: 'string', default: '2000' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const tokensOfStream = Number(values.tokens);
const warmUpRounds = 2;
const streams = 20;
const atATime = 16;

const usage = {
  promptTokens: 12,
  completionTokens: 8,
  totalTokens: 20,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  source: 'provider',
} as const;
const ending: readonly StreamPart[] = [
  { type: 'finish', reason: 'stop' },
  { type: 'usage', usage },
];
const upstream: Provider = {
  complete: async () => ({
    content: 'Good day.',
    toolCalls: [],
    annotations: [],
    images: [],
    finishReason: 'stop',
    usage,
  }),
  async *stream() {
    for (let count = 0; count < tokensOfStream; count += 1) {
      // As from a socket: some tokens of each read wait for the event loop.
      if (count % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      yield [{ type: 'text', text: ' word' }];
    }
    yield ending;
  },
  close: async () => {},
};
const endpoint = {
  id: 'bench/model@bench',
  tag: 'bench',
  model: 'bench/model',
  provider: 'bench',
  upstreamModel: 'model',
  contextLength: 1_000_000,
  quantization: 'unknown',
  pricing: { prompt: '0.000001', completion: '0.000002', request: '0', overrides: [] },
  supportedParameters: new Set(['max_tokens'] as const),
  inputModalities: ['text'],
  dataPolicy: { trainsOnPrompts: false, retention: 'none' },
} as const;
const catalog = createCatalog({
  models: [
    {
      slug: 'bench/model',
      name: 'Model',
      author: 'bench',
      contextLength: 1_000_000,
      inputModalities: ['text'],
      outputModalities: ['text'],
    },
  ],
  providers: [
    { slug: 'bench', name: 'Bench', configured: true, dataPolicy: { trainsOnPrompts: false, retention: 'none' } },
  ],
  endpoints: [endpoint],
  aliases: new Map(),
  defaultModel: 'bench/model',
});
const request: ChatRequest = {
  model: 'bench/model',
  messages: [{ role: 'user', content: 'How do you do?' }],
  maxTokens: 64,
};
const long: ChatRequest = { ...request, maxTokens: 100_000 };

const folder = await mkdtemp(join(tmpdir(), 'pointsman-metering-'));
const clock = systemClock;
const makeId = () => `gen-${Math.floor(clock.now() / 1_000)}-${randomBytes(15).toString('base64url')}`;
const never = (error: unknown) => {
  throw error;
};
const store = await openStore({ url: join(folder, 'books.db'), clock });
const accounts = await openAccounts({ store, clock });
const router = createRouter({
  upstreams: () => ({
    catalog,
    providers: new Map([['bench', upstream]]),
    deadlines: () => ({ connectMs: 60_000, firstContentMs: 60_000, gapMs: 60_000, totalMs: 60_000 }),
  }),
  health: createEndpointHealth({ clock, random: systemRandom, configured: () => true }),
  clock,
  random: systemRandom,
  countTokens: async () => ({ tokens: 1, source: 'estimated' }),
});
const limits = openRateLimits({ replicas: 1, clock, makeId, onAway: never, onBack: () => {} });
const books = await openBooks({
  router,
  store,
  rateLimits: limits.rateLimits,
  replica: 'bench',
  boot: makeId(),
  clock,
  events: { onBug: never, onAway: never, onBack: () => {}, onReaped: () => {}, onRefused: never },
});

async function makeKey(limitNano: number | undefined): Promise<{ secret: string; id: string }> {
  const operator = accounts.callers.operator();
  const { secret, key } = await accounts.apiKeys.create(operator, {
    name: 'bench',
    ...(limitNano !== undefined && { limit: { limitNano, reset: 'none' as const } }),
  });
  return { secret, id: key.id };
}

type Work = (router: Router | BareRouter, caller: Caller) => Promise<unknown>;
const complete: Work = (by, caller) =>
  by.complete(request, { generationId: makeId(), caller, signal: new AbortController().signal });
const stream: Work = async (by, caller) => {
  const events = by.stream(long, { generationId: makeId(), caller, signal: new AbortController().signal });
  for (let result = await events.next(); result.done !== true; result = await events.next());
};

/** CPU of the process for each unit, microseconds. */
async function cpuMicros(units: number, times: number, work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await together(times, atATime, work);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / units;
}

interface Case {
  readonly title: string;
  readonly work: Work;
  /** What a turn is divided by, and how many requests it takes. */
  readonly units: number;
  readonly times: number;
  readonly secret: string;
}

const shown = (secret: string) => accounts.authentication.authenticate({ secret, address: '127.0.0.1' });

/** A turn without the books and one with them, so that what else the machine does meets both. CPU of a unit, microseconds. */
async function turn({ work, units, times, secret }: Case) {
  const caller = await shown(secret);
  const off = await cpuMicros(units, times, () => work(router, caller));
  const on = await cpuMicros(units, times, async () => work(books.router, await shown(secret)));
  return { off, on };
}

async function compare(one: Case) {
  const turns = [];
  for (let round = 0; round < rounds; round += 1) turns.push(await turn(one));
  const off = turns.map((each) => each.off);
  const on = turns.map((each) => each.on);
  return {
    title: one.title,
    offMicros: median(off),
    onMicros: median(on),
    addedMicros: median(turns.map((each) => each.on - each.off)),
    leastAddedMicros: Math.min(...on) - Math.min(...off),
    ratio: median(turns.map((each) => each.on / each.off)),
  };
}

const plainKey = await makeKey(undefined);
const cappedKey = await makeKey(1_000_000_000_000);
const ofRequests = { work: complete, units: requests, times: requests };
const ofTokens = { work: stream, units: streams * tokensOfStream, times: streams };
const cases: readonly Case[] = [
  { title: 'a request of a plain key', ...ofRequests, secret: plainKey.secret },
  { title: 'a request of a key with a limit', ...ofRequests, secret: cappedKey.secret },
  { title: 'a token of a stream of a plain key', ...ofTokens, secret: plainKey.secret },
  { title: 'a token of a stream of a key with a limit', ...ofTokens, secret: cappedKey.secret },
].filter(({ title }) => title.includes(values.only));
// Warms up, so that nothing is compiled while it is measured, as in a server that has run for a minute.
for (let round = 0; round < warmUpRounds; round += 1) for (const one of cases) await turn(one);
const results = [];
for (const one of cases) results.push(await compare(one));
const spent = (await store.caps.get(limitCapId(cappedKey.id)))?.spentNano;
await books.close();
limits.close();
accounts.close();
await store.close();
await rm(folder, { recursive: true, force: true });

if (values.json)
  console.log(JSON.stringify({ node: process.version, rounds, requests, results, spentNano: spent }, undefined, 2));
else {
  console.log('| CPU, µs | without | with | added | least | ratio |\n| --- | ---: | ---: | ---: | ---: | ---: |');
  const digits = (figure: number) => Number(figure.toPrecision(3)).toString();
  for (const { title, offMicros, onMicros, addedMicros, leastAddedMicros, ratio } of results) {
    console.log(
      `| ${title} | ${[offMicros, onMicros, addedMicros, leastAddedMicros, ratio].map(digits).join(' | ')} |`,
    );
  }
}
