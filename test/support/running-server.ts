import { eventTypeNames } from '../../schema/chat-stream.ts';
import { schema as wholeSchema } from '../../schema/index.ts';
import { systemClock } from '../../src/clock.ts';
import { createMetrics, type Metrics } from '../../src/server/metrics.ts';
import { defaultServerSettings, type ServerSettings } from '../../src/server/server-settings.ts';
import { createServer, type PointsmanServer, type ServerOptions } from '../../src/server.ts';
import { noAccounts } from './no-accounts.ts';
import { restingHealth } from './resting-health.ts';
import { createScriptedGenerations } from './scripted-generations.ts';
import { createSmallCatalog } from './small-catalog.ts';
import { createTestAccess, type TestAccessOptions } from './test-access.ts';

export interface RunningServer extends AsyncDisposable {
  readonly server: PointsmanServer;
  readonly port: number;
  /** `http://localhost:…` */
  readonly url: string;
  /** The URL of `/graphql`. */
  readonly graphql: string;
  /** The URL of `/graphql` for WebSockets. */
  readonly ws: string;
  readonly metrics: Metrics;
  /** Everything that was logged as a warning or an error. */
  readonly logged: { readonly fields: object; readonly message: string }[];
  /** Posts an operation as JSON. */
  readonly post: (
    operation: { query: string; variables?: object; operationName?: string },
    headers?: Record<string, string>,
  ) => Promise<Response>;
}

type Overrides = Partial<Omit<ServerOptions, 'settings'>> &
  TestAccessOptions & {
    readonly settings?: Partial<Omit<ServerSettings, 'sockets' | 'eventStreams'>> & {
      readonly sockets?: Partial<ServerSettings['sockets']>;
      readonly eventStreams?: Partial<ServerSettings['eventStreams']>;
    };
  };

/** The real server on a free port of this machine, with the real schema and whatever the test puts in place of the rest. */
export async function startServer(overrides: Overrides = {}): Promise<RunningServer> {
  const logged: RunningServer['logged'] = [];
  const note = (fields: object, message: string) => void logged.push({ fields, message });
  const metrics = overrides.metrics ?? createMetrics();
  const catalog = createSmallCatalog();
  const server = createServer({
    schema: wholeSchema,
    eventTypeNames,
    catalog: () => catalog,
    generations: createScriptedGenerations(),
    health: restingHealth,
    accounts: noAccounts,
    countText: async ({ messages }) => JSON.stringify(messages).length,
    access: overrides.access ?? createTestAccess(overrides),
    metrics,
    log: { error: note, warn: note, info: () => {}, debug: () => {} },
    clock: systemClock,
    ...overrides,
    settings: {
      ...defaultServerSettings,
      port: 0,
      ...overrides.settings,
      sockets: { ...defaultServerSettings.sockets, ...overrides.settings?.sockets },
      eventStreams: { ...defaultServerSettings.eventStreams, ...overrides.settings?.eventStreams },
    },
  });
  const { url, port } = await server.listen();
  const graphql = `${url}/graphql`;
  return {
    server,
    port,
    url,
    graphql,
    ws: graphql.replace('http', 'ws'),
    metrics,
    logged,
    post: (operation, headers = {}) =>
      fetch(graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(operation),
      }),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      metrics.close();
    },
  };
}
