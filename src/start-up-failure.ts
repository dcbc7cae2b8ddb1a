import { ConfigurationError } from './configuration/configuration-error.ts';
import { cleanMessage } from './providers/failure.ts';

/** What the operator is told where the program cannot start: a line for each thing that is wrong, a stack only for what nobody expects. */
export function startUpFailure(error: unknown, port: string | undefined): string {
  if (error instanceof ConfigurationError) return error.problems.join('\n');
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port ?? 4000} is in use by another program. Set PORT to a free one, e.g. PORT=4001 npm start.`;
  }
  if (error instanceof Error && 'syscall' in error) return cleanMessage(error.message);
  return error instanceof Error ? `Pointsman could not start: ${error.stack}` : String(error);
}

/** Throws, as a fault of the configuration, why the database cannot be opened. */
export function refuseDatabase(error: unknown): never {
  throw new ConfigurationError([`The database, which DATABASE_URL names, cannot be used: ${sentenceOf(error)}`]);
}

/** The error's sentence, without what looks like a credential: an address may hold a password. */
export function sentenceOf(error: unknown): string {
  return cleanMessage(error instanceof Error ? error.message : String(error));
}
