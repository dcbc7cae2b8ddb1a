import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/storage/database.ts';
import { migrate, StoreTooNew } from '../../../src/storage/migrate.ts';
import { migrations } from '../../../src/storage/migrations.ts';
import { openSqliteDatabase } from '../../../src/storage/sqlite-database.ts';

describe('migrations', () => {
  let database: Database;
  beforeEach(() => {
    database = openSqliteDatabase(':memory:', 0);
  });
  afterEach(() => database.close());

  const schema = () =>
    database.read(async (db) => {
      const { rows } = await sql<{
        sql: string;
      }>`select sql from sqlite_schema where sql is not null order by name`.execute(db);
      return rows.map((row) => row.sql);
    });
  const steps = () =>
    database.read(async (db) => {
      const { rows } = await sql<{ name: string; at: number }>`select name, at from schema_steps order by name`.execute(
        db,
      );
      return rows;
    });

  it('are named in the order in which they are done', () => {
    const names = migrations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('come to the same schema done one by one as all at once', async () => {
    for (const count of migrations.keys()) await migrate(database, count, migrations.slice(0, count + 1));
    const stepwise = await schema();
    expect(await steps()).toEqual(migrations.map(({ name }, at) => ({ name, at })));
    await database.close();
    database = openSqliteDatabase(':memory:', 0);
    await migrate(database, 0);
    expect(await schema()).toEqual(stepwise);
  });

  it('change nothing the second time', async () => {
    await migrate(database, 1);
    await migrate(database, 2);
    expect((await steps()).every(({ at }) => at === 1)).toBe(true);
  });

  it('leave nothing behind when one of them fails', async () => {
    const failing = {
      name: '9999_failing',
      up: async () => {
        throw new Error('on purpose');
      },
    };
    await expect(migrate(database, 0, [...migrations, failing])).rejects.toThrow('on purpose');
    expect(await schema()).toEqual([]);
  });

  it('refuse a database that a newer version has written', async () => {
    await migrate(database, 0);
    await expect(migrate(database, 0, migrations.slice(0, 2))).rejects.toThrow(StoreTooNew);
  });
});
