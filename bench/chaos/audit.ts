import { nanoOfDollars } from '../../src/accounts/amounts.ts';
import type { GenerationRecord } from '../../src/storage/records.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Seen } from './callers.ts';
import type { Callers } from './set-up.ts';

/** What the database says after all that happened, held against what callers and the upstream saw. Money in nano-dollars. */
export interface Audit {
  /** Generations that a caller was told of as accepted. */
  readonly admitted: number;
  /** Of those, and of all others in the database, how many have no record, or one that has not ended. */
  readonly lost: number;
  /** What caps and ledgers say beside what the sum of the records is, added up without signs. */
  readonly drift: number;
  /** The most by which a cap was overspent. */
  readonly overshoot: number;
  /** Calls that an upstream got for a request that has no record. */
  readonly unrecorded: number;
  /** Requests that were served more than once. */
  readonly doubled: number;
  /** Answers that came to their end and whose record costs something else than the caller was told. */
  readonly misbilled: number;
  readonly records: number;
  readonly terminations: Readonly<Record<string, number>>;
  /** Which share of what ended with a cost was estimated or counted by us. */
  readonly estimatedShare: number;
}

const pageSize = 1_000;

/** Reads the whole database, which nobody may be changing. */
export async function audit(
  store: Store,
  callers: Callers,
  seen: readonly Seen[],
  called: readonly string[],
): Promise<Audit> {
  const records = await everyRecord(store);
  const byId = new Map(records.map((record) => [record.id, record]));
  const users = countsOf(usersOf(records));
  const served = countsOf(usersOf(records.filter(({ termination }) => termination !== 'refused')));
  const admitted = seen.filter(({ id, ended }) => id !== undefined && ended !== 'refused');
  const ids = new Set(admitted.map(({ id }) => id ?? ''));
  const without = [...ids].filter((id) => !byId.has(id));
  const open = records.filter(({ state }) => state === 'open');
  const billed = records.filter(({ costNano }) => costNano > 0);
  const { drift, overshoot } = await balance(store, callers, records);

  return {
    admitted: ids.size,
    lost: without.length + open.length,
    drift,
    overshoot,
    unrecorded: called.filter((user) => !users.has(user)).length,
    doubled: [...served.values()].filter((count) => count > 1).length,
    misbilled: seen.filter((one) => isMisbilled(one, byId)).length,
    records: records.length,
    terminations: Object.fromEntries(countsOf(records.map(({ termination = 'open' }) => termination))),
    estimatedShare: billed.filter(({ usage }) => usage?.source !== 'provider').length / Math.max(1, billed.length),
  };
}

async function balance(store: Store, { caps, credited }: Callers, records: readonly GenerationRecord[]) {
  let drift = 0;
  let overshoot = 0;
  for (const cap of await store.caps.list(caps)) {
    const settled = sum(records.filter((record) => record.caps.includes(cap.id)).map(({ costNano }) => costNano));
    drift += Math.abs(cap.reservedNano) + Math.abs(cap.spentNano - settled);
    overshoot = Math.max(overshoot, cap.spentNano - (cap.limitNano ?? Number.POSITIVE_INFINITY));
  }
  for (const accountId of credited) {
    const ledger = sum(await ledgerOf(store, accountId));
    const spent = sum(records.filter((record) => record.accountId === accountId).map(({ costNano }) => costNano));
    const granted = (await store.credits.balance(accountId))?.grantedNano ?? 0;
    drift += Math.abs(granted - spent - ledger);
  }
  return { drift, overshoot };
}

function isMisbilled({ id = '', ended, cost }: Seen, byId: ReadonlyMap<string, GenerationRecord>): boolean {
  if (cost === undefined || (ended !== 'finished' && ended !== 'failed')) return false;
  return byId.get(id)?.costNano !== nanoOfDollars(cost);
}

async function everyRecord(store: Store): Promise<readonly GenerationRecord[]> {
  return everyRow((page) => store.generations.list('everyone', {}, page));
}

async function ledgerOf(store: Store, accountId: string): Promise<readonly number[]> {
  return (await everyRow((page) => store.credits.ledger(accountId, page))).map(({ amountNano }) => amountNano);
}

async function everyRow<Row>(
  list: (page: {
    limit: number;
    after?: string;
  }) => ReturnType<() => Promise<{ rows: readonly { cursor: string; row: Row }[]; more: boolean }>>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: pageSize, ...(after !== undefined && { after }) });
    rows.push(...page.rows.map(({ row }) => row));
    after = page.more ? page.rows.at(-1)?.cursor : undefined;
  } while (after !== undefined);
  return rows;
}

const usersOf = (records: readonly GenerationRecord[]) =>
  records.flatMap(({ userId }) => (userId === undefined ? [] : [userId]));

function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
