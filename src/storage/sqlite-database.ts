import { resolve } from 'node:path';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Database, Session } from './database.ts';
import { createGroupCommit } from './group-commit.ts';
import { createMutex, type Mutex, sharedMutex } from './mutex.ts';
import { openSqlite, type SqliteConnection } from './node-sqlite.ts';
import { StoreUnavailable } from './store.ts';
import type { Tables } from './tables.ts';

/** The engine's result codes for what is not our fault and may pass: busy, locked, read-only, disk full or broken. */
const passingCodes = new Set([5, 6, 8, 10, 13, 14]);

/** An embedded database: one connection, one transaction at a time, each an immediate one. */
export function openSqliteDatabase(path: string, busyMs: number): Database {
  const connection = openSqlite(path, busyMs);
  const { mutex, forget } =
    path === ':memory:' ? { mutex: createMutex(), forget: () => {} } : sharedMutex(resolve(path));
  const db = new Kysely<Tables>({ dialect: createDialect(connection, mutex) });
  const session: Session = {
    run: (query, values) => connection.run<never>(query.sql, query.bind(values)).rows,
    change: (query, values) => connection.run(query.sql, query.bind(values)).changes,
  };
  const group = createGroupCommit(connection, mutex);
  const transaction: Database['transaction'] = (work) => guarded(() => group(() => work(session)));
  const write: Database['write'] = (work) => guarded(() => db.transaction().execute(work));

  return {
    kind: 'sqlite',
    builder: db,
    prepared: async (use, work) => {
      if (use === 'writes') return transaction(async () => ({ commit: await work(session) }));
      await mutex.enter();
      try {
        return await guarded(() => work(session));
      } finally {
        mutex.leave();
      }
    },
    transaction,
    read: (work) => guarded(() => work(db)),
    write,
    migration: write,
    erase: async () => {
      await mutex.enter();
      try {
        // While somebody else reads, a part of the log stays; the next time takes it, too.
        connection.run('pragma wal_checkpoint(truncate)', []);
      } finally {
        mutex.leave();
      }
    },
    close: async () => {
      await group(async () => ({ commit: undefined }));
      await mutex.enter();
      await db.destroy();
      connection.close();
      mutex.leave();
      forget();
    },
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
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  if (typeof code !== 'number' || !passingCodes.has(code & 0xff)) return error;
  return new StoreUnavailable('The database file is busy or cannot be written.', { cause: error });
}

function createDialect(connection: SqliteConnection, mutex: Mutex) {
  return {
    createDriver: () => createDriver(connection, mutex),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SharedConnectionAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  };
}

/** The mutex, which prepared transactions share, stands for Kysely's own. */
class SharedConnectionAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function createDriver(connection: SqliteConnection, mutex: Mutex): Driver {
  const only: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      const { rows, changes } = connection.run<Row>(query.sql, query.parameters);
      return { rows, numAffectedRows: BigInt(changes) };
    },
    async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
      yield { rows: connection.run<Row>(query.sql, query.parameters).rows };
    },
  };
  const run = async (sql: string) => {
    connection.run(sql, []);
  };
  return {
    init: async () => {},
    acquireConnection: async () => {
      await mutex.enter();
      return only;
    },
    releaseConnection: async () => mutex.leave(),
    beginTransaction: () => run('begin immediate'),
    commitTransaction: () => run('commit'),
    rollbackTransaction: async () => {
      if (connection.inTransaction()) connection.run('rollback', []);
    },
    destroy: async () => {},
  };
}
