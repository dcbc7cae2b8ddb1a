import type { Verdict } from './database.ts';
import type { Mutex } from './mutex.ts';
import type { SqliteConnection } from './node-sqlite.ts';

/**
 * Commits together what is asked for in one turn of the event loop, because a commit costs some 30 µs and each page that was
 * written once for all of them: the busier the program, the less a transaction costs. Each stays a transaction of its own, and is
 * answered when it is committed. A savepoint around each would cost a third of what its statements do, and nearly every transaction keeps
 * what it writes: so the group runs without, and runs again with savepoints when one of it has to be undone. The work of a
 * transaction may therefore be called twice, and does nothing but ask its session.
 */
export function createGroupCommit(connection: SqliteConnection, mutex: Mutex) {
  let waiting: Member[] = [];
  /** Whether one of the last group was undone: then it is likely that one of this is. */
  let careful = false;

  const commitTogether = async (): Promise<void> => {
    await mutex.enter();
    const members = waiting;
    waiting = [];
    try {
      const alone = members.length === 1;
      const kept = careful && !alone ? undefined : await runPlain(connection, members);
      careful = kept === undefined || (!kept && !alone) ? await runCarefully(connection, members) : false;
      for (const member of members) member.done();
    } catch (error) {
      if (connection.inTransaction()) connection.run('rollback', []);
      for (const member of members) member.fail(error);
    } finally {
      mutex.leave();
    }
  };

  return <T>(work: () => Promise<Verdict<T>>): Promise<T> =>
    new Promise((resolve, reject) => {
      let outcome: (() => void) | undefined;
      const first = waiting.length === 0;
      waiting.push({
        run: async () => {
          try {
            const verdict = await work();
            const keep = 'commit' in verdict;
            outcome = () => resolve(keep ? verdict.commit : verdict.rollback);
            return keep;
          } catch (error) {
            outcome = () => reject(error);
            return false;
          }
        },
        done: () => outcome?.(),
        fail: reject,
      });
      if (first) setImmediate(() => void commitTogether());
    });
}

interface Member {
  /** Resolves with whether what it wrote stays; never rejects. */
  readonly run: () => Promise<boolean>;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** Resolves with whether everything was kept; else nothing was. */
async function runPlain(connection: SqliteConnection, members: readonly Member[]): Promise<boolean> {
  connection.run('begin immediate', []);
  for (const member of members) {
    if (await member.run()) continue;
    if (connection.inTransaction()) connection.run('rollback', []);
    return false;
  }
  connection.run('commit', []);
  return true;
}

/** Resolves with whether any member was undone. */
async function runCarefully(connection: SqliteConnection, members: readonly Member[]): Promise<boolean> {
  let undone = false;
  connection.run('begin immediate', []);
  for (const member of members) {
    connection.run('savepoint member', []);
    const keep = await member.run();
    if (!keep) connection.run('rollback to member', []);
    connection.run('release member', []);
    undone ||= !keep;
  }
  connection.run('commit', []);
  return undone;
}
