import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';
import { leash } from './leash.ts';

const deploy = resolve(import.meta.dirname, '../../deploy');
const startsWithinMs = 60_000;

/** A proxy of the test's own, run by the file in deploy/ but for its address, its TLS and its patience. */
export interface ReverseProxy extends AsyncDisposable {
  readonly url: string;
}

/** How one kind of proxy is found and started. */
export interface ProxyKind {
  readonly name: string;
  /** The program that is installed on this machine, if one is. */
  readonly executable: string | undefined;
  /** Why it is not there, and what would help. */
  readonly missing: string;
  /** Starts it in front of a server, with so many seconds of patience for a silent one. */
  readonly start: (executable: string, upstream: string, patienceSeconds: number) => Promise<ReverseProxy>;
}

export const proxyKinds: readonly ProxyKind[] = [
  {
    name: 'nginx',
    executable: find('nginx'),
    missing: 'nginx is not installed: apt-get install nginx',
    start: startNginx,
  },
  {
    name: 'Caddy',
    executable: find('caddy'),
    missing: 'Caddy is not installed: apt-get install caddy',
    start: startCaddy,
  },
];

function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function startNginx(executable: string, upstream: string, patienceSeconds: number): Promise<ReverseProxy> {
  const port = await freePort();
  const text = changed(await readFile(join(deploy, 'nginx.conf'), 'utf8'), [
    ['listen 443 ssl;', `listen 127.0.0.1:${port};`],
    ['server 127.0.0.1:4000;', `server ${new URL(upstream).host};`],
    [/^ *ssl_certificate(_key)? .*$/gm, ''],
    ['proxy_read_timeout 600s;', `proxy_read_timeout ${patienceSeconds}s;`],
  ]);
  return start(executable, port, (directory) => ({
    file: 'nginx.conf',
    text: `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
${text}
}
`,
    args: ['-p', directory, '-c', `${directory}/nginx.conf`],
  }));
}

async function startCaddy(executable: string, upstream: string, patienceSeconds: number): Promise<ReverseProxy> {
  const port = await freePort();
  const text = changed(await readFile(join(deploy, 'Caddyfile'), 'utf8'), [
    ['llm.example {', `http://localhost:${port} {`],
    ['reverse_proxy 127.0.0.1:4000', `reverse_proxy ${new URL(upstream).host}`],
    [/_timeout 600s/g, `_timeout ${patienceSeconds}s`],
  ]);
  return start(executable, port, (directory) => ({
    file: 'Caddyfile',
    text: `{\n\tadmin off\n}\n${text}`,
    args: ['run', '--config', `${directory}/Caddyfile`, '--adapter', 'caddyfile'],
  }));
}

/** The text with each change made; a change that finds nothing fails the test. */
function changed(text: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce((before, [what, by]) => {
    const after = before.replace(what, by);
    if (after === before) throw new Error(`there is nothing like ${what} in the file`);
    return after;
  }, text);
}

interface Launch {
  readonly file: string;
  readonly text: string;
  readonly args: readonly string[];
}

async function start(executable: string, port: number, launch: (directory: string) => Launch): Promise<ReverseProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'pointsman-proxy-'));
  const { file, text, args } = launch(directory);
  await writeFile(join(directory, file), text);
  const child = spawn(executable, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  });
  if (child.pid !== undefined) child.once('exit', leash(child.pid, 'TERM'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const stop = async () => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://localhost:${port}`;
  const deadline = performance.now() + startsWithinMs;
  while (!(await answers(`${url}/health`))) {
    if (child.exitCode === null && performance.now() < deadline) continue;
    await stop();
    throw new Error(`${executable} did not start:\n${said}`);
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  // Both end at once then, nginx with its workers.
  child.kill('SIGTERM');
  await exited;
}
