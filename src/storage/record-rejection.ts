import { DatabaseError } from 'pg';

/** The database answered that it does not take a record: a constraint, or a value it cannot hold. The same call fails again. */
export class RecordRejected extends Error {
  override readonly name = 'RecordRejected';
}

/** SQLite's result codes for a row that it does not take: too big, constraint, mismatch, out of range. */
const sqliteCodes = new Set([18, 19, 20, 25]);
/** Classes of SQLSTATE for the same: data exception, integrity constraint, program limit. */
const postgresClasses = new Set(['22', '23', '54']);

/**
 * Whether the database, or what stands before it, answered that it does not take what it was given, and will not take it another
 * time: a constraint, a value that no column can hold, a record that lacks a part. What may pass, and what is wrong with the database
 * itself, is none.
 */
export function isRejection(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  if (error instanceof DatabaseError) return postgresClasses.has((error.code ?? '').slice(0, 2));
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && sqliteCodes.has(code & 0xff);
}
