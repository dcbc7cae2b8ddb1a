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
  /** `redis://…` or `rediss://…`, where rate limits are kept in Redis. */
  readonly redisUrl?: string;
  /** How many replicas share the limits. */
  readonly replicas: number;
  /** This process's name among the replicas, the same after each start, where the environment gives it one. */
  readonly replicaId?: string;
  /** Where settlements wait while the database is away; absent for a database in memory. */
  readonly spoolFile?: string;
  /** The configuration's file, where it is named. */
  readonly configurationFile?: string;
  /** Whether to look for local model servers, where the environment decides it. */
  readonly discovery?: boolean;
  readonly logLevel: LogLevel;
  readonly production: boolean;
  /** Any variable by its name: the text without the white space around it, `undefined` for an empty one. */
  readonly variable: (name: string) => string | undefined;
}

const defaultPort = 4000;
const defaultDatabase = 'pointsman.db';

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
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must be redis://… or rediss://… with a host'),
  REPLICAS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a number of replicas from 1 to 9999')
    .transform(Number),
  REPLICA_ID: z.string().regex(/^[\w.:-]{1,100}$/, 'must have at most 100 letters, digits, ".", ":", "_" or "-"'),
  POINTSMAN_SPOOL: z.string(),
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
  const redisUrl = checked('REDIS_URL', shape.REDIS_URL);
  const replicas = checked('REPLICAS', shape.REPLICAS);
  const replicaId = checked('REPLICA_ID', shape.REPLICA_ID);
  const spoolFile = checked('POINTSMAN_SPOOL', shape.POINTSMAN_SPOOL) ?? spoolBeside(databaseUrl ?? defaultDatabase);
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
    port: port ?? defaultPort,
    host: host ?? 'localhost',
    ...(adminKey === undefined ? {} : { adminKey }),
    databaseUrl: databaseUrl ?? defaultDatabase,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    replicas: replicas ?? 1,
    ...(replicaId === undefined ? {} : { replicaId }),
    ...(spoolFile === undefined ? {} : { spoolFile }),
    ...(configurationFile === undefined ? {} : { configurationFile }),
    ...(discovery === undefined ? {} : { discovery }),
    logLevel: logLevel ?? 'info',
    production: variable('NODE_ENV') === 'production',
    variable,
  };
}

/** A database in memory is never away; one in a file has the spool beside it, PostgreSQL in the folder of this process. */
function spoolBeside(databaseUrl: string): string | undefined {
  if (databaseUrl === ':memory:') return undefined;
  return /^postgres(?:ql)?:\/\//.test(databaseUrl) ? 'pointsman.spool' : `${databaseUrl}-spool`;
}
