import type { Verdict } from './database.ts';
import type { Mutex } from './mutex.ts';
import type { SqliteConnection } from './node-sqlite.ts';

/**
 * Commits together what is asked for in one turn of the event loop, because a commit costs some 30 µs and each page that was
 * written once for all of them: the busier the program, the less a transaction costs. Each stays a transaction of its own, in a
 * savepoint, and is answered when it is committed.
 */
export function createGroupCommit(connection: SqliteConnection, mutex: Mutex) {
  let waiting: Member[] = [];

  const commitTogether = async (): Promise<void> => {
    await mutex.enter();
    const members = waiting;
    waiting = [];
    try {
      connection.run('begin immediate', []);
      for (const member of members) await runMember(connection, member, members.length > 1);
      // A group of one that came to nothing was rolled back.
      if (connection.inTransaction()) connection.run('commit', []);
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

async function runMember(connection: SqliteConnection, member: Member, shared: boolean): Promise<void> {
  if (shared) connection.run('savepoint member', []);
  const keep = await member.run();
  if (!shared) {
    if (!keep) connection.run('rollback', []);
    return;
  }
  if (!keep) connection.run('rollback to member', []);
  connection.run('release member', []);
}
