import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { answerInPieces } from '../../src/server/http-answers.ts';

let serve: (response: ServerResponse) => void = () => {};
const server = createServer((_, response) => serve(response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => server.close());

const answer = (response: ServerResponse, pieces: Iterable<string>) =>
  answerInPieces(response, 200, { 'content-type': 'text/plain' }, pieces, systemClock, 20_000);

it('lets others have their turn between two pieces', async () => {
  const turns: number[] = [];
  let turn = 0;
  function* pieces() {
    for (let piece = 0; piece < 5; piece += 1) {
      turns.push(turn);
      setImmediate(() => {
        turn += 1;
      });
      yield String(piece);
    }
  }
  serve = (response) => void answer(response, pieces());
  expect(await (await fetch(url)).text()).toBe('01234');
  expect(turns).toEqual([0, 1, 2, 3, 4]);
});

it('makes no more of them when the reader has left', async () => {
  let made = 0;
  function* pieces() {
    for (;;) {
      made += 1;
      yield 'x'.repeat(65_536);
    }
  }
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  serve = (response) => void answer(response, pieces()).then(resolve);
  const asking = request(url).on('error', () => {});
  asking.on('response', () => asking.destroy());
  asking.end();
  await ended;
  expect(made).toBeGreaterThan(0);
});
