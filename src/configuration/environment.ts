import { z } from 'zod';
import { type LogLevel, logLevels } from '../log.ts';
import { ConfigurationError } from './configuration-error.ts';
import { didYouMean } from './did-you-mean.ts';

/** What the process's environment says. */
export interface Environment {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  readonly adminKey?: string;
  /** `postgres://…`, the path of an SQLite file, or `:memory:`. */
  readonly databaseUrl: string;
  /** The configuration's file, where it is named. */
  readonly configurationFile?: string;
  /** Whether to look for local model servers, where the environment decides it. */
  readonly discovery?: boolean;
  readonly logLevel: LogLevel;
  readonly production: boolean;
  /** Any variable by its name: the text without the white space around it, `undefined` for an empty one. */
  readonly variable: (name: string) => string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const flag = z
  .enum(['1', '0', 'true', 'false', 'on', 'off', 'yes', 'no'], 'must be on or off')
  .transform((word) => ['1', 'true', 'on', 'yes'].includes(word));

const shape = {
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number from 0 to 65535'),
  HOST: z.string().regex(/^[\w.:[\]-]+$/, 'must be a host name or an IP address, without a port'),
  POINTSMAN_ADMIN_KEY: z
    .string()
    .min(16, 'must have at least 16 characters')
    .regex(/^[!-~]+$/, 'must be printable ASCII'),
  DATABASE_URL: z
    .string()
    .regex(/^(?:postgres(?:ql)?:\/\/|(?!\w+:\/\/))/, 'must be postgres://… or the path of an SQLite file'),
  POINTSMAN_CONFIG: z.string(),
  POINTSMAN_DISCOVERY: flag,
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`),
} as const;

/**
 * Checks the environment. `secretNames` are the variables that may hold provider keys. Throws a ConfigurationError with one line
 * for each bad variable, which never repeats a value.
 */
export function readEnvironment(variables: Variables, secretNames: readonly string[] = []): Environment {
  const problems: string[] = [];
  const variable = (name: string) => {
    const text = variables[name]?.trim();
    return text === '' ? undefined : text;
  };
  const checked = <T>(name: keyof typeof shape, schema: z.ZodType<T>): T | undefined => {
    const text = variable(name);
    if (text === undefined) return undefined;
    const result = schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(`${name} ${result.error.issues[0]?.message ?? 'is not valid'}.`);
    return undefined;
  };

  const port = checked('PORT', shape.PORT);
  const host = checked('HOST', shape.HOST);
  const adminKey = checked('POINTSMAN_ADMIN_KEY', shape.POINTSMAN_ADMIN_KEY);
  const databaseUrl = checked('DATABASE_URL', shape.DATABASE_URL);
  const configurationFile = checked('POINTSMAN_CONFIG', shape.POINTSMAN_CONFIG);
  const discovery = checked('POINTSMAN_DISCOVERY', shape.POINTSMAN_DISCOVERY);
  const logLevel = checked('LOG_LEVEL', shape.LOG_LEVEL);
  for (const name of secretNames) {
    if (!/^[!-~]*$/.test(variable(name) ?? ''))
      problems.push(`${name} has a space or a character outside ASCII in it.`);
  }
  for (const name of Object.keys(variables)) {
    if (!name.startsWith('POINTSMAN_') || name in shape || variable(name) === undefined) continue;
    const meant = didYouMean(name, Object.keys(shape));
    if (meant !== '') problems.push(`${name} is not a variable of this server.${meant}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);

  return {
    port: port ?? 4000,
    host: host ?? 'localhost',
    ...(adminKey === undefined ? {} : { adminKey }),
    databaseUrl: databaseUrl ?? 'pointsman.db',
    ...(configurationFile === undefined ? {} : { configurationFile }),
    ...(discovery === undefined ? {} : { discovery }),
    logLevel: logLevel ?? 'info',
    production: variable('NODE_ENV') === 'production',
    variable,
  };
}
