import { describe, expect, it } from 'vitest';
import type { RateWindows } from '../../src/accounts/rate-windows.ts';
import type { StreamLeases } from '../../src/accounts/stream-leases.ts';

/** What holds for windows in memory and in Redis alike. */
export function describeWindows(create: () => RateWindows): void {
  describe('windows of a minute', () => {
    it('let through exactly the limit, however many ask at once', async () => {
      const windows = create();
      const answers = await Promise.all(Array.from({ length: 50 }, () => windows.take('many', 1, 20)));
      expect(answers.filter(({ taken }) => taken)).toHaveLength(20);
      for (const answer of answers) {
        if (answer.taken) continue;
        expect(answer.retryAfterMs).toBeGreaterThan(55_000);
        expect(answer.retryAfterMs).toBeLessThanOrEqual(60_000);
      }
    });

    it('count each name by itself', async () => {
      const windows = create();
      expect(await windows.take('one', 5, 5)).toMatchObject({ taken: true });
      expect(await windows.take('one', 1, 5)).toMatchObject({ taken: false });
      expect(await windows.take('other', 5, 5)).toMatchObject({ taken: true });
    });

    it('take nothing for what they refuse, so that a large request does not shut out small ones', async () => {
      const windows = create();
      await windows.take('mixed', 60, 100);
      for (let count = 0; count < 5; count += 1) {
        expect(await windows.take('mixed', 50, 100)).toMatchObject({ taken: false });
      }
      expect(await windows.take('mixed', 40, 100)).toMatchObject({ taken: true });
    });

    it('take back what was not used, and add what was used beyond, also beyond the limit', async () => {
      const windows = create();
      const first = await windows.take('adjusted', 90, 100);
      if (first.taken) await first.adjust(-80);
      const second = await windows.take('adjusted', 85, 100);
      expect(second).toMatchObject({ taken: true });
      if (second.taken) await second.adjust(100);
      expect(await windows.take('adjusted', 1, 100)).toMatchObject({ taken: false });
    });

    it('know nothing of the limit of before when it changes, but all that was taken', async () => {
      const windows = create();
      await windows.take('changed', 10, 10);
      expect(await windows.take('changed', 1, 10)).toMatchObject({ taken: false });
      expect(await windows.take('changed', 5, 15)).toMatchObject({ taken: true });
      expect(await windows.take('changed', 1, 15)).toMatchObject({ taken: false });
    });
  });
}

/** What holds for places of streams in memory and in Redis alike. */
export function describeLeases(create: () => StreamLeases): void {
  describe('places for streams', () => {
    it('are as many as the limit says, and free again once released', async () => {
      const leases = create();
      const taken = await Promise.all([1, 2, 3, 4].map(() => leases.take('streams', 3)));
      const places = taken.filter((release) => release !== undefined);
      expect(places).toHaveLength(3);
      places[0]?.();
      places[0]?.();
      await expect.poll(() => leases.take('streams', 3)).toBeDefined();
      expect(await leases.take('streams', 3)).toBeUndefined();
    });

    it('are each key’s own', async () => {
      const leases = create();
      expect(await leases.take('one key', 1)).toBeDefined();
      expect(await leases.take('one key', 1)).toBeUndefined();
      expect(await leases.take('another key', 1)).toBeDefined();
    });
  });
}
