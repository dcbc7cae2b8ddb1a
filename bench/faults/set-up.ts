import type { FaultyUpstream, Manners } from './upstream.ts';

/** The upstreams: each next one dearer and faster than the one before, so that all of them get a part of the traffic. */
export const upstreamsByName = {
  amber: { price: 1, manners: { firstTokenMs: 160, gapMs: 40, tokens: 20 } },
  birch: { price: 1.1, manners: { firstTokenMs: 120, gapMs: 36, tokens: 20 } },
  cedar: { price: 1.25, manners: { firstTokenMs: 90, gapMs: 32, tokens: 20 } },
  dune: { price: 1.4, manners: { firstTokenMs: 70, gapMs: 28, tokens: 20 } },
} as const satisfies Readonly<Record<string, { readonly price: number; readonly manners: Manners }>>;

export type UpstreamName = keyof typeof upstreamsByName;
export type Upstreams = Readonly<Record<UpstreamName, FaultyUpstream>>;

/** The model that all of them serve. */
export const model = 'bench/faults';

/** The program's configuration, with a deadline for the first content of some upstreams, or else the usual one. */
export function configurationFor(
  upstreams: Upstreams,
  firstContentMs: Readonly<Partial<Record<UpstreamName, number>>>,
): object {
  const deadlines = new Map(Object.entries(firstContentMs));
  const providers = Object.entries(upstreams).map(([name, { url }]) => {
    const deadlineMs = deadlines.get(name);
    const provider = {
      dialect: 'openai-compatible',
      baseUrl: `${url}/v1`,
      apiKey: 'bench',
      allowPrivateNetwork: true,
      ...(deadlineMs !== undefined && { deadlines: { firstContentMs: deadlineMs } }),
    };
    return [name, provider];
  });
  const endpoints = Object.entries(upstreamsByName).map(([provider, { price }]) => ({
    provider,
    upstreamModel: 'faults',
    pricing: { perMillion: { prompt: price, completion: price } },
  }));
  return {
    routing: { strategy: 'adaptive' },
    providers: Object.fromEntries(providers),
    models: { [model]: { contextLength: 100_000, endpoints } },
    server: { sockets: { maxOperations: 10_000, maxMessagesPerSecond: 1_000_000 } },
  };
}
