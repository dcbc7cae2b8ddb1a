import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { graphiqlTabs } from '../../src/server/graphiql-tabs.ts';
import { findChromium, launchChromium, noChromium } from '../support/chromium.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';

const executable = findChromium();
const artifacts = join(import.meta.dirname, '../../artifacts');

let program: RunningProgram;
let browser: Browser;
let page: Page;
const requests: string[] = [];
const complaints: string[] = [];
const frames: string[] = [];

beforeAll(async () => {
  if (executable === undefined) return;
  [program, browser] = await Promise.all([startProgram(), launchChromium(executable)]);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('websocket', (socket) => {
    requests.push(socket.url());
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  await page.goto(program.graphql);
  await page.locator('.graphiql-execute-button').waitFor();
});
afterAll(() => browser?.close());
beforeEach(({ skip }) => {
  if (executable === undefined) skip(noChromium);
});

/** What the page shows as the result. The editor writes spaces that do not break. */
async function shown(): Promise<string> {
  return (await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ');
}

const results: Readonly<Record<string, readonly string[]>> = {
  ListModels: ['"slug": "pointsman/tiny-1m"', '"state": "AVAILABLE"'],
  Complete: ['"__typename": "ChatCompletion"', '"tag": "local"', '"outcome": "SUCCEEDED"'],
  Stream: ['"__typename": "CompletionFinished"', '"finishReason": '],
  CallATool: ['"__typename": "ChatCompletion"', '"name": "getWeather"', 'Rome'],
  Plan: ['"__typename": "RoutePlan"'],
  Books: ['"name": "This machine"', '"modelSlug": "pointsman/tiny-1m"'],
  AskForTheWrongModel: ['"__typename": "ModelNotFound"', '"code": "MODEL_NOT_FOUND"', '"pointsman/tiny-1m"'],
};

describe('GraphiQL in a browser without a network', () => {
  it('opens with the example tabs', async () => {
    const names = graphiqlTabs.map(({ document }) => document.match(/(?:query|mutation|subscription) (\w+)/)?.[1]);
    expect(names).toEqual(Object.keys(results));
    expect(await page.locator('.graphiql-tab-button').allInnerTexts()).toEqual(names);
    expect(await page.title()).toBe('Pointsman');
  });

  for (const [name, expected] of Object.entries(results)) {
    it(`runs the tab ${name} at a click`, async () => {
      await page.locator('.graphiql-tab-button').getByText(name, { exact: true }).click();
      await page.locator('.graphiql-tab-active').getByText(name, { exact: true }).waitFor();
      const execute = () => page.locator('.graphiql-execute-button').click();
      await execute();
      await vi.waitFor(
        async () => {
          const text = await shown();
          // At first the page may still take the operation for the one of the tab before.
          if (text.includes('Cannot infer operation')) await execute();
          for (const part of expected) expect(text).toContain(part);
        },
        { timeout: 15_000, interval: 200 },
      );
      if (name === 'Stream') await page.screenshot({ path: join(artifacts, 'graphiql.png') });
    });
  }

  it('got the stream piece by piece over a WebSocket', () => {
    const types = frames.flatMap((frame) => frame.match(/"streamChatCompletion":\{"__typename":"(\w+)"/)?.[1] ?? []);
    expect(types.slice(0, 2)).toEqual(['CompletionAccepted', 'CompletionStarted']);
    expect(types.filter((type) => type === 'ContentDelta').length).toBeGreaterThan(1);
    expect(types.at(-1)).toBe('CompletionFinished');
  });

  it('asked nobody but the server for anything, and had nothing to complain about', () => {
    const own = [program.url, program.url.replace('http', 'ws'), `blob:${program.url}`, 'data:'];
    expect(requests.length).toBeGreaterThan(3);
    expect(requests.filter((url) => !own.some((start) => url.startsWith(start)))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
