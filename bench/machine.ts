import { cpus, loadavg } from 'node:os';

/** What figures were measured with, and when: those of another machine, or of a busy one, cannot be compared. */
export interface MachineFacts {
  /** ISO 8601. */
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  /** How many tasks have run or waited at a time in the last minute. */
  readonly load: number;
}

export function machineFacts(): MachineFacts {
  return {
    date: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** All but the load, in a line. */
export function machineLine({ date, node, processor, cores }: MachineFacts): string {
  return `${date}, Node ${node}, ${cores} cores of ${processor}`;
}
