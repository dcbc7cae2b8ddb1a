import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { leash } from './leash.ts';
import type { TypedDocument } from './typed-document.ts';

export interface ProgramOptions {
  /** What stands in `pointsman.yaml`: a text as it is, anything else as JSON, which YAML reads, too. Without it there is no file. */
  readonly configuration?: unknown;
  /** Added to an environment that holds nothing but PATH and HOME, with discovery off and a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How it is started: as `node src/main.ts` by default, or as the README says. */
  readonly start?: 'node' | 'npm start';
}

/** How the program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program in a process of its own. Whatever a test does or fails to do, it does not outlive the test file. */
export interface RunningProgram extends AsyncDisposable {
  /** `http://localhost:…` */
  readonly url: string;
  readonly graphql: string;
  /** The URL of `/graphql` for WebSockets. */
  readonly ws: string;
  /** What it has printed so far, start-up message and log. */
  readonly output: () => string;
  /** The start-up message. */
  readonly message: string;
  /** The output from the first place where it matches, once it does. Rejects when the program ends without having said it. */
  readonly says: (pattern: RegExp) => Promise<string>;
  /** Puts another `pointsman.yaml` in place, at once, as editors do. */
  readonly configure: (configuration: unknown) => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a signal to the program and its parents alike, as a terminal does at Ctrl-C. */
  readonly signalGroup: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<Exit>;
  /** Signals, and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Exit>;
  /** Posts an operation as JSON. */
  readonly post: (
    operation: { readonly query: string; readonly variables?: unknown },
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  /** The data of a query or mutation, which must not have errors. */
  readonly run: <Result, Variables>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
  ) => Promise<Result>;
}

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');
const startsWithinMs = 60_000;
const speaksWithinMs = 60_000;
const running = new Set<Program>();

afterAll(() => Promise.all([...running].map((program) => program.kill())));

/** Starts the program and waits until it says where it listens. Rejects with its whole output if it ends first. */
export async function startProgram(options: ProgramOptions = {}): Promise<RunningProgram> {
  const program = await launch(options);
  try {
    const said = await program.says(/Pointsman listens on (\S+)[\s\S]*\nTry:\n.*\n/, startsWithinMs);
    const url = said.match(/(http:\S+)/)?.[1] ?? '';
    const graphql = `${url}/graphql`;
    const post: RunningProgram['post'] = (operation, headers = {}) =>
      fetch(graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(operation),
      });
    return {
      url,
      graphql,
      ws: graphql.replace('http', 'ws'),
      output: program.output,
      message: said,
      says: (pattern) => program.says(pattern, speaksWithinMs),
      configure: program.configure,
      signal: (signal) => void program.child.kill(signal),
      signalGroup: (signal) => void process.kill(-(program.child.pid ?? 0), signal),
      exited: program.exited,
      stop: (signal = 'SIGTERM') => {
        program.child.kill(signal);
        return program.exited;
      },
      post,
      run: async (document, variables) => {
        const response = await post({ query: document.toString(), variables });
        const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
        if (errors !== undefined) throw new Error(JSON.stringify(errors));
        return data as never;
      },
      [Symbol.asyncDispose]: () => program.kill(),
    };
  } catch (error) {
    await program.kill();
    throw error;
  }
}

/** Runs the program where it is expected to refuse to start. Rejects if it starts. */
export async function failToStart(options: ProgramOptions): Promise<Exit> {
  const program = await launch(options);
  try {
    const outcome = await program.says(/Pointsman listens on/, startsWithinMs).catch((error: Error) => error);
    if (typeof outcome === 'string') throw new Error(`it started: ${outcome}`);
    if (program.child.exitCode === null) throw outcome;
    return await program.exited;
  } finally {
    await program.kill();
  }
}

interface Program {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly output: () => string;
  readonly says: (pattern: RegExp, withinMs: number) => Promise<string>;
  readonly configure: (configuration: unknown) => Promise<void>;
  /** Ends it, waits for that, and removes its directory. */
  readonly kill: () => Promise<void>;
}

async function launch({ configuration, environment = {}, start = 'node' }: ProgramOptions): Promise<Program> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-e2e-'));
  const file = join(directory, 'pointsman.yaml');
  const configure = async (next: unknown) => {
    await writeFile(`${file}.next`, typeof next === 'string' ? next : JSON.stringify(next, undefined, 2));
    await rename(`${file}.next`, file);
  };
  if (configuration !== undefined) await configure(configuration);

  const [command, args, cwd] =
    start === 'node' ? ([process.execPath, [main], directory] as const) : (['npm', ['start'], root] as const);
  const child = spawn(command, args, {
    cwd,
    // npm's own child would outlive a killed npm, so that the two are killed as a group.
    detached: start !== 'node',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // Saves a third of the time that a start takes.
      NODE_COMPILE_CACHE: join(tmpdir(), 'pointsman-compile-cache'),
      PORT: '0',
      POINTSMAN_DISCOVERY: 'off',
      ...(start === 'node' ? {} : { POINTSMAN_CONFIG: file, DATABASE_URL: join(directory, 'pointsman.db') }),
      ...environment,
    },
  });

  const release = child.pid === undefined ? () => {} : leash(start === 'node' ? child.pid : -child.pid, 'KILL');
  child.once('close', release);

  let stdout = '';
  let stderr = '';
  let whole = '';
  const listeners = new Set<() => void>();
  const heard = (text: string) => {
    whole += text;
    for (const listener of [...listeners]) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard(text);
  });
  const exited = new Promise<Exit>((resolveExit, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolveExit({ code, signal, stdout, stderr });
      for (const listener of [...listeners]) listener();
    });
  });

  const says = (pattern: RegExp, withinMs: number) =>
    new Promise<string>((resolveSaid, reject) => {
      const settle = (outcome: () => void) => {
        listeners.delete(look);
        clearTimeout(timer);
        outcome();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${why} without saying ${pattern}. It said:\n${whole}`)));
      const look = () => {
        const match = pattern.exec(whole);
        if (match !== null) settle(() => resolveSaid(whole.slice(match.index)));
        else if (child.exitCode !== null || child.signalCode !== null) fail('the program ended');
      };
      const timer = setTimeout(() => fail(`${withinMs} ms passed`), withinMs);
      listeners.add(look);
      look();
    });

  const program: Program = {
    child,
    exited,
    output: () => whole,
    says,
    configure,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        if (start === 'node') child.kill('SIGKILL');
        else process.kill(-child.pid, 'SIGKILL');
      }
      await exited;
      running.delete(program);
      await rm(directory, { recursive: true, force: true });
    },
  };
  running.add(program);
  return program;
}
