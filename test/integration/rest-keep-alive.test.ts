import { afterEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../support/manual-clock.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';
import { createScriptedGenerations } from '../support/scripted-generations.ts';

let server: RunningServer | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

const dialects = {
  messages: {
    body: { messages: [{ role: 'user', content: 'Hello' }] },
    sign: 'event: ping\ndata: {"type":"ping"}\n\n',
  },
  responses: { body: { input: 'Hello' }, sign: ': POINTSMAN PROCESSING\n' },
} as const;

describe('a stream over a silent upstream', () => {
  it.each(Object.entries(dialects))('is kept open in the words of POST /%s', async (path, { body, sign }) => {
    const clock = createManualClock();
    const generations = createScriptedGenerations({ events: [{ type: 'accepted' }], silent: true });
    server = await startServer({ clock, generations });
    const answered = fetch(`${server.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true }),
    });
    while (generations.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
    const response = await answered;
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hear = async (text: string) => {
      while (!heard.includes(text)) heard += (await reader?.read())?.value ?? '';
    };
    await hear(': POINTSMAN PROCESSING\n');
    for (let count = 0; count < 3; count += 1) {
      heard = '';
      await clock.advance(10_000);
      await hear(sign);
      expect(heard).toBe(sign);
    }
    await reader?.cancel();
    while (generations.hangUps() === 0) await new Promise((resolve) => setImmediate(resolve));
  });
});
