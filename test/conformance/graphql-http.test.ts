import { serverAudits } from 'graphql-http';
import { afterAll, describe, expect, it } from 'vitest';
import { startServer } from '../support/running-server.ts';

const running = await startServer();
afterAll(() => running[Symbol.asyncDispose]());

// Queries by GET are allowed to callers that prove they are no web page; the audits send no such header by themselves.
const audits = serverAudits({
  url: running.graphql,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { 'x-csrf': '1', ...Object.fromEntries(new Headers(init.headers)) } }),
});

describe('GraphQL over HTTP, as the working group audits it', () => {
  it('has all 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  for (const audit of audits) {
    it(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      expect(result, 'reason' in result ? result.reason : undefined).toMatchObject({ status: 'ok' });
    });
  }
});

describe('without the header that no web page may send', () => {
  it('refuses a query by GET', async () => {
    const response = await fetch(`${running.graphql}?query={__typename}`);
    expect(response.status).toBe(403);
  });

  it('answers the same query by GET with the header', async () => {
    const response = await fetch(`${running.graphql}?query={__typename}`, { headers: { 'x-csrf': '1' } });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
