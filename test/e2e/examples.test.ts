import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationFor, frames, heldStream, model, saying } from '../support/chat-upstream.ts';
import { freePort } from '../support/free-port.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import {
  jsonAnswer,
  type StubAnswer,
  type StubRequest,
  type StubUpstream,
  startStubUpstream,
  streamAnswer,
} from '../support/stub-upstream.ts';

const examples = resolve(import.meta.dirname, '../../examples');
const faces = ['graphql', 'rest'] as const;
const languages = ['ts', 'py', 'rb', 'sh'] as const;
const asks = faces.flatMap((face) => languages.map((language) => `${face}/ask.${language}`));
const streams = faces.flatMap((face) => languages.map((language) => `${face}/stream.${language}`));
const all = [...asks, ...streams];

/** What runs each language, and what comes before the file. */
const interpreters: Readonly<Record<string, string>> = {
  '.ts': process.execPath,
  '.py': 'python3',
  '.rb': 'ruby',
  '.sh': 'bash',
};

const adminKey = 'admin-of-the-examples';
/** How the upstream answers a question; any other it greets. */
const answers = new Map<string, StubAnswer>();
/** A model for each stream that breaks off, since failures close an endpoint for a while. */
const breaking = (example: string) => `acme/${example.replace(/\W/g, '-')}`;
let upstream: StubUpstream;
let open: RunningProgram;
let closed: RunningProgram;

beforeAll(async () => {
  upstream = await startStubUpstream();
  upstream.respond((request) => answers.get(questionOf(request)) ?? saying('Grüß Gott.')(request));
  const configuration = configurationFor({ acme: upstream }, {}, [model, ...streams.map(breaking)]);
  [open, closed] = await Promise.all([
    startProgram({ configuration: { ...configuration, defaultModel: 'pointsman/tiny-1m' } }),
    startProgram({ environment: { POINTSMAN_ADMIN_KEY: adminKey } }),
  ]);
});
afterAll(() => upstream.close());

const questionOf = ({ json }: StubRequest) => (json as { messages: [{ content: string }] }).messages[0].content;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example to its end, in an environment that holds nothing but PATH and what is given. */
function run(
  example: string,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
  onOutput: (stdout: string) => void = () => {},
): Promise<Outcome> {
  const interpreter = interpreters[extname(example)] ?? '';
  return new Promise((settle, reject) => {
    const child = spawn(interpreter, [resolve(examples, example), ...args], {
      env: { PATH: process.env.PATH, POINTSMAN_URL: open.url, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      stdout += piece;
      onOutput(stdout);
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      stderr += piece;
    });
    child.once('error', () =>
      reject(
        new Error(`${example} needs ${interpreter}, which cannot be run: bash scripts/set-up-debian.sh installs it`),
      ),
    );
    child.once('close', (code) => settle({ code, stdout, stderr }));
  });
}

/** Of 11 and 5 tokens at a dollar a million. */
const greeting = /^Grüß Gott\.\ncost: (0\.000016|0\.000016000|1\.6e-05) US dollars\n$/;
const capital = /^The capital of France is Paris\.\ncost: (0|0\.000000000) US dollars\n$/;

describe.concurrent('the quick starts', () => {
  it.each(all)('%s prints an answer and its cost', async (example) => {
    const { code, stdout, stderr } = await run(example);
    expect(stderr).toBe('');
    expect(stdout).toMatch(capital);
    expect(code).toBe(0);
  });

  it.each(all)('%s shows a key', async (example) => {
    const { code, stdout, stderr } = await run(example, { POINTSMAN_URL: closed.url, POINTSMAN_API_KEY: adminKey });
    expect(stderr).toBe('');
    expect(stdout).toMatch(capital);
    expect(code).toBe(0);
  });

  it.each(all)('%s tells that a key was refused, and exits with 1', async (example) => {
    const { code, stdout, stderr } = await run(example, { POINTSMAN_URL: closed.url, POINTSMAN_API_KEY: 'wrong' });
    // A WebSocket closes without more words.
    expect(stderr).toContain(example === 'graphql/stream.ts' ? '4403: Forbidden' : 'This key is not right.');
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it.each(all.filter((example) => example.startsWith('graphql')))(
    '%s tells the type of an error and what it says, and exits with 1',
    async (example) => {
      const { code, stdout, stderr } = await run(example, { POINTSMAN_MODEL: 'nobody/nothing' });
      expect(stderr).toContain('ModelNotFound: There is no model "nobody/nothing"');
      expect(stdout.trim()).toBe('');
      expect(code).toBe(1);
    },
  );

  it.each(all)('%s says that nobody listens, and fails', async (example) => {
    const { code, stdout, stderr } = await run(example, { POINTSMAN_URL: `http://localhost:${await freePort()}` });
    expect(stderr).toMatch(/refused|connect|fetch failed|connection error/i);
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
  });

  it.each(asks)('%s asks what it is told, and the model that it is told', async (example) => {
    const question = `Wer grüßt in "${example}"?`;
    const { code, stdout } = await run(example, { POINTSMAN_MODEL: model }, [question]);
    expect(stdout).toMatch(greeting);
    expect(code).toBe(0);
    expect(upstream.requests.map(questionOf)).toContain(question);
  });

  it.each(streams)('%s prints a text as it is written', async (example) => {
    const { answer, release } = heldStream('Grüß', ' Gott.');
    answers.set(example, answer);
    // Without the first part on the screen there is no second one.
    const { code, stdout } = await run(example, { POINTSMAN_MODEL: model }, [example], (soFar) => {
      if (soFar === 'Grüß') release();
    });
    expect(stdout).toMatch(greeting);
    expect(code).toBe(0);
  });

  it.each(streams)('%s keeps what was said before a failure, tells of it, and exits with 1', async (example) => {
    const { promise: seen, resolve: see } = Promise.withResolvers<void>();
    answers.set(`Break ${example}`, {
      headers: { 'content-type': 'text/event-stream' },
      body: [
        { write: frames.opening + frames.text('So far') },
        { until: seen },
        { write: frames.error('The thread was lost') },
      ],
    });
    const environment = { POINTSMAN_MODEL: breaking(example) };
    const { code, stdout, stderr } = await run(example, environment, [`Break ${example}`], () => see());
    expect(stdout.trim()).toBe('So far');
    expect(stderr).toContain('The thread was lost');
    expect(code).toBe(1);
  });

  it.each(all.filter((example) => example.endsWith('.sh')))(
    '%s tells of an answer that is not from Pointsman, and fails',
    async (example) => {
      const proxy = await startStubUpstream();
      proxy.respond({
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: [{ write: '<h1>Bad gateway</h1>\n' }],
      });
      const { code, stderr } = await run(example, { POINTSMAN_URL: proxy.url });
      await proxy.close();
      expect(stderr).toContain('502');
      expect(code).not.toBe(0);
    },
  );

  it.each(all.filter((example) => /graphql.*(py|rb|sh|ask\.ts)$/.test(example)))(
    '%s tells of GraphQL errors, and exits with 1',
    async (example) => {
      const server = await startStubUpstream();
      const body = { errors: [{ message: 'No such field' }] };
      server.respond(
        example.includes('stream')
          ? streamAnswer([`:\n\nevent: next\ndata: ${JSON.stringify(body)}\n\nevent: complete\ndata:\n\n`])
          : jsonAnswer(body),
      );
      const { code, stderr } = await run(example, { POINTSMAN_URL: server.url });
      await server.close();
      expect(stderr).toContain('No such field');
      expect(code).toBe(1);
    },
  );
});

describe('the table of the quick starts', () => {
  it('names each of them once', () => {
    const table = readFileSync(resolve(examples, 'README.md'), 'utf8');
    for (const example of all) expect(table.split(`examples/${example}`)).toHaveLength(2);
  });
});
