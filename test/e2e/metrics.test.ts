import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CompleteDocument, StreamDocument } from '../operations/generated/graphql.ts';
import { canaryKey, configurationFor, model, refusing, saying, stalledStream } from '../support/chat-upstream.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';
import { collected, socketClient, subscription } from '../support/socket-client.ts';
import { startStubUpstream } from '../support/stub-upstream.ts';

const first = await startStubUpstream();
const second = await startStubUpstream();
afterAll(() => Promise.all([first.close(), second.close()]));

const input = { model, messages: [{ role: 'USER' as const, content: 'Hello' }] };

let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram({
    configuration: configurationFor({ first, second }, { server: { graphiql: false } }),
    environment: { LOG_LEVEL: 'error' },
  });
});

/** The metrics by their line up to the value. */
async function read(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('/metrics', () => {
  it('counts attempts by provider, outcome and kind of failure', async () => {
    first.respond(refusing(500, 'Internal error'));
    second.respond(saying('Hello.'));
    await program.run(CompleteDocument, { input });
    await collected(subscription(socketClient(program.ws), StreamDocument, { input }));
    const metrics = await read();
    const attempts = (labels: string) => metrics.get(`pointsman_attempts_total{${labels}}`);
    expect(attempts('provider="first",outcome="failed",failure_kind="server_failed"')).toBe(2);
    expect(attempts('provider="second",outcome="succeeded",failure_kind=""')).toBe(2);
    expect(metrics.get('pointsman_first_token_seconds_count{provider="second"}')).toBeGreaterThanOrEqual(1);
    expect(metrics.get('pointsman_graphql_operations_total{type="mutation",transport="http"}')).toBe(1);
    expect(metrics.get('pointsman_graphql_operations_total{type="subscription",transport="ws"}')).toBe(1);
  });

  it('shows the streams that are open, by transport, and that they have closed', async () => {
    first.respond(stalledStream('One '));
    second.respond(stalledStream('One '));
    const client = socketClient(program.ws);
    const overSocket = subscription(client, StreamDocument, { input });
    await overSocket.next();
    const hangUp = new AbortController();
    const overSse = await fetch(program.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: StreamDocument.toString(), variables: { input } }),
      signal: hangUp.signal,
    });
    await overSse.body?.getReader().read();
    const open = (metrics: ReadonlyMap<string, number>) => ({
      ws: metrics.get('pointsman_open_streams{transport="ws"}'),
      sse: metrics.get('pointsman_open_streams{transport="sse"}'),
      sockets: metrics.get('pointsman_open_sockets'),
    });
    expect(open(await read())).toEqual({ ws: 1, sse: 1, sockets: 1 });

    hangUp.abort();
    await client.dispose();
    await vi.waitFor(async () => expect(open(await read())).toEqual({ ws: 0, sse: 0, sockets: 0 }), 10_000);
    // What was stopped says its last word after its readers have left.
    await vi.waitFor(async () => {
      const cancelled = [...(await read())].filter(([name]) => /attempts_total.*outcome="cancelled"/.test(name));
      expect(cancelled.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
    }, 10_000);
  });

  it('does not grow with what strangers write', async () => {
    const post = (query: string, variables = {}) => program.post({ query, variables }).then((answer) => answer.text());
    const strange = (i: number) => [
      fetch(`${program.url}/nothing-${i}`).then((answer) => answer.text()),
      fetch(`${program.url}/graphql?query={__typename}&x=${i}`, { method: 'PROPFIND' }).then((answer) => answer.text()),
      post(`query Named${i} { nothing${i} }`),
      post(CompleteDocument.toString(), { input: { ...input, model: `nobody/model-${i}` } }),
      post(CompleteDocument.toString(), { input: { ...input, provider: { only: [`provider-${i}`] } } }),
    ];
    await Promise.all(strange(0));
    const before = [...(await read()).keys()];
    await Promise.all(Array.from({ length: 20 }, (_, i) => strange(i + 1)).flat());
    const after = [...(await read()).keys()];
    expect(after).toEqual(before);
    expect(after.join('\n')).not.toMatch(/nothing|nobody|PROPFIND|provider-\d|Named/);
    expect(after.join('\n')).not.toContain(canaryKey);
  });
});
