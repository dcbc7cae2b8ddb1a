import { periodStarts } from './periods.ts';
import { type Present, present } from './present.ts';
import type { CapRecord } from './records.ts';
import type { CapsTable } from './tables.ts';

/** A cap as it stands now: one whose period is over has spent nothing in the period that runs. */
export function capRecord(row: CapsTable, nowMs: number): CapRecord {
  const start = periodStarts(nowMs)[row.reset];
  const over = row.period_start < start;
  const fields: Present<{ readonly limitNano: number | null }> = present({ limitNano: row.limit_nano });
  return {
    ...fields,
    id: row.id,
    reset: row.reset,
    periodStart: over ? start : row.period_start,
    reservedNano: row.reserved_nano,
    spentNano: over ? 0 : row.spent_nano,
  };
}
