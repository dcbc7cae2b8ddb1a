import { type Kysely, sql } from 'kysely';
import type { Clock } from '../clock.ts';
import { touchAccount } from './accounts.ts';
import { recordAct } from './audit-log.ts';
import { batched } from './batched.ts';
import { creditsCapId } from './cap-ids.ts';
import type { Database } from './database.ts';
import { cursorAt, type Order, pageOf, pageQuery } from './page.ts';
import { present } from './present.ts';
import type { LedgerRecord } from './records.ts';
import type { Balance, CreditStore } from './store.ts';
import type { CapsTable, LedgerTable, Tables } from './tables.ts';

const order: Order = { number: sql<number>`at`, text: sql<string>`id`, newestFirst: true };

/** The credits of a database's accounts: the ledger, and the cap that its sum is. */
export function createCreditStore(database: Database, clock: Clock): CreditStore {
  const find = batched(
    (_everyone, ids) => database.read((db) => db.selectFrom('caps').selectAll().where('id', 'in', ids).execute()),
    ({ id }) => id,
  );
  return {
    add: ({ id, accountId, kind, amountNano, note }, act) =>
      database.write(async (db) => {
        if (!Number.isSafeInteger(amountNano)) throw new RangeError('An amount is a whole number of nano-dollars.');
        const now = clock.now();
        const added = await db
          .insertInto('ledger')
          .values({
            id,
            account_id: accountId,
            kind,
            amount_nano: amountNano,
            generation_id: null,
            at: now,
            note: note ?? null,
            actor: act.actor,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .executeTakeFirst();
        if (added !== undefined) {
          await raise(db, accountId, amountNano);
          await touchAccount(db, accountId, now);
          await recordAct(db, now, act, accountId, undefined, {
            ledgerId: id,
            kind,
            amountNano,
            ...present({ note: note ?? null }),
          });
        }
        return (await balanceOf(db, accountId)) ?? empty;
      }),
    balance: async (accountId) => balanceIn(await find('everyone', creditsCapId(accountId))),
    ledger: (accountId, page) =>
      database.read(async (db) => {
        const { where, byNumber, byText, limit } = pageQuery(page, order);
        const query = db.selectFrom('ledger').selectAll().where('account_id', '=', accountId).where(where);
        const rows = await query.orderBy(byNumber).orderBy(byText).limit(limit).execute();
        return pageOf(rows, page, (row) => cursorAt(row.at, row.id), ledgerRecord);
      }),
    countLedger: (accountId) =>
      database.read(async (db) => {
        const counted = db.selectFrom('ledger').select((of) => of.fn.countAll<number>().as('count'));
        return (await counted.where('account_id', '=', accountId).executeTakeFirstOrThrow()).count;
      }),
  };
}

const empty: Balance = { grantedNano: 0, spentNano: 0, reservedNano: 0, balanceNano: 0 };

async function raise(db: Kysely<Tables>, accountId: string, amountNano: number): Promise<void> {
  await db
    .insertInto('caps')
    .values({
      id: creditsCapId(accountId),
      limit_nano: amountNano,
      reset: 'none',
      period_start: 0,
      reserved_nano: 0,
      spent_nano: 0,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ limit_nano: sql<number>`caps.limit_nano + excluded.limit_nano` }),
    )
    .execute();
}

const balanceOf = async (db: Kysely<Tables>, accountId: string): Promise<Balance | undefined> =>
  balanceIn(await db.selectFrom('caps').selectAll().where('id', '=', creditsCapId(accountId)).executeTakeFirst());

function balanceIn(cap: CapsTable | undefined): Balance | undefined {
  if (cap === undefined) return undefined;
  const grantedNano = cap.limit_nano ?? 0;
  return {
    grantedNano,
    spentNano: cap.spent_nano,
    reservedNano: cap.reserved_nano,
    balanceNano: grantedNano - cap.spent_nano,
  };
}

function ledgerRecord(row: LedgerTable): LedgerRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    amountNano: row.amount_nano,
    at: row.at,
    ...present({ generationId: row.generation_id, note: row.note, actor: row.actor }),
  };
}
