import { expect, it } from 'vitest';
import { advanceCooldownMs, askedCooldownMs, guessedCooldownMs } from '../../../src/routing/cooldown.ts';

const least = () => 0;
const most = () => 0.999999;

it.each([
  [5_000, 5_000],
  [0, 200],
  [-1, 200],
  [Number.NaN, 200],
  [90 * 24 * 3_600_000, 3_600_000],
  [Number.POSITIVE_INFINITY, 3_600_000],
])('asked to wait %d ms it waits %d ms, and up to a tenth longer', (asked, waited) => {
  expect(askedCooldownMs(asked, least)).toBe(waited);
  expect(askedCooldownMs(asked, most)).toBeCloseTo(waited * 1.1, -1);
});

it('waits a minute at most for a limit that is used up while nobody was refused', () => {
  expect(advanceCooldownMs(7_000, least)).toBe(7_000);
  expect(advanceCooldownMs(24 * 3_600_000, least)).toBe(60_000);
});

it('waits from half to one and a half of what is usual where nobody said', () => {
  expect(guessedCooldownMs(200, least)).toBe(100);
  expect(guessedCooldownMs(200, most)).toBeCloseTo(300, 1);
});
