import { isDeepStrictEqual } from 'node:util';
import type { Clock } from './clock.ts';
import type { AssembledCatalog } from './configuration/catalog-assembly.ts';
import { createProvider, type ProviderSettings } from './providers/create-provider.ts';
import type { Provider } from './providers/provider.ts';
import type { Upstreams } from './routing/run.ts';

/** The upstreams of now. */
export interface LiveUpstreams {
  readonly current: () => Upstreams;
  /**
   * Puts another assembly in place for requests to come. Providers whose settings did not change are kept with their connections;
   * the others close when the calls in flight have ended. Throws, and changes nothing, if a provider cannot be made.
   */
  readonly replace: (assembled: AssembledCatalog) => void;
  /** Lets calls in flight finish, then closes all connections. */
  readonly close: () => Promise<void>;
}

interface Live {
  readonly settings: ProviderSettings;
  readonly provider: Provider;
}

export function createLiveUpstreams(first: AssembledCatalog, clock: Clock): LiveUpstreams {
  let live = providersOf(first, new Map(), clock);
  let current = upstreamsOf(first, live);

  return {
    current: () => current,
    replace(assembled) {
      const before = live;
      live = providersOf(assembled, before, clock);
      current = upstreamsOf(assembled, live);
      const kept = new Set([...live.values()].map(({ provider }) => provider));
      for (const { provider } of before.values()) if (!kept.has(provider)) void provider.close();
    },
    async close() {
      await Promise.all([...live.values()].map(({ provider }) => provider.close()));
    },
  };
}

function providersOf(
  assembled: AssembledCatalog,
  before: ReadonlyMap<string, Live>,
  clock: Clock,
): ReadonlyMap<string, Live> {
  return new Map(
    [...assembled.providers].map(([slug, settings]) => {
      const known = before.get(slug);
      const unchanged = known !== undefined && isDeepStrictEqual(known.settings, settings);
      return [slug, unchanged ? known : { settings, provider: createProvider(settings, clock) }];
    }),
  );
}

function upstreamsOf({ catalog, deadlines }: AssembledCatalog, live: ReadonlyMap<string, Live>): Upstreams {
  return { catalog, deadlines, providers: new Map([...live].map(([slug, { provider }]) => [slug, provider])) };
}
