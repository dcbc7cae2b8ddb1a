import { describe, expect, it } from 'vitest';
import { periodStarts } from '../../../src/storage/periods.ts';

describe('the periods of a cap', () => {
  it('begin at midnight UTC, on Monday and on the first of the month', () => {
    // Sunday, the last millisecond of a month.
    const sunday = Date.UTC(2026, 4, 31, 23, 59, 59, 999);
    expect(periodStarts(sunday)).toEqual({
      none: 0,
      daily: Date.UTC(2026, 4, 31),
      weekly: Date.UTC(2026, 4, 25),
      monthly: Date.UTC(2026, 4, 1),
    });
    const monday = Date.UTC(2026, 5, 1);
    expect(periodStarts(monday)).toEqual({ none: 0, daily: monday, weekly: monday, monthly: monday });
  });

  it('reach back over the turn of a year', () => {
    expect(periodStarts(Date.UTC(2026, 0, 1, 12)).weekly).toBe(Date.UTC(2025, 11, 29));
  });
});
