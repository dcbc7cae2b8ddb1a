import { type RawBuilder, sql } from 'kysely';
import { InvalidCursor, type Page, type PageRequest } from './store.ts';

/** How a list is ordered: by a number, then by a text that makes it unique. */
export interface Order {
  readonly number: RawBuilder<number>;
  readonly text: RawBuilder<string>;
  readonly newestFirst: boolean;
}

/** The parts of a query that give one page of a list, by keyset: no row is skipped or seen twice when others come in. */
export function pageQuery(page: PageRequest, { number, text, newestFirst }: Order) {
  const backwards = page.fromEnd === true;
  const descending = newestFirst !== backwards;
  const bound = (cursor: string | undefined, later: boolean) => {
    if (cursor === undefined) return sql<boolean>`1 = 1`;
    const [at, id] = parseCursor(cursor);
    const comparison = later === newestFirst ? sql`<` : sql`>`;
    return sql<boolean>`(${number}, ${text}) ${comparison} (cast(${at} as bigint), ${id})`;
  };
  const direction = descending ? sql`desc` : sql`asc`;
  return {
    where: sql<boolean>`${bound(page.after, true)} and ${bound(page.before, false)}`,
    byNumber: sql<number>`${number} ${direction}`,
    byText: sql<string>`${text} ${direction}`,
    /** One more than asked for tells whether there are more. */
    limit: page.limit + 1,
  };
}

/** The page that the rows of such a query are. */
export function pageOf<Row, Shown>(
  rows: readonly Row[],
  page: PageRequest,
  cursorOf: (row: Row) => string,
  show: (row: Row) => Shown,
): Page<Shown> {
  const kept = rows.slice(0, page.limit).map((row) => ({ cursor: cursorOf(row), row: show(row) }));
  return { rows: page.fromEnd === true ? kept.reverse() : kept, more: rows.length > page.limit };
}

export const cursorAt = (number: number, text: string): string => `${number}_${text}`;

function parseCursor(cursor: string): readonly [number, string] {
  const [, digits, id] = /^(\d{1,16})_(.{0,100})$/.exec(cursor) ?? [];
  if (digits === undefined || id === undefined) throw new InvalidCursor('The cursor is not one of this list.');
  return [Number(digits), id];
}
