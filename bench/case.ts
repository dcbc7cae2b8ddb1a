import type { BenchServer, ServerName } from './servers.ts';

/** What a case may use. */
export interface Bench {
  readonly upstream: BenchServer;
  /** Started when it is first asked for. */
  readonly server: (name: ServerName) => Promise<BenchServer>;
  /** How much of the usual work is to be done: 1 for all of it. */
  readonly scale: number;
}

/** Does the work once and gives the figure. */
export type Subject = (bench: Bench) => Promise<number>;

/** One thing that is measured, of several subjects. The first is the one that the others are compared with. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** Of the figures. Less is better. */
  readonly unit: string;
  readonly subjects: Readonly<Record<string, Subject>>;
}
