import type { Reset } from './records.ts';

/** When the period began that a time lies in, for each way to reset; UTC, weeks from Monday. */
export function periodStarts(nowMs: number): Readonly<Record<Reset, number>> {
  const day = new Date(nowMs);
  day.setUTCHours(0, 0, 0, 0);
  const daysSinceMonday = (day.getUTCDay() + 6) % 7;
  return {
    none: 0,
    daily: day.getTime(),
    weekly: day.getTime() - daysSinceMonday * 86_400_000,
    monthly: Date.UTC(day.getUTCFullYear(), day.getUTCMonth()),
  };
}
