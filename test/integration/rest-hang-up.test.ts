import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { postBare } from '../support/callers.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { restFaces } from '../support/rest-faces.ts';
import { startServer } from '../support/running-server.ts';
import { completionBy } from '../support/scripted-generations.ts';
import { createSmallCatalog } from '../support/small-catalog.ts';
import { createStubGenerations, type StubGeneration } from '../support/stub-generations.ts';

const catalog = createSmallCatalog();
const generations = createStubGenerations();
const clock = createManualClock();
const running = await startServer({ generations, clock, catalog: () => catalog });
afterAll(() => running[Symbol.asyncDispose]());

const { model, endpoint } = completionBy(catalog, 'birch/reader@quarry');
const accepted = { type: 'accepted' } as const;
const started = { type: 'started', model, endpoint, attempts: [] } as const;
const word = { type: 'text', text: 'word ' } as const;

interface Call {
  readonly generation: StubGeneration;
  readonly text: () => string;
}

/** What has happened when the caller leaves. */
const phases: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  'before the generation is accepted': async () => {},
  'as soon as it is accepted': async ({ generation }) => generation.push(accepted),
  'while it waits for the first token, kept alive': async ({ generation, text }) => {
    generation.push(accepted);
    await clock.advance(100);
    await expect.poll(text).toContain(': POINTSMAN PROCESSING');
  },
  'in the middle of the answer': async ({ generation, text }) => {
    generation.push(accepted, started, word);
    await expect.poll(text).toContain('word ');
  },
};

describe.each(Object.entries(restFaces))('a caller of POST %s who hangs up', (path, body) => {
  it.each(Object.entries(phases))('ends his stream %s', async (_, reach) => {
    const { socket, text } = postBare(running, path, { ...body, stream: true });
    const generation = await generations.next();
    await reach({ generation, text });
    expect(generation.isHungUp()).toBe(false);
    socket.destroy();
    await generation.hungUp;
  });

  it('ends a whole answer that is being made', async () => {
    const { socket } = postBare(running, path, body);
    const generation = await generations.next();
    expect(generation.isHungUp()).toBe(false);
    socket.destroy();
    await generation.hungUp;
  });

  it('stops his stream where he only reads no more, and is cut off after 20 seconds', async () => {
    const json = JSON.stringify({ ...body, stream: true });
    const socket = connect(running.port, 'localhost').pause();
    socket.on('error', () => {});
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
    );
    const generation = await generations.next();
    const piece = { type: 'text', text: 'x'.repeat(16_384) } as const;
    let taken = 0;
    generation.push(accepted, started, piece);
    for (let idleTurns = 0; idleTurns < 200; idleTurns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (generation.pulls() <= taken + 1) continue;
      taken += 1;
      idleTurns = 0;
      generation.push(piece);
    }
    // What the kernel's buffers hold on both sides, and one buffer of ours.
    expect(taken * piece.text.length).toBeLessThan(16 * 1024 * 1024);
    expect(generation.isHungUp()).toBe(false);
    await clock.advance(20_000);
    await generation.hungUp;
    socket.destroy();
  });
});

describe('after all of them', () => {
  it('no stream or generation is left, and nothing was worth logging', async () => {
    await expect
      .poll(async () => (await running.metrics.print()).match(/^pointsman_open_streams\{.*(?<! 0)$/gm))
      .toBeNull();
    expect(generations.running()).toBe(0);
    expect(running.logged).toEqual([]);
  });
});
