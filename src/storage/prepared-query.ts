import { type CompiledQuery, type InsertResult, type RawBuilder, sql, type UpdateResult } from 'kysely';

export type SqlValue = string | number | null;

/** A query that was compiled once, for one kind of database, and is run with other values each time. */
export interface PreparedQuery<Row> {
  readonly sql: string;
  /** What to bind, in order. */
  readonly bind: (values: Readonly<Record<string, SqlValue>>) => SqlValue[];
  /** Only says what a row is; never called. */
  readonly row?: (row: Row) => void;
}

/** One that changes rows and gives none back. */
export type Change = PreparedQuery<InsertResult> | PreparedQuery<UpdateResult>;

/** The place of a value in a query that is prepared. */
export function value<T extends SqlValue>(name: string): RawBuilder<T> {
  return sql<T>`${new Place(name)}`;
}

/** The place of a number where PostgreSQL could not tell from its surroundings that it is a big one. */
export function bigValue(name: string): RawBuilder<number> {
  return sql<number>`cast(${new Place(name)} as bigint)`;
}

/** Takes a compiled query with places in it. Compiling costs 20 to 30 µs, which a request has no time for. */
export function prepare<Row>(query: CompiledQuery<Row>): PreparedQuery<Row> {
  const sources = query.parameters.map((parameter) => (parameter instanceof Place ? parameter.name : undefined));
  const constants = query.parameters.map((parameter) => (parameter instanceof Place ? null : constant(parameter)));
  return {
    sql: query.sql,
    bind: (values) =>
      sources.map((name, index) => {
        const bound = name === undefined ? constants[index] : values[name];
        if (bound === undefined) throw new TypeError(`The query has no value for "${name}".`);
        return bound;
      }),
  };
}

class Place {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

function constant(parameter: unknown): SqlValue {
  if (typeof parameter === 'string' || typeof parameter === 'number' || parameter === null) return parameter;
  throw new TypeError('A prepared query holds strings, numbers and null.');
}
