import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import { accountRecord } from './accounts.ts';
import { apiKeyRecord } from './api-key-row.ts';
import { budgetCapId, creditsCapId, limitCapId } from './cap-ids.ts';
import { capRecord } from './cap-row.ts';
import type { Database, Session } from './database.ts';
import { bigValue, prepare, value } from './prepared-query.ts';
import type { ApiKeyStore, Credentials } from './store.ts';
import type { ApiKeysTable, Tables } from './tables.ts';

/** Finds everything that says what a key is good for, in the time that a request has. */
export function createCredentials(database: Database, clock: Clock): Pick<ApiKeyStore, 'findByHash' | 'find'> {
  const queries = createQueries(database.builder);

  const complete = async (session: Session, row: ApiKeysTable | undefined): Promise<Credentials | undefined> => {
    if (row === undefined) return undefined;
    const [account] = await session.run(queries.account, { id: row.account_id });
    if (account === undefined) return undefined;
    const [parent] = row.parent_id === null ? [] : await session.run(queries.byId, { id: row.parent_id });
    const caps = await session.run(queries.caps, {
      credits: creditsCapId(row.account_id),
      budget: budgetCapId(row.account_id),
      limit: limitCapId(row.id),
      parent: limitCapId(row.parent_id ?? row.id),
    });
    return {
      key: apiKeyRecord(row),
      ...(parent === undefined ? {} : { parent: apiKeyRecord(parent) }),
      account: accountRecord(account),
      caps: caps.map((cap) => capRecord(cap, clock.now())),
    };
  };

  return {
    findByHash: (hash) =>
      database.prepared('reads', async (session) => {
        const [row] = await session.run(queries.byHash, { hash, now: clock.now() });
        return complete(session, row);
      }),
    find: (id) =>
      database.prepared('reads', async (session) => {
        const [row] = await session.run(queries.byId, { id });
        return complete(session, row);
      }),
  };
}

function createQueries(db: Kysely<Tables>) {
  return {
    byHash: prepare(
      db
        .selectFrom('api_keys')
        .selectAll()
        .where((where) =>
          where.or([
            where('hash', '=', value<string>('hash')),
            where.and([
              where('previous_hash', '=', value<string>('hash')),
              where('previous_until', '>', bigValue('now')),
            ]),
          ]),
        )
        .compile(),
    ),
    byId: prepare(db.selectFrom('api_keys').selectAll().where('id', '=', value<string>('id')).compile()),
    account: prepare(db.selectFrom('accounts').selectAll().where('id', '=', value<string>('id')).compile()),
    caps: prepare(
      db
        .selectFrom('caps')
        .selectAll()
        .where(
          'id',
          'in',
          ['credits', 'budget', 'limit', 'parent'].map((name) => value<string>(name)),
        )
        .orderBy('id')
        .compile(),
    ),
  };
}
