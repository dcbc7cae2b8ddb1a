import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { graphiqlTabs } from '../../src/server/graphiql-tabs.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const running = await startServer();
const plain = await startServer({ settings: { graphiql: false } });
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});
const html = { headers: { accept: 'text/html,application/xhtml+xml' } };

/** As a browser asks that keeps a page with this tag. */
function ask({ graphql }: RunningServer, etag: string): Promise<Response> {
  return fetch(graphql, { headers: { ...html.headers, 'if-none-match': etag } });
}

describe('GraphiQL', () => {
  it('is one page with all its code and the example tabs in it', async () => {
    const response = await fetch(running.graphql, html);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)="https?:/);
    for (const { document } of graphiqlTabs) expect(page).toContain(JSON.stringify(document).slice(1, -1));
    expect(page).toContain('"subscriptionsProtocol":"WS"');
  });

  it('may run its own script and load nothing from elsewhere', async () => {
    const response = await fetch(running.graphql, html);
    const page = await response.text();
    const script = page.slice(page.indexOf('<script>') + '<script>'.length, page.lastIndexOf('</script>'));
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('http');
  });

  it('is sent compressed, unless the browser cannot read that', async () => {
    const compressed = await fetch(running.graphql, html);
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(Number(compressed.headers.get('content-length'))).toBeLessThan(4_000_000);
    const identity = await fetch(running.graphql, { headers: { ...html.headers, 'accept-encoding': 'identity' } });
    expect(identity.headers.get('content-encoding')).toBeNull();
    expect(await identity.text()).toBe(await compressed.text());
  });

  it('is not sent again to a browser that has it', async () => {
    const first = await fetch(running.graphql, html);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[\w-]{43}"$/);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const page = await first.text();
    for (const known of [etag, `"another", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await ask(running, known);
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('cache-control')).toBe('no-cache');
      expect(again.headers.get('content-security-policy')).toBe(first.headers.get('content-security-policy'));
      expect(again.headers.get('content-length')).toBeNull();
    }
    const other = await ask(running, 'W/"another"');
    expect(other.status).toBe(200);
    expect(await other.text()).toBe(page);
  });

  it('is where the root leads to', async () => {
    const response = await fetch(running.url, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/graphql');
  });

  it('is not there where it is switched off, and the root says where the API is', async () => {
    expect((await fetch(plain.graphql, html)).status).toBe(404);
    expect(await (await fetch(plain.url)).text()).toContain('/graphql');
  });
});

describe('the URL of the server', () => {
  const speaksIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

  it.for(['0.0.0.0', '::'])('is one that can be called where it listens at %s', async (host, { skip }) => {
    skip(host.includes(':') && !speaksIpv6, 'this machine has no IPv6');
    await using server = await startServer({ settings: { host } });
    expect(server.url).toBe(`http://localhost:${server.port}`);
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`http://127.0.0.1:${server.port}/health`)).status).toBe(200);
  });

  it.for([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ] as const)('names the host where it listens at %s alone', async ([host, name], { skip }) => {
    skip(host.includes(':') && !speaksIpv6, 'this machine has no IPv6');
    await using server = await startServer({ settings: { host } });
    expect(server.url).toBe(`http://${name}:${server.port}`);
  });
});

describe('the other pages', () => {
  it('say that the server lives and is ready', async () => {
    expect(await (await fetch(`${running.url}/health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${running.url}/ready`)).json()).toEqual({ status: 'ready' });
  });

  it('hold the metrics in the format of Prometheus', async () => {
    await running.post({ query: '{ __typename }' });
    const response = await fetch(`${running.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    expect(text).toContain('pointsman_graphql_operations_total{type="query",transport="http"} 1');
    expect(text).toMatch(/pointsman_http_requests_total\{route="\/graphql",method="POST",status="200"\} 1/);
    expect(text).toContain('pointsman_event_loop_delay_seconds{quantile="0.99"}');
  });

  it('are no others', async () => {
    expect((await fetch(`${running.url}/admin`)).status).toBe(404);
    expect((await fetch(`${running.url}//graphql`)).status).toBe(404);
  });
});
