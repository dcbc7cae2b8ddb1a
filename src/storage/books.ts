import type { Clock } from '../clock.ts';
import { type BookQueries, createBookQueries } from './book-queries.ts';
import type { Begun, Books, Extended, Reaped, Refused } from './books-contract.ts';
import { creditsCapId } from './cap-ids.ts';
import { capRecord } from './cap-row.ts';
import type { Database, Session, Verdict } from './database.ts';
import { checkpointRow, generationRecord, openRow, outcomeRow } from './generation-row.ts';
import { periodStarts } from './periods.ts';
import { isRejection, RecordRejected } from './record-rejection.ts';
import type { Admission, Checkpoint, Settlement } from './records.ts';

/** For so long the reaper leaves alone what was replayed without its end. */
const replayedLeaseMs = 30_000;

/**
 * The books of a database. Locks are always taken in one order, a generation and then its caps by id, so that no two transactions
 * wait for each other.
 */
export function createBooks(database: Database, clock: Clock): Books {
  const queries = createBookQueries(database.builder);

  const begin = async (session: Session, admission: Admission): Promise<Verdict<Begun>> => {
    const caps = await existingCaps(session, admission.caps);
    const reserved = caps.length === 0 ? 0 : admission.reserveNano;
    const admitted = await session.change(queries.admit, openRow(admission, caps, reserved));
    if (admitted === 0) return { commit: await earlier(session, admission) };
    const refused = await reserve(session, caps, reserved);
    return refused === undefined ? { commit: { outcome: 'begun', caps } } : { rollback: refused };
  };

  /** What was let in before under the same id or idempotency key. */
  const earlier = async (session: Session, admission: Admission): Promise<Begun> => {
    const [same] = await session.run(queries.byId, { id: admission.id });
    if (same !== undefined) return { outcome: 'existing', generation: generationRecord(same) };
    const [repeated] = await session.run(queries.byIdempotencyKey, {
      account_id: admission.accountId,
      key_id: admission.keyId ?? '',
      idempotency_key: admission.idempotency?.key ?? null,
    });
    if (repeated === undefined) throw new Error(`Generation ${admission.id} conflicts with one that is not there.`);
    return repeated.request_hash === admission.idempotency?.requestHash
      ? { outcome: 'existing', generation: generationRecord(repeated) }
      : { outcome: 'conflict', generationId: repeated.id };
  };

  const existingCaps = async (session: Session, ids: readonly string[]): Promise<readonly string[]> => {
    if (ids.length === 0) return ids;
    const named = Object.fromEntries(ids.map((id, index) => [`id${index}`, id]));
    const existing = await session.run(queries.capsOf(ids.length), named);
    return existing.map(({ id }) => id).sort();
  };

  /** Reserves of each cap; on a refusal what was reserved has to be rolled back. */
  const reserve = async (session: Session, caps: readonly string[], amount: number): Promise<Refused | undefined> => {
    for (const id of caps) {
      const fitting = await session.change(queries.reserve, { id, amount });
      const refused = fitting > 0 ? undefined : await reserveRolled(session, id, amount);
      if (refused !== undefined) return refused;
    }
    return undefined;
  };

  /** Once more for a cap that had too little left: its period may be over, and then what was spent in it counts no more. */
  const reserveRolled = async (session: Session, id: string, amount: number): Promise<Refused | undefined> => {
    const now = clock.now();
    const [row] = await session.run(queries.cap, { id });
    if (row === undefined) return undefined;
    const rolled = await session.change(queries.roll, { id, start: periodStarts(now)[row.reset], spent: 0 });
    const fitting = rolled > 0 ? await session.change(queries.reserve, { id, amount }) : 0;
    if (fitting > 0) return undefined;
    const [last = row] = await session.run(queries.cap, { id });
    return { outcome: 'refused', cap: capRecord(last, now) };
  };

  const extend = async (
    session: Session,
    id: string,
    amount: number,
    checkpoint: Checkpoint | undefined,
  ): Promise<Verdict<Extended>> => {
    const [generation] = await session.run(queries.extend, { id, amount });
    if (generation === undefined) return { rollback: { outcome: 'closed' } };
    if (checkpoint !== undefined) await session.change(queries.checkpoint, { id, ...checkpointRow(checkpoint) });
    const refused = await reserve(session, capsOf(generation), amount);
    return refused === undefined ? { commit: { outcome: 'extended' } } : { rollback: refused };
  };

  const settle = async (session: Session, id: string, settlement: Settlement): Promise<boolean> => {
    const [held] = await session.run(queries.settle, { id, ...outcomeRow(settlement) });
    if (held === undefined) return false;
    await book(session, id, held, settlement.finishedAt);
    return true;
  };

  /** Books what a generation cost on the caps that it holds, in the transaction that ended it. */
  const book = async (session: Session, id: string, held: Held, at: number): Promise<void> => {
    const caps = capsOf(held);
    const periods = caps.length === 0 ? undefined : periodStarts(clock.now());
    for (const cap of caps)
      await session.change(queries.release, { id: cap, held: held.reserved_nano, cost: held.cost_nano, ...periods });
    if (held.cost_nano === 0 || !caps.includes(creditsCapId(held.account_id))) return;
    await session.change(queries.charge, {
      id: `ldg-${id}`,
      account_id: held.account_id,
      amount: -held.cost_nano,
      generation_id: id,
      at,
    });
  };

  const replay = async (
    session: Session,
    { expiresAt, ...admission }: Admission,
    settlement: Settlement | undefined,
  ): Promise<boolean> => {
    // Whoever runs it may have had nowhere to say so for a while.
    const alive = { ...admission, expiresAt: Math.max(expiresAt, clock.now() + replayedLeaseMs) };
    const row = openRow(alive, await existingCaps(session, admission.caps), 0);
    let admitted = await session.change(queries.admit, row);
    const known = admitted > 0 || (await session.run(queries.byId, { id: admission.id })).length > 0;
    // Another generation took its idempotency key while the store was away. Both were served, so both are in the books.
    if (!known) admitted = await session.change(queries.admit, { ...row, idempotency_key: null, request_hash: null });
    if (settlement === undefined) return admitted > 0;
    // Its caller was sent away because nobody knew that it was let in: the same request may come again.
    if (settlement.termination === 'refused' && admission.idempotency === undefined)
      await session.change(queries.freeKey, { id: admission.id });
    return settle(session, admission.id, settlement);
  };

  const reap = async (session: Session, id: string, where: { replica: string; boot: string }) => {
    const now = clock.now();
    const [held] = await session.run(queries.reap, { ...where, id, now });
    if (held === undefined) return undefined;
    await book(session, id, held, now);
    return { id, costNano: held.cost_nano, termination: 'crash' } satisfies Reaped;
  };

  return {
    begin: async (admission) => {
      checkMoney(admission.reserveNano);
      // Without caps it is one statement, which is its own transaction.
      if (admission.caps.length > 0) return database.transaction((session) => begin(session, admission));
      return database.prepared('writes', async (session) => {
        const verdict = await begin(session, admission);
        return 'commit' in verdict ? verdict.commit : verdict.rollback;
      });
    },
    extend: async (id, moreNano, checkpoint) => {
      checkMoney(moreNano, checkpoint?.costNano);
      return database.transaction((session) => extend(session, id, moreNano, checkpoint));
    },
    checkpoint: async (id, checkpoint) => {
      checkMoney(checkpoint.costNano);
      return database.prepared('writes', async (session) => {
        const noted = await session.change(queries.checkpoint, { id, ...checkpointRow(checkpoint) });
        return noted > 0;
      });
    },
    settle: async (id, settlement, caps) => {
      checkMoney(settlement.costNano, settlement.operatorCostNano);
      if (caps?.length === 0)
        return database.prepared('writes', async (session) => {
          const ended = await session.change(queries.end, { id, ...outcomeRow(settlement) });
          return ended > 0;
        });
      return database.transaction(async (session) => ({ commit: await settle(session, id, settlement) }));
    },
    replay: async (admission, settlement) => {
      try {
        checkMoney(settlement?.costNano, settlement?.operatorCostNano);
        return await database.transaction(async (session) => ({
          commit: await replay(session, admission, settlement),
        }));
      } catch (error) {
        if (!isRejection(error)) throw error;
        throw new RecordRejected(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
    reap: async ({ limit, isRunning = () => false, ...where }) => {
      const abandoned = await database.prepared('reads', async (session) =>
        session.run(queries.abandoned, { ...where, now: clock.now(), limit }),
      );
      const reaped: Reaped[] = [];
      for (const { id } of abandoned) {
        if (isRunning(id)) continue;
        const ended = await database.transaction(async (session) => ({ commit: await reap(session, id, where) }));
        if (ended !== undefined) reaped.push(ended);
      }
      return reaped;
    },
  };
}

type Held = BookQueries['settle'] extends { row?: (row: infer Row) => void } ? Row : never;

const capsOf = ({ caps }: { readonly caps: string }): readonly string[] => JSON.parse(caps);

/** Money is counted: what is not a whole number of nano-dollars, or is less than none, is a bug of whoever asks. */
function checkMoney(...amounts: readonly (number | undefined)[]): void {
  for (const amount of amounts) {
    if (amount !== undefined && !(Number.isSafeInteger(amount) && amount >= 0))
      throw new RangeError(`${amount} is not an amount of nano-dollars.`);
  }
}
