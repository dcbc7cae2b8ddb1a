import { expect, it, vi } from 'vitest';
import type { Contender } from '../../../src/routing/calls.ts';
import { race } from '../../../src/routing/hedge.ts';
import { createManualClock } from '../../support/manual-clock.ts';

it('a race whose hedge cannot be started rejects, and gives up the first call', async () => {
  const clock = createManualClock();
  const abandon = vi.fn();
  const first = { attempt: { abandon }, outcome: new Promise(() => {}) } as unknown as Contender<string>;
  const bug = new Error('a bug');
  const second = () => {
    throw bug;
  };
  const outcome = race({ first, delayMs: 100, second, letGo: () => {}, clock }).catch((error: unknown) => error);
  await clock.advance(100);
  expect(await outcome).toBe(bug);
  expect(abandon).toHaveBeenCalledTimes(1);
});
