import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Transport = 'http' | 'sse' | 'ws';

/** One call of one endpoint, as the router's events tell it. */
export interface AttemptObservation {
  /** The provider's slug. */
  readonly provider: string;
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly failureKind?: string | undefined;
  readonly durationMs: number;
  /** Until the first token; absent where none came. */
  readonly firstContentMs?: number | undefined;
}

/** What the parts of the server tell, and `/metrics` shows in Prometheus's format. Labels take few values: never a caller's text. */
export interface Metrics {
  readonly request: (observation: {
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly durationMs: number;
  }) => void;
  readonly operation: (type: 'query' | 'mutation' | 'subscription', transport: Transport) => void;
  /** A request, socket or operation that was turned away, and why, e.g. `foreign_origin`. */
  readonly refusal: (reason: string) => void;
  /** A record of usage that the database does not take, and that waits in a file for the operator. */
  readonly recordSetAside: () => void;
  /** The returned function says that it ended. */
  readonly streamOpened: (transport: Transport) => () => void;
  readonly socketOpened: () => () => void;
  readonly attempt: (observation: AttemptObservation) => void;
  readonly contentType: string;
  readonly print: () => Promise<string>;
  /** Stops measuring the event loop. */
  readonly close: () => void;
}

const methods = new Set(['GET', 'POST', 'OPTIONS', 'HEAD']);
const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const firstTokenSeconds = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40];

/** Metrics in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'pointsman_http_requests_total',
    help: 'HTTP requests answered, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'pointsman_http_request_duration_seconds',
    help: 'From the first byte of a request to the end of its answer; for a stream, its whole life.',
    labelNames: ['route'],
    buckets: requestSeconds,
    registers,
  });
  const operations = new Counter({
    name: 'pointsman_graphql_operations_total',
    help: 'GraphQL operations begun, by type and transport.',
    labelNames: ['type', 'transport'],
    registers,
  });
  const refusals = new Counter({
    name: 'pointsman_refusals_total',
    help: 'Requests, sockets and operations turned away before they ran, by reason: a key, a limit, money, load and so on.',
    labelNames: ['reason'],
    registers,
  });
  const recordsSetAside = new Counter({
    name: 'pointsman_records_set_aside_total',
    help: 'Records of usage that the database does not take. They wait in a file beside the spool, which the log names.',
    registers,
  });
  const streams = new Gauge({
    name: 'pointsman_open_streams',
    help: 'Subscriptions open now, by transport.',
    labelNames: ['transport'],
    registers,
  });
  const sockets = new Gauge({ name: 'pointsman_open_sockets', help: 'WebSockets open now.', registers });
  const attempts = new Counter({
    name: 'pointsman_attempts_total',
    help: 'Calls of providers, by provider, outcome and kind of failure.',
    labelNames: ['provider', 'outcome', 'failure_kind'],
    registers,
  });
  const attemptDuration = new Histogram({
    name: 'pointsman_attempt_duration_seconds',
    help: 'How long calls of providers took, by provider and outcome.',
    labelNames: ['provider', 'outcome'],
    buckets: requestSeconds,
    registers,
  });
  const firstToken = new Histogram({
    name: 'pointsman_first_token_seconds',
    help: 'From the call of a provider to its first token.',
    labelNames: ['provider'],
    buckets: firstTokenSeconds,
    registers,
  });
  const eventLoop = observeProcess(registers);

  return {
    request: ({ route, method, status, durationMs }) => {
      requests.inc({ route, method: methods.has(method) ? method : 'other', status });
      requestDuration.observe({ route }, durationMs / 1000);
    },
    operation: (type, transport) => operations.inc({ type, transport }),
    refusal: (reason) => refusals.inc({ reason }),
    recordSetAside: () => recordsSetAside.inc(),
    streamOpened: (transport) => {
      streams.inc({ transport });
      return () => streams.dec({ transport });
    },
    socketOpened: () => {
      sockets.inc();
      return () => sockets.dec();
    },
    attempt: ({ provider, outcome, failureKind, durationMs, firstContentMs }) => {
      attempts.inc({ provider, outcome, failure_kind: failureKind ?? '' });
      attemptDuration.observe({ provider, outcome }, durationMs / 1000);
      if (firstContentMs !== undefined) firstToken.observe({ provider }, firstContentMs / 1000);
    },
    contentType: registry.contentType,
    print: () => registry.metrics(),
    close: () => eventLoop.disable(),
  };
}

/** Gauges that are read when they are asked for. The event loop's delays are those since they were last read. */
function observeProcess(registers: Registry[]) {
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  new Gauge({
    name: 'pointsman_event_loop_delay_seconds',
    help: 'How late the event loop was, since these metrics were last read.',
    labelNames: ['quantile'],
    registers,
    collect() {
      for (const percentile of [50, 90, 99]) {
        this.set({ quantile: percentile / 100 }, delays.count === 0 ? 0 : delays.percentile(percentile) / 1e9);
      }
      this.set({ quantile: 1 }, delays.count === 0 ? 0 : delays.max / 1e9);
      delays.reset();
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time that the process has used.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
  return delays;
}
