import { pino } from 'pino';
import type { ServerLog } from './server/server-log.ts';

/** From the most that is said to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** JSON lines on standard error. `clean` sees every line that leaves, and takes out what looks like a credential. */
export function createLog(level: LogLevel, clean: (line: string) => string): ServerLog {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describe(error) },
      hooks: { streamWrite: clean },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** What of an error is logged: its name, sentence, stack and causes. Other properties may hold what nobody thought of. */
function describe(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < 4 && { cause: describe(error.cause, depth + 1) }),
  };
}
