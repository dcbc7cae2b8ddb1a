import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { type Migration, migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The database was written by a newer program than this one, which would not understand it. */
export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew';
  constructor(step: string) {
    super(
      `The database has been brought to "${step}" by a newer version of Pointsman, and this version does not know that step. ` +
        'Start the newer version again, or restore a backup from before it.',
    );
  }
}

/**
 * Brings the schema up to date in one transaction: all of it or nothing. Replicas that start at once wait for the first of them.
 * Throws StoreTooNew.
 */
export function migrate(database: Database, nowMs: number, steps: readonly Migration[] = migrations): Promise<void> {
  return database.migration(async (db) => {
    // SQLite's transactions are immediate: to have one is the lock.
    if (database.kind === 'postgres') await sql`select pg_advisory_xact_lock(7309453271)`.execute(db);
    const done = await stepsDone(db);
    const unknown = done.find((name) => !steps.some((step) => step.name === name));
    if (unknown !== undefined) throw new StoreTooNew(unknown);
    for (const step of steps.filter(({ name }) => !done.includes(name))) {
      await step.up(db);
      await sql`insert into schema_steps (name, at) values (${step.name}, ${nowMs})`.execute(db);
    }
  });
}

async function stepsDone(db: Kysely<Tables>): Promise<readonly string[]> {
  await sql`create table if not exists schema_steps (name text not null primary key, at bigint not null)`.execute(db);
  const { rows } = await sql<{ name: string }>`select name from schema_steps order by name`.execute(db);
  return rows.map(({ name }) => name);
}
