import type { Administration } from '../accounts/administration.ts';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { AuditTrail } from '../accounts/audit-trail.ts';
import type { Caller } from '../caller.ts';
import type { Clock } from '../clock.ts';

/** The operator's mistake on the command line, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command works with: the same parts as the server, on the same database. */
export interface CommandContext {
  readonly apiKeys: ApiKeys;
  readonly administration: Administration;
  readonly auditTrail: AuditTrail;
  /** In whose name it acts: whoever may run it on the server's machine is the operator. */
  readonly operator: Caller;
  readonly clock: Clock;
  /** What the command is asked for, such as a secret or a list: for a person or a program to read. */
  readonly print: (text: string) => void;
  /** What is said besides, to a person. */
  readonly note: (text: string) => void;
}

/** Options as `node:util` parses them. */
export interface Options {
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[] | undefined;
}

export interface Command {
  /** How it is called, after the program's name, e.g. `keys revoke KEY`. */
  readonly usage: string;
  readonly summary: string;
  /** Each option with what it means; `[]` marks one that may be repeated or hold a list with commas. */
  readonly options: Readonly<Record<string, string>>;
  /** How many words follow its name. */
  readonly words: number;
  readonly run: (context: CommandContext, words: readonly string[], options: Options) => Promise<void>;
}

/** Rows in columns of equal width, the first row being the heads. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
