import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventTypeNames } from '../schema/chat-stream.ts';
import { schema } from '../schema/index.ts';
import { openAccounts } from './accounts/accounts.ts';
import { openBooks } from './accounts/open-books.ts';
import { openRateLimits } from './accounts/open-rate-limits.ts';
import { systemClock, systemRandom } from './clock.ts';
import type { Attempt } from './completion.ts';
import { readBuiltInCatalog } from './configuration/built-in-catalog.ts';
import { assembleCatalog } from './configuration/catalog-assembly.ts';
import type { Configuration } from './configuration/configuration.ts';
import { ConfigurationError } from './configuration/configuration-error.ts';
import { readConfiguration } from './configuration/configuration-file.ts';
import { watchConfiguration } from './configuration/configuration-watcher.ts';
import { discoverServers } from './configuration/discovery.ts';
import { type Environment, readEnvironment } from './configuration/environment.ts';
import { createLiveUpstreams } from './live-upstreams.ts';
import { createLog } from './log.ts';
import { withoutCredentials } from './providers/failure.ts';
import { createEndpointHealth } from './routing/endpoint-health.ts';
import { createRouter } from './routing/router.ts';
import { textsOfPrompt } from './routing/settlement.ts';
import { createAccess, refusalToStart } from './server/access.ts';
import { readLoad, shedding, watchLoad } from './server/load-shedding.ts';
import { createMetrics } from './server/metrics.ts';
import { createRefusalLog } from './server/refusal-log.ts';
import { defaultServerSettings, type ServerSettings } from './server/server-settings.ts';
import { createServer } from './server.ts';
import { refuseDatabase, sentenceOf, startUpFailure } from './start-up-failure.ts';
import { startUpMessage } from './start-up-message.ts';
import { openStore } from './storage/open-store.ts';
import { openSpool } from './storage/spool.ts';
import { createGenerations, defaultStreamSettings } from './streams/generations.ts';
import { createTokenCounter } from './token-counter.ts';

const clock = systemClock;
const random = systemRandom;
/** A signal that follows another within this time is the same one. */
const sameSignalMs = 1_000;
/** How much may wait on disk while the database is away: some hundred thousand requests. */
const spoolBytes = 256 * 1024 * 1024;

try {
  await start();
} catch (error) {
  console.error(startUpFailure(error, process.env.PORT));
  process.exit(1);
}

/** Makes the parts, joins them, and closes them in reverse order when the process is told to end. */
async function start(): Promise<void> {
  const builtIn = readBuiltInCatalog(clock.now());
  const environment = readEnvironment(
    process.env,
    builtIn.providers.flatMap(({ keyVariables }) => keyVariables),
  );
  const refusal = refusalToStart(environment);
  if (refusal !== undefined) throw new ConfigurationError([refusal]);

  const log = createLog(environment.logLevel, withoutCredentials);
  const load = async () => {
    const configuration = readConfiguration(environment, process.cwd());
    const discovered = await discoverServers(configuration.discovery, environment, clock, AbortSignal.timeout(20_000));
    return {
      configuration,
      discovered,
      assembled: assembleCatalog({ builtIn, configuration, environment, discovered }),
    };
  };
  const { configuration, discovered, assembled } = await load();

  const upstreams = createLiveUpstreams(assembled, clock);
  const catalog = () => upstreams.current().catalog;
  const health = createEndpointHealth({
    clock,
    random,
    configured: ({ provider }) => catalog().provider(provider)?.configured === true,
  });
  const tokenCounter = createTokenCounter({ clock });
  const metrics = createMetrics();
  const router = createRouter({
    upstreams: upstreams.current,
    strategy: configuration.routing.strategy,
    hedging: configuration.routing.hedging,
    health,
    clock,
    random,
    countTokens: (texts) => tokenCounter.count(texts, new AbortController().signal),
    onAttempt: (attempt, generationId) => {
      metrics.attempt(observationOf(attempt));
      if (attempt.outcome === 'failed') log.warn({ generationId, ...failureOf(attempt) }, 'an attempt failed');
    },
    onBug: (err, generationId) => log.error({ generationId, err }, 'unexpected error while routing'),
  });
  const settings = serverSettings(environment, configuration);
  const { adminKey, production, redisUrl, replicas, spoolFile } = environment;
  const store = await openStore({ url: environment.databaseUrl, clock }).catch(refuseDatabase);
  const spool =
    spoolFile === undefined
      ? undefined
      : await openSpool({
          path: resolve(spoolFile),
          maxBytes: spoolBytes,
          warn: (message) => log.warn({}, message),
          onSetAside: (record) => {
            metrics.recordSetAside();
            log.error(
              { ...record },
              'the database does not take a record of usage, which was set aside. Mend what the reason says, stop this server, append the file to its spool, delete it, and start again',
            );
          },
        });
  const limits = openRateLimits({
    replicas,
    clock,
    makeId: makeName,
    onAway: (error) =>
      log.warn(
        { reason: sentenceOf(error) },
        'Redis does not answer: each replica keeps to its part of the rate limits',
      ),
    onBack: () => log.info({}, 'Redis answers again'),
    ...(redisUrl !== undefined && { redisUrl }),
  });
  const books = await openBooks({
    router,
    store,
    rateLimits: limits.rateLimits,
    // Processes on one machine listen on different ports; one whose port the system chooses has no name that lasts.
    replica: environment.replicaId ?? `${hostname()}:${environment.port || randomBytes(6).toString('hex')}`,
    boot: makeName(),
    clock,
    events: {
      onBug: (err, generationId) => log.error({ generationId, err }, 'unexpected error in the books'),
      onAway: (error) =>
        log.warn({ reason: sentenceOf(error) }, 'the database does not answer: settlements wait in the spool'),
      onBack: (records) => log.info({ records }, 'the database answers again, and has what waited in the spool'),
      onRefused: createRefusalLog({ log, metrics, clock }),
      onReaped: (generations) => log.warn({ generations }, 'generations were settled that a process had left open'),
    },
    ...(spool !== undefined && { spool }),
  });
  const loadWatch = configuration.server.shedding
    ? watchLoad({
        readings: readLoad(),
        clock,
        onChange: (reason) =>
          reason === undefined
            ? log.info({}, 'new generations are taken again')
            : log.warn({ reason }, 'new generations are refused: this server has more work than it can take'),
      })
    : undefined;
  const generations = createGenerations({
    router:
      loadWatch === undefined ? books.router : shedding(books.router, loadWatch, () => metrics.refusal('overloaded')),
    makeId: makeGenerationId,
    clock,
    settings: { ...defaultStreamSettings, ...configuration.streams },
  });
  const accounts = await openAccounts({ store, clock, ...(adminKey !== undefined && { adminKey }) });
  const access = createAccess({
    authentication: accounts.authentication,
    strangers: production,
    ...(adminKey === undefined && { anonymous: production ? accounts.callers.stranger : accounts.callers.local }),
  });
  const server = createServer({
    schema,
    eventTypeNames,
    catalog,
    generations,
    health,
    accounts,
    countText: async (prompt, signal) => (await tokenCounter.count(textsOfPrompt(prompt), signal)).tokens,
    access,
    settings,
    metrics,
    log,
    clock,
  });
  const { url } = await server.listen();

  let reloading = Promise.resolve();
  const reload = () => {
    reloading = reloading.then(async () => {
      try {
        const next = await load();
        upstreams.replace(next.assembled);
        health.forgive();
        log.info(
          { file: next.configuration.file, models: next.assembled.catalog.models.length },
          'configuration reloaded',
        );
        for (const note of next.assembled.notes) log.warn({}, note);
        if (
          !isDeepStrictEqual(
            [next.configuration.server, next.configuration.routing, next.configuration.streams],
            [configuration.server, configuration.routing, configuration.streams],
          )
        ) {
          log.warn({}, 'what the configuration says under server, routing and streams takes effect at the next start');
        }
      } catch (error) {
        log.error(
          { problem: startUpFailure(error, process.env.PORT) },
          'the new configuration is not used; the running one stays',
        );
      }
    });
  };
  // Also a file that is not there yet: it may be written while the server runs.
  const watched = configuration.file ?? environment.configurationFile ?? 'pointsman.yaml';
  const watcher = watchConfiguration(resolve(watched), clock, reload, () =>
    log.warn({ file: watched }, 'the configuration file is gone; what it said stays in force'),
  );

  let endingSinceMs: number | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (endingSinceMs !== undefined) {
      // Ctrl-C comes twice, some milliseconds apart, where npm started us: from the terminal, and from npm.
      if (clock.monotonic() - endingSinceMs > sameSignalMs) process.exit(1);
      return;
    }
    endingSinceMs = clock.monotonic();
    log.info({ signal, running: generations.running(), graceMs: settings.shutdownMs }, 'shutting down');
    watcher.close();
    await server.drain();
    accounts.close();
    await books.close();
    limits.close();
    await spool?.close();
    await store.close();
    loadWatch?.close();
    metrics.close();
    await tokenCounter.close();
    await upstreams.close();
    process.exit(0);
  };
  process.on('SIGHUP', reload);
  process.on('SIGTERM', (signal) => void end(signal));
  process.on('SIGINT', (signal) => void end(signal));
  process.on('uncaughtException', (err) => {
    log.error({ err }, 'uncaught error; the process ends');
    process.exit(1);
  });

  console.log(
    startUpMessage({
      url,
      assembled,
      discovered,
      searched: configuration.discovery !== false && environment.discovery !== false,
      configurationFile: configuration.file,
      keyed: environment.adminKey !== undefined,
      graphiql: settings.graphiql,
    }),
  );
}

function serverSettings(environment: Environment, { server }: Configuration): ServerSettings {
  const { port, host, production } = environment;
  return {
    ...defaultServerSettings,
    port,
    host,
    graphiql: server.graphiql ?? !production,
    allowedHosts: server.allowedHosts,
    corsOrigins: server.corsOrigins,
    trustedProxies: server.trustedProxies,
    bodyLimitBytes: server.bodyLimitBytes,
    shutdownMs: server.shutdownMs,
    sockets: { ...defaultServerSettings.sockets, ...server.sockets },
  };
}

function observationOf({ endpoint, outcome = 'cancelled', failureKind, durationMs = 0, firstContentMs }: Attempt) {
  return { provider: endpoint.provider, outcome, failureKind, durationMs, firstContentMs };
}

/** Without the upstream's sentence, which may repeat the prompt; the caller is told it. */
function failureOf({ endpoint, failureKind, status, durationMs }: Attempt) {
  return { endpoint: endpoint.id, failureKind, status, durationMs };
}

/** In the order of their seconds, so that the rows of one moment lie side by side in the database: that makes writing one cheaper. */
function makeGenerationId(): string {
  return `gen-${Math.floor(clock.now() / 1_000)}-${makeName()}`;
}

/** 120 random bits, in letters that any part of an address may hold. */
function makeName(): string {
  return randomBytes(15).toString('base64url');
}
