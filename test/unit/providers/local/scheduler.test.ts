import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../../src/chat.ts';
import { ProviderError } from '../../../../src/errors.ts';
import type { GenerationOptions } from '../../../../src/providers/local/generation.ts';
import type { FromWorker } from '../../../../src/providers/local/messages.ts';
import { createScheduler } from '../../../../src/providers/local/scheduler.ts';

const options: GenerationOptions = { prompt: { messages: [] }, seed: 0, callIdPrefix: 'call' };

/** A scheduler whose turns are taken by hand; generation number n, from 0, takes `lengths[n]` steps of one part each. */
function bench(
  lengths: readonly number[],
  limits: { maxRunning?: number; maxQueued?: number; maxAhead?: number } = {},
) {
  const sent: FromWorker[] = [];
  const turns: (() => void)[] = [];
  let started = 0;
  let steps = 0;
  function* write(length: number): Generator<readonly StreamPart[], void> {
    for (let step = 0; step < length; step++) {
      steps++;
      yield [{ type: 'text', text: String(step) }];
    }
  }
  const scheduler = createScheduler({
    maxRunning: 8,
    maxQueued: 8,
    maxAhead: 1000,
    ...limits,
    generate: () => write(lengths[started++] ?? 0),
    send: (message) => sent.push(message),
    defer: (turn) => turns.push(turn),
  });
  return {
    sent,
    ask: (...ids: readonly number[]) => {
      for (const id of ids) scheduler.receive({ type: 'generate', id, options });
    },
    receive: scheduler.receive,
    /** Takes up to `count` turns; says how many there were. */
    run: (count = 10_000) => {
      let taken = 0;
      for (; taken < count; taken++) {
        const turn = turns.shift();
        if (turn === undefined) break;
        turn();
      }
      return taken;
    },
    order: () => sent.map((message) => `${message.id}${message.type === 'parts' ? '' : message.type}`),
    steps: () => steps,
  };
}

describe('the scheduler', () => {
  it('gives each generation one step in its turn', () => {
    const { ask, run, order } = bench([3, 2, 1]);
    ask(0, 1, 2);
    run();
    expect(order()).toEqual(['0', '1', '2', '0', '1', '2done', '0', '1done', '0done']);
  });

  it('takes one step a turn, so that messages are heard between steps', () => {
    const { ask, run, steps } = bench([5, 5]);
    ask(0, 1);
    expect(run(3)).toBe(3);
    expect(steps()).toBe(3);
  });

  it('makes no step after a cancel', () => {
    const { ask, run, receive, order, steps } = bench([1000]);
    ask(0);
    run(4);
    receive({ type: 'cancel', id: 0 });
    run();
    expect(steps()).toBe(4);
    expect(order()).toEqual(['0', '0', '0', '0']);
  });

  it('rests while too many batches are not taken, and goes on when they are', () => {
    const { ask, run, receive, steps } = bench([1000], { maxAhead: 32 });
    ask(0);
    run();
    expect(steps()).toBe(32);
    receive({ type: 'taken', id: 0, batches: 5 });
    run();
    expect(steps()).toBe(37);
  });

  it('does not let a resting generation hold up another', () => {
    const { ask, run, order } = bench([1000, 50], { maxAhead: 60 });
    ask(0, 1);
    run();
    expect(order().at(-1)).toBe('0');
    expect(order()).toContain('1done');
  });

  it('keeps those beyond its limit waiting in order and refuses more', () => {
    const { ask, run, sent, order } = bench([2, 1, 1], { maxRunning: 1, maxQueued: 2 });
    ask(0, 1, 2, 3);
    expect(sent).toEqual([expect.objectContaining({ type: 'failed', id: 3, kind: 'overloaded' })]);
    run();
    expect(order().slice(1)).toEqual(['0', '0', '0done', '1', '1done', '2', '2done']);
  });

  it('starts the next waiting one when a running one is cancelled, and forgets a cancelled waiting one', () => {
    const { ask, run, receive, order } = bench([5, 1], { maxRunning: 1 });
    ask(0, 1, 2);
    receive({ type: 'cancel', id: 1 });
    receive({ type: 'cancel', id: 0 });
    run();
    expect(order()).toEqual(['2', '2done']);
  });

  it('tells of failures by kind, and goes on with the others', () => {
    const sent: FromWorker[] = [];
    const turns: (() => void)[] = [];
    const failures = [new ProviderError('invalid_request', 'no images'), new TypeError('x is undefined')];
    const scheduler = createScheduler({
      maxRunning: 2,
      maxQueued: 2,
      maxAhead: 2,
      generate: () => ({
        next: () => {
          throw failures.shift();
        },
      }),
      send: (message) => sent.push(message),
      defer: (turn) => turns.push(turn),
    });
    scheduler.receive({ type: 'generate', id: 0, options });
    scheduler.receive({ type: 'generate', id: 1, options });
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    expect(sent).toEqual([
      { type: 'failed', id: 0, kind: 'invalid_request', message: 'no images' },
      { type: 'failed', id: 1, kind: 'server_failed', message: 'The local model failed: x is undefined' },
    ]);
  });
});
