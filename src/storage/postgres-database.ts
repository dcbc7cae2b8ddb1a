import { Kysely, PostgresDialect } from 'kysely';
import { DatabaseError, Pool, type PoolClient, type PoolConfig, types } from 'pg';
import type { Clock } from '../clock.ts';
import type { Database, Session } from './database.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { StoreUnavailable } from './store.ts';
import type { Tables } from './tables.ts';

/** How long a request may wait for everything it asks of the database in one call. */
const promptMs = 500;
/** How long a list, a report or an administrative act may take. */
const patientMs = 15_000;
/** How long the end waits for what is still being asked: a server that has fallen silent must not hold up the process. */
const closingMs = 1_000;

/** Classes of SQLSTATE that are not our fault and may pass: connection, transaction rolled back, resources, operator, system. */
const passingClasses = new Set(['08', '40', '53', '55', '57', '58']);

/**
 * A PostgreSQL server, with two bounded pools, so that reports never keep requests from their books. `poolSize` is that of the
 * requests' pool.
 */
export function openPostgresDatabase(url: string, clock: Clock, poolSize: number): Database {
  const prompt = createPool(url, promptMs, poolSize);
  const patient = createPool(url, patientMs, Math.max(2, Math.ceil(poolSize / 2)));
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: patient }) });

  /** A connection of its own without limits: a step of the schema takes as long as the tables are large. */
  const migration = async <T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> => {
    const unlimited = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(url, 0, 1) }) });
    try {
      return await unlimited.transaction().execute(work);
    } finally {
      await unlimited.destroy();
    }
  };

  const withClient = async <T>(work: (session: Session, client: PoolClient) => Promise<T>): Promise<T> => {
    const deadline = clock.monotonic() + promptMs;
    let client: PoolClient | undefined;
    let broken = true;
    try {
      client = await prompt.connect();
      const result = await work(createSession(client, clock, deadline), client);
      broken = false;
      return result;
    } catch (error) {
      // A statement that the server refused leaves the connection good; anything else may still be running on it.
      broken = !(error instanceof DatabaseError) && !(error instanceof TypeError);
      if (!broken) await client?.query('rollback').catch(() => (broken = true));
      throw translated(error);
    } finally {
      client?.release(broken);
    }
  };

  return {
    kind: 'postgres',
    builder: db,
    prepared: (_use, work) => withClient((session) => work(session)),
    transaction: (work) =>
      withClient(async (session, client) => {
        await client.query('begin');
        const verdict = await work(session);
        const keep = 'commit' in verdict;
        const { command } = await client.query(keep ? 'commit' : 'rollback');
        if (keep && command !== 'COMMIT') throw new StoreUnavailable('The database undid the transaction.');
        return keep ? verdict.commit : verdict.rollback;
      }),
    read: (work) => guarded(() => work(db)),
    write: (work) => guarded(() => db.transaction().execute(work)),
    migration: (work) => guarded(() => migration(work)),
    erase: async () => {},
    close: async () => {
      const ended = Promise.all([db.destroy(), prompt.end()]);
      const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
      const stopWaiting = clock.after(closingMs, giveUp);
      await Promise.race([ended, late]);
      stopWaiting();
      ended.catch(() => {});
    },
  };
}

/** `limitMs` is for each statement; 0 is none. */
function createPool(url: string, limitMs: number, max: number): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: Math.min(limitMs || patientMs, 5_000),
    statement_timeout: limitMs,
    query_timeout: limitMs,
    idle_in_transaction_session_timeout: limitMs === 0 ? 0 : patientMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'pointsman',
    types: { getTypeParser },
  });
  // A connection that breaks while nobody uses it is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  return pool;
}

/** Big integers are numbers here, as in SQLite: money and times stay below 2^53, and what does not is an error rather than a wrong sum. */
const getTypeParser: NonNullable<PoolConfig['types']>['getTypeParser'] = (oid, format) =>
  oid === types.builtins.INT8 ? safeInteger : types.getTypeParser(oid, format);

function safeInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`The database holds ${text}, which is too big a number.`);
  return number;
}

const names = new WeakMap<object, string>();
let named = 0;

/** The server keeps a prepared query under its name for as long as the connection lives. */
function nameOf(query: object): string {
  const known = names.get(query) ?? `pointsman_${named++}`;
  names.set(query, known);
  return known;
}

type Bindable = Pick<PreparedQuery<unknown>, 'sql' | 'bind'>;

function createSession(client: PoolClient, clock: Clock, deadline: number): Session {
  const ask = <Row extends object>(query: Bindable, values: Parameters<Bindable['bind']>[0]) => {
    const leftMs = Math.ceil(deadline - clock.monotonic());
    if (leftMs <= 0) throw new StoreUnavailable('The database is too slow.');
    const config = { name: nameOf(query), text: query.sql, values: query.bind(values), query_timeout: leftMs };
    return client.query<Row>(config);
  };
  return {
    run: async <Row>(query: PreparedQuery<Row>, values: Parameters<Bindable['bind']>[0]) =>
      (await ask<Row & object>(query, values)).rows,
    change: async (query, values) => (await ask(query, values)).rowCount ?? 0,
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof StoreUnavailable || error instanceof TypeError || error instanceof RangeError) return error;
  if (error instanceof DatabaseError && !passes(error.code ?? '')) return error;
  // The driver's own errors, of sockets and of its timeouts, have no class of their own.
  return error instanceof Error && (error instanceof DatabaseError || isDriverError(error))
    ? new StoreUnavailable('The database does not answer.', { cause: error })
    : error;
}

/** 25006: a server that takes no writes, as a replica does while another one takes over. */
const passes = (code: string): boolean => passingClasses.has(code.slice(0, 2)) || code === '25006';

const isDriverError = (error: Error): boolean =>
  'syscall' in error ||
  'code' in error ||
  error instanceof AggregateError ||
  /timeout|terminated|Connection|connection|Client has encountered/.test(error.message);
