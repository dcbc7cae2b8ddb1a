import { z } from 'zod';
import { InvalidCursor, type Page, type PageRequest } from '../src/storage/store.ts';
import { badInput } from './bad-input.ts';
import { present } from './check.ts';
import { parseDecimal } from './scalars.ts';

/** What an item is ordered by. Items without a key come last in either direction. */
export type SortKey = string | number | undefined;

/** How a list is ordered: by `key`, and where keys are equal by `id`, which no two items share. */
export interface Order<Item> {
  /** Names the order in its cursors, so that a cursor of another order is refused. */
  readonly name: string;
  readonly key: (item: Item) => SortKey;
  readonly id: (item: Item) => string;
  readonly descending?: boolean;
}

export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The most items a page holds, whatever `first` or `last` say. */
const maxPageSize = 100;
const defaultPageSize = 50;

/**
 * One page of the items. A cursor holds its item's place in the order rather than a count, so pages neither repeat nor skip
 * an item when others are added or removed between them. Throws a GraphQLError for arguments that cannot be meant.
 */
export function paginate<Item>(items: readonly Item[], page: PageArguments, order: Order<Item>) {
  checkSizes(page);
  const inOrder = comparePlaces(order);
  const places = items.map((item) => ({ key: order.key(item), id: order.id(item), item })).sort(inOrder);
  const after = page.after == null ? undefined : readCursor(page.after, order);
  const before = page.before == null ? undefined : readCursor(page.before, order);
  let start = after === undefined ? 0 : places.filter((place) => inOrder(place, after) <= 0).length;
  let end = before === undefined ? places.length : places.filter((place) => inOrder(place, before) < 0).length;
  end = Math.max(start, end);
  if (page.last == null) end = Math.min(end, start + Math.min(page.first ?? defaultPageSize, maxPageSize));
  else start = Math.max(start, end - Math.min(page.last, maxPageSize));

  const edges = places.slice(start, end).map((place) => ({ cursor: writeCursor(place, order), node: place.item }));
  return {
    edges,
    totalCount: places.length,
    pageInfo: {
      hasPreviousPage: start > 0,
      hasNextPage: end < places.length,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** A key by which decimals that are not negative sort as numbers do. */
export function decimalKey(decimal: string): string {
  const [whole = '', fraction = ''] = parseDecimal(decimal).split('.');
  return `${whole.padStart(40, '0')}.${fraction}`;
}

/**
 * One page of a list that the store orders, as `list` reads it. Throws a GraphQLError for arguments that cannot be meant, such as a
 * cursor that no list gave out.
 */
export async function storedPage<Row>(
  page: PageArguments,
  list: (request: PageRequest) => Promise<Page<Row>>,
  count: () => Promise<number>,
) {
  checkSizes(page);
  const { first, last, after, before } = page;
  const fromEnd = last != null;
  const { rows, more } = await list({
    limit: Math.min((fromEnd ? last : first) ?? defaultPageSize, maxPageSize),
    ...present({ after, before }),
    ...(fromEnd && { fromEnd }),
  }).catch(refuseCursor);
  return {
    edges: rows.map(({ cursor, row }) => ({ cursor, node: row })),
    totalCount: count,
    pageInfo: {
      hasPreviousPage: fromEnd ? more : after != null,
      hasNextPage: fromEnd ? before != null : more,
      startCursor: rows.at(0)?.cursor ?? null,
      endCursor: rows.at(-1)?.cursor ?? null,
    },
  };
}

function refuseCursor(error: unknown): never {
  throw error instanceof InvalidCursor ? badInput('The cursor is not one that this list gave out.') : error;
}

interface Place {
  readonly key: SortKey;
  readonly id: string;
}

function checkSizes({ first, last }: PageArguments): void {
  if (first != null && last != null) throw badInput('Give `first` or `last`, not both.');
  if (first != null && first < 0) throw badInput(`\`first\` is ${first}, but a page cannot have fewer than 0 items.`);
  if (last != null && last < 0) throw badInput(`\`last\` is ${last}, but a page cannot have fewer than 0 items.`);
}

function comparePlaces(order: { readonly descending?: boolean }): (a: Place, b: Place) => number {
  const direction = order.descending === true ? -1 : 1;
  return (a, b) => {
    if (a.key === b.key) return compare(a.id, b.id);
    if (a.key === undefined) return 1;
    if (b.key === undefined) return -1;
    return direction * compare(a.key, b.key);
  };
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orderName(order: { readonly name: string; readonly descending?: boolean }): string {
  return order.descending === true ? `${order.name} descending` : order.name;
}

function writeCursor(place: Place, order: { readonly name: string; readonly descending?: boolean }): string {
  const written = JSON.stringify([orderName(order), place.key ?? null, place.id]);
  return Buffer.from(written).toString('base64url');
}

const cursorShape = z.tuple([z.string(), z.union([z.string(), z.number(), z.null()]), z.string()]);

function readCursor(cursor: string, order: { readonly name: string; readonly descending?: boolean }): Place {
  const parsed = cursorShape.safeParse(parse(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success) throw badInput('The cursor is not one that this list gave out.');
  const [name, key, id] = parsed.data;
  if (name !== orderName(order)) {
    throw badInput(
      `The cursor belongs to the list ordered by ${name}, but this one is ordered by ${orderName(order)}.`,
    );
  }
  return { key: key ?? undefined, id };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
