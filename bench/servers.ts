import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** A server in a process of its own. */
export interface BenchServer {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** User and system time of the process since it started, milliseconds. The kernel counts in steps of 10. */
  readonly cpuMs: () => number;
  /** Resident memory after a collection of the garbage, bytes. */
  readonly memory: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

const root = resolve(import.meta.dirname, '..');

/** The upstream that all others call. */
export function startUpstream(): Promise<BenchServer> {
  return startServer('bench/upstream.ts', []);
}

/** How to start what is measured. */
export const starters = {
  /** The byte passthrough that all others are measured against. */
  raw: (upstream: BenchServer) => startServer('bench/raw-proxy.ts', [upstream.url]),
  pointsman: (upstream: BenchServer) => startPointsman(configurationFor(upstream)),
  /** The same schema and catalog behind Yoga as it comes. */
  yoga: () => startServer('bench/plain-yoga.ts', []),
} as const satisfies Readonly<Record<string, (upstream: BenchServer) => Promise<BenchServer>>>;
export type ServerName = keyof typeof starters;

/** The real program, with this configuration beside the catalog that it ships with. */
export async function startPointsman(configuration: object): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-bench-'));
  const file = join(directory, 'pointsman.yaml');
  await writeFile(file, JSON.stringify(configuration));
  return startServer('src/main.ts', [], {
    environment: {
      PORT: '0',
      HOST: '127.0.0.1',
      POINTSMAN_CONFIG: file,
      POINTSMAN_DISCOVERY: 'off',
      DATABASE_URL: join(directory, 'pointsman.db'),
      LOG_LEVEL: 'error',
    },
    stopped: () => rm(directory, { recursive: true, force: true }),
  });
}

/** Nothing but the upstream. */
function configurationFor(upstream: BenchServer): object {
  const endpoint = (upstreamModel: string) => ({
    provider: 'bench',
    upstreamModel,
    pricing: { perMillion: { prompt: 1, completion: 2 } },
  });
  const models = ['flat', 'mixed', 'paced', 'held'].map((name) => [
    `bench/${name}`,
    { contextLength: 100_000_000, inputModalities: ['text', 'image'], endpoints: [endpoint(name)] },
  ]);
  return {
    providers: {
      bench: {
        dialect: 'openai-compatible',
        baseUrl: `${upstream.url}/v1`,
        apiKey: 'bench',
        allowPrivateNetwork: true,
      },
    },
    models: Object.fromEntries(models),
    server: { sockets: { maxOperations: 10_000, maxMessagesPerSecond: 1_000_000 } },
  };
}

interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stopped?: () => Promise<void>;
}

/** Starts a script of this repository and waits until it says where it listens. */
async function startServer(script: string, args: readonly string[], options: StartOptions = {}): Promise<BenchServer> {
  const probe = join(root, 'bench/probe.ts');
  const child = spawn(process.execPath, ['--expose-gc', '--import', probe, join(root, script), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const url = await listeningUrl(child, script);
  return {
    url,
    cpuMs: () => cpuMsOf(child.pid),
    memory: async () => {
      child.send('memory');
      const [bytes] = await once(child, 'message');
      return Number(bytes);
    },
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      await options.stopped?.();
    },
  };
}

function listeningUrl({ stdout }: ChildProcess, script: string): Promise<string> {
  return new Promise((found, failed) => {
    if (stdout === null) return failed(new Error(`${script} has no output`));
    createInterface(stdout)
      .on('line', (line) => {
        const [, url] = /listens on (\S+)/.exec(line) ?? [];
        if (url !== undefined) found(url);
      })
      .once('close', () => failed(new Error(`${script} ended before it listened`)));
  });
}

/** Fields 14 and 15 of proc(5)'s stat, in ticks of a hundredth of a second. The name in field 2 may hold spaces. */
function cpuMsOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
