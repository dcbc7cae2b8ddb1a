import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalKey, type Order, paginate } from '../../../schema/connection.ts';

interface Item {
  readonly id: string;
  readonly size: number | undefined;
}

type Page = ReturnType<typeof paginate<Item>>;

const bySize: Order<Item> = { name: 'size', key: ({ size }) => size, id: ({ id }) => id };
const byId: Order<Item> = { name: 'id', key: ({ id }) => id, id: ({ id }) => id };

const items = fc
  .uniqueArray(fc.record({ id: fc.string(), size: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }) }), {
    selector: ({ id }) => id,
    maxLength: 30,
  })
  .map((list): readonly Item[] => list);
const orders = fc.boolean().map((descending): Order<Item> => ({ ...bySize, descending }));
const pageSizes = fc.integer({ min: 1, max: 7 });

function sorted(list: readonly Item[], order: Order<Item>): readonly Item[] {
  return paginate(list, { first: 100 }, order).edges.map(({ node }) => node);
}

describe('paginate', () => {
  it('shows each item once, in order, to whoever walks forwards', () => {
    fc.assert(
      fc.property(items, orders, pageSizes, (list, order, first) => {
        const seen: Item[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const page: Page = paginate(list, { first, after }, order);
          seen.push(...page.edges.map(({ node }) => node));
          expect(page.totalCount).toBe(list.length);
          expect(page.pageInfo.hasPreviousPage).toBe(seen.length > page.edges.length);
          more = page.pageInfo.hasNextPage;
          after = page.pageInfo.endCursor;
        }
        expect(seen).toEqual(sorted(list, order));
      }),
    );
  });

  it('shows each item once, in the reverse order of pages, to whoever walks backwards', () => {
    fc.assert(
      fc.property(items, orders, pageSizes, (list, order, last) => {
        const seen: Item[] = [];
        for (let before: string | null = null, more = true; more; ) {
          const page: Page = paginate(list, { last, before }, order);
          seen.unshift(...page.edges.map(({ node }) => node));
          expect(page.pageInfo.hasNextPage).toBe(seen.length > page.edges.length);
          more = page.pageInfo.hasPreviousPage;
          before = page.pageInfo.startCursor;
        }
        expect(seen).toEqual(sorted(list, order));
      }),
    );
  });

  it('neither repeats nor skips what was there all along when items come and go between pages', () => {
    fc.assert(
      fc.property(items, items, orders, pageSizes, (list, changes, order, first) => {
        const page = paginate(list, { first }, order);
        const gone = new Set(changes.map(({ id }) => id));
        const kept = list.filter(({ id }) => !gone.has(id));
        const rest = paginate([...kept, ...changes], { first: 100, after: page.pageInfo.endCursor }, order);
        const later = rest.edges.map(({ node }) => node).filter(({ id }) => !gone.has(id));
        const seen = new Set(page.edges.map(({ node }) => node.id));
        expect(later).toEqual(sorted(kept, order).filter(({ id }) => !seen.has(id)));
      }),
    );
  });

  it('gives a cursor for each item that leads to what is between two of them', () => {
    fc.assert(
      fc.property(items, orders, fc.nat(29), fc.nat(29), (list, order, a, b) => {
        const { edges } = paginate(list, { first: 100 }, order);
        const [after, before] = [edges[Math.min(a, b)]?.cursor, edges[Math.max(a, b)]?.cursor];
        fc.pre(after !== undefined && before !== undefined);
        const between = paginate(list, { after, before, first: 100 }, order).edges;
        expect(between).toEqual(edges.slice(Math.min(a, b) + 1, Math.max(a, b)));
      }),
    );
  });

  it('orders by key, then id, with unknown keys last in either direction', () => {
    const list = [
      { id: 'b', size: 1 },
      { id: 'u', size: undefined },
      { id: 'c', size: 2 },
      { id: 'a', size: 1 },
    ];
    expect(sorted(list, bySize).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'u']);
    expect(sorted(list, { ...bySize, descending: true }).map(({ id }) => id)).toEqual(['c', 'a', 'b', 'u']);
  });

  it('gives 50 items unless asked, and never more than 100', () => {
    const list = Array.from({ length: 150 }, (_, index) => ({ id: String(index), size: index }));
    expect(paginate(list, {}, bySize).edges).toHaveLength(50);
    expect(paginate(list, { first: 2 ** 31 - 1 }, bySize).edges).toHaveLength(100);
    expect(paginate(list, { last: 1000 }, bySize).edges.at(-1)?.node.id).toBe('149');
    expect(paginate(list, { last: 1000 }, bySize).edges).toHaveLength(100);
  });

  it('gives an empty page, and its place, for none of the items', () => {
    const page = paginate([{ id: 'a', size: 1 }], { first: 0 }, bySize);
    expect(page).toEqual({
      edges: [],
      totalCount: 1,
      pageInfo: { hasPreviousPage: false, hasNextPage: true, startCursor: null, endCursor: null },
    });
  });

  it.each([
    [{ first: -1 }, '`first` is -1'],
    [{ last: -5 }, '`last` is -5'],
    [{ first: 1, last: 1 }, 'not both'],
    [{ after: 'garbage' }, 'cursor'],
    [{ before: '' }, 'cursor'],
    [{ after: Buffer.from('[1,2,3]').toString('base64url') }, 'cursor'],
    [{ after: Buffer.from('['.repeat(100_000)).toString('base64url') }, 'cursor'],
  ])('refuses %j', (page, message) => {
    expect(() => paginate([], page, bySize)).toThrow(message);
  });

  it('refuses the cursor of another order or direction', () => {
    const list = [{ id: 'a', size: 1 }];
    const after = paginate(list, {}, byId).pageInfo.endCursor;
    expect(() => paginate(list, { after }, bySize)).toThrow('ordered by id, but this one is ordered by size');
    expect(() => paginate(list, { after }, { ...byId, descending: true })).toThrow('ordered by id descending');
  });
});

describe('decimalKey', () => {
  it('sorts decimals as numbers', () => {
    const decimals = fc.tuple(fc.nat(1_000_000), fc.nat(10)).map(([digits, shift]) => `${digits}e-${shift}`);
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        expect(decimalKey(a) < decimalKey(b)).toBe(Number(a) < Number(b));
      }),
    );
  });
});
