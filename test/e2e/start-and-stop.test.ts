import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompleteDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { canaryKey, configurationFor, heldStream, model, saying, stalledStream } from '../support/chat-upstream.ts';
import { failToStart, type ProgramOptions, type RunningProgram, startProgram } from '../support/running-program.ts';
import { collected, socketClient, subscription } from '../support/socket-client.ts';
import { type StubAnswer, type StubUpstream, startStubUpstream } from '../support/stub-upstream.ts';

const input = { model, messages: [{ role: 'USER' as const, content: 'Hello' }] };

describe('the program without a configuration', () => {
  let program: RunningProgram;
  beforeAll(async () => {
    program = await startProgram({ environment: { OPENAI_API_KEY: '', LOG_LEVEL: 'warn' } });
  });

  it('tells where it listens, what it found and what to try', () => {
    const { message, url } = program;
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(message).toContain(`Pointsman listens on ${url}\n`);
    expect(message).toContain(`${url}/graphql  (open it in a browser for GraphiQL)`);
    expect(message).toMatch(/Access +open to this machine as acct-local, no key asked/);
    expect(message).toMatch(/Providers +local {2}\(set OPENAI_API_KEY or another key to add more\)/);
    expect(message).toMatch(/Found here +not searched/);
    expect(message).toMatch(/Models +2 of \d+ can be called; the default is pointsman\/tiny-1m/);
    expect(message).toMatch(/Settings +no pointsman.yaml, so the defaults/);
  });

  it('prints a line to try that works as it stands', async () => {
    const line = program.message.split('\n').find((text) => text.trim().startsWith('curl ')) ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', line]);
    expect(JSON.parse(stdout)).toEqual({ data: { createChatCompletion: { content: expect.stringMatching(/\w/) } } });
  });

  it('says that it is well and ready, on the addresses that it printed', async () => {
    const bodies = await Promise.all(
      ['/health', '/ready'].map(async (path) => (await fetch(program.url + path)).json()),
    );
    expect(bodies).toEqual([{ status: 'ok' }, { status: 'ready' }]);
  });

  it('ends with code 0 and nothing more to say at SIGTERM', async () => {
    const before = program.output();
    const { code, signal, stderr } = await program.stop('SIGTERM');
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(program.output()).toBe(before);
  });
});

describe('the program with keys and a configuration', () => {
  it('names what it can call and where its settings are, and shows how to send the key', async () => {
    const upstream = await startStubUpstream();
    await using program = await startProgram({
      configuration: configurationFor({ acme: upstream }, { defaultModel: model }),
      environment: { POINTSMAN_ADMIN_KEY: `${canaryKey}-admin`, GROQ_API_KEY: `${canaryKey}-groq`, HOST: '127.0.0.1' },
    });
    upstream.respond(saying('Good day.'));
    const { message } = program;
    expect(message).toMatch(/Pointsman listens on http:\/\/127\.0\.0\.1:\d+\n/);
    expect(message).toMatch(/Access +with the key in POINTSMAN_ADMIN_KEY/);
    expect(message).toMatch(/Providers +.*acme/);
    expect(message).toMatch(/Providers +.*groq/);
    expect(message).toMatch(/the default is acme\/writer/);
    expect(message).toMatch(/Settings +pointsman.yaml/);
    const line = message.split('\n').find((text) => text.trim().startsWith('curl ')) ?? '';
    const answers = await Promise.all(
      [line, line.replace('<key>', `${canaryKey}-admin`)].map(async (text) =>
        JSON.parse((await promisify(execFile)('sh', ['-c', text])).stdout),
      ),
    );
    expect(answers).toEqual([
      { errors: [{ message: 'This key is not right.', extensions: { code: 'UNAUTHENTICATED' } }] },
      { data: { createChatCompletion: { content: 'Good day.' } } },
    ]);
    await program.stop();
    expect(program.output()).not.toContain(canaryKey);
    await upstream.close();
  });
});

describe.concurrent('a program that cannot start', { timeout: 60_000 }, () => {
  /** One line on standard error for each problem, code 1, and no stack trace. */
  async function refusal(options: Parameters<typeof failToStart>[0]): Promise<string[]> {
    const { code, signal, stdout, stderr } = await failToStart(options);
    expect({ code, signal, stdout }).toEqual({ code: 1, signal: null, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stderr).not.toContain(canaryKey);
    return stderr.trimEnd().split('\n');
  }

  it('names the port that is in use', async () => {
    const occupant = createServer().listen(0, 'localhost');
    await new Promise((resolve) => occupant.once('listening', resolve));
    const address = occupant.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const lines = await refusal({ environment: { PORT: port } });
    expect(lines).toEqual([
      `Port ${port} is in use by another program. Set PORT to a free one, e.g. PORT=4001 npm start.`,
    ]);
    occupant.close();
  });

  it('names the variable that is wrong', async () => {
    const lines = await refusal({
      environment: { PORT: '40000000', POINTSMAN_DISCOVERY: 'perhaps', POINTSMAN_ADMIN_KEY: 'short' },
    });
    expect(lines).toEqual([
      'PORT must be a port number from 0 to 65535.',
      'POINTSMAN_ADMIN_KEY must have at least 16 characters.',
      'POINTSMAN_DISCOVERY must be on or off.',
    ]);
  });

  it('names the line at which the configuration is no YAML', async () => {
    const lines = await refusal({ configuration: `providers:\n  acme: {apiKey: ${canaryKey}\n` });
    expect(lines).toEqual([expect.stringMatching(/^pointsman\.yaml: line \d+, column \d+: .+\.$/)]);
  });

  it('names the path of each wrong setting, and the fix', async () => {
    const lines = await refusal({
      configuration: { providers: { acme: { baseURL: 'http://127.0.0.1:1/v1', apiKey: canaryKey } }, defaultModel: 7 },
    });
    expect(lines).toEqual([
      expect.stringMatching(/^pointsman\.yaml: defaultModel: must be a text\.$/),
      expect.stringMatching(/^pointsman\.yaml: providers\.acme\.baseURL: is not a setting\. Did you mean "baseUrl"\?$/),
    ]);
  });

  it('names the configuration file that is not there', async () => {
    const lines = await refusal({ environment: { POINTSMAN_CONFIG: 'none.yaml' } });
    expect(lines).toEqual([expect.stringMatching(/^POINTSMAN_CONFIG names .*none\.yaml, which does not exist\.$/)]);
  });

  it('refuses to be open to other machines', async () => {
    const lines = await refusal({ environment: { HOST: '0.0.0.0' } });
    expect(lines).toEqual([
      'HOST is 0.0.0.0, which other machines can reach: set POINTSMAN_ADMIN_KEY to a secret key, or leave HOST unset.',
    ]);
  });

  it('names an address that this machine does not have', async () => {
    const lines = await refusal({ environment: { HOST: '192.0.2.1', POINTSMAN_ADMIN_KEY: `${canaryKey}-admin` } });
    expect(lines).toEqual([expect.stringMatching(/192\.0\.2\.1/)]);
  });
});

describe.concurrent('a program that is told to end', { timeout: 60_000 }, () => {
  const upstreams: StubUpstream[] = [];
  afterAll(() => Promise.all(upstreams.map((upstream) => upstream.close())));

  /** Starts the program, and a stream whose upstream answers so, until it has said "One ". */
  async function withStream(answer: StubAnswer, start: ProgramOptions['start'] = 'node', settings: object = {}) {
    const upstream = await startStubUpstream();
    upstreams.push(upstream);
    upstream.respond(answer);
    const program = await startProgram({ start, configuration: configurationFor({ acme: upstream }, settings) });
    const events = subscription(socketClient(program.ws), StreamDocument, { input });
    let said: string;
    do said = JSON.stringify((await events.next()).value);
    while (!said.includes('One '));
    return { program, events, upstream, call: await upstream.nextRequest() };
  }

  for (const [start, signal] of [
    ['node', 'SIGTERM'],
    ['node', 'SIGINT'],
    ['npm start', 'SIGTERM'],
  ] as const) {
    it(`takes no new work at ${signal} to ${start}, and lets what is in flight finish`, async ({ expect }) => {
      const held = heldStream('One ', 'two.');
      const { program, events, upstream } = await withStream(held.answer, start);
      await using _ = program;
      upstream.respond((request) => ({ ...saying('Whole.')(request), before: [{ until: held.released }] }));
      const answer = program.run(CompleteDocument, { input });
      await upstream.nextRequest();
      program.signal(signal);
      await program.says(/"msg":"shutting down"/);

      const refused = await program.post({ query: '{ __typename }' });
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SHUTTING_DOWN' } }] });
      expect((await fetch(`${program.url}/ready`)).status).toBe(503);
      expect((await fetch(`${program.url}/health`)).status).toBe(200);

      held.release();
      const rest = await collected(events);
      expect(rest.map(({ streamChatCompletion: event }) => event)).toMatchObject([
        { __typename: 'ContentDelta', text: 'two.' },
        { __typename: 'CompletionFinished', completion: { finishReason: 'STOP', usage: { totalTokens: 16 } } },
      ]);
      expect(await answer).toMatchObject({ createChatCompletion: { content: 'Whole.' } });
      expect(await program.exited).toMatchObject({ code: 0, signal: null });
    });
  }

  it('cancels a stream that outlasts the time for shutting down: it gets its last event, and its upstream call ends', async ({
    expect,
  }) => {
    const settings = { server: { shutdownMs: 50 } };
    const { program, events, call } = await withStream(stalledStream('One '), 'node', settings);
    await using _ = program;
    program.signal('SIGTERM');
    const rest = await collected(events);
    expect(rest.at(-1)?.streamChatCompletion).toMatchObject({
      __typename: 'CompletionFinished',
      completion: { finishReason: 'CANCELLED' },
    });
    expect(await program.exited).toMatchObject({ code: 0, signal: null });
    await call.closed;
  });

  it('ends at once at a second signal', async ({ expect }) => {
    const { program, call } = await withStream(stalledStream('One '));
    await using _ = program;
    program.signal('SIGTERM');
    await program.says(/"msg":"shutting down"/);
    const impatient = setInterval(() => program.signal('SIGTERM'), 100);
    expect(await program.exited).toMatchObject({ code: 1, signal: null });
    clearInterval(impatient);
    await call.closed;
  });

  it('takes the two SIGINTs of one Ctrl-C for one where npm started it', async ({ expect }) => {
    const held = heldStream('One ', 'two.');
    const { program, events } = await withStream(held.answer, 'npm start');
    await using _ = program;
    program.signalGroup('SIGINT');
    await program.says(/"msg":"shutting down"/);
    // The copy that npm passes on comes at any time within some milliseconds, so that the test makes sure of it.
    program.signal('SIGINT');
    for (let i = 0; i < 50; i++) expect((await fetch(`${program.url}/health`)).status).toBe(200);
    held.release();
    expect(await collected(events)).toHaveLength(2);
    expect(await program.exited).toMatchObject({ code: 0 });
  });
});
