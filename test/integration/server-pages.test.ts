import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { graphiqlTabs } from '../../src/server/graphiql-tabs.ts';
import { startServer } from '../support/running-server.ts';

const running = await startServer();
const plain = await startServer({ settings: { graphiql: false } });
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});
const html = { headers: { accept: 'text/html,application/xhtml+xml' } };

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
