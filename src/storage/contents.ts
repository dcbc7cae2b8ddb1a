import type { Json } from '../chat.ts';
import type { Clock } from '../clock.ts';
import { batched } from './batched.ts';
import type { Database } from './database.ts';
import { parsed } from './present.ts';
import type { ContentRecord } from './records.ts';
import type { ContentStore } from './store.ts';
import type { ContentsTable } from './tables.ts';

/** What a database keeps of prompts and answers. */
export function createContentStore(database: Database, clock: Clock): ContentStore {
  const find = batched(
    (reach, ids) =>
      database.read(async (db) => {
        let query = db.selectFrom('contents').selectAll().where('generation_id', 'in', ids);
        if (reach !== 'everyone') query = query.where('account_id', '=', reach.accountId);
        return (await query.where('expires_at', '>', clock.now()).execute()).map(contentRecord);
      }),
    ({ generationId }) => generationId,
  );
  return {
    put: ({ generationId, accountId, prompt, answer, expiresAt }) =>
      database.write(async (db) => {
        await db
          .insertInto('contents')
          .values({
            generation_id: generationId,
            account_id: accountId,
            prompt: JSON.stringify(prompt),
            answer: JSON.stringify(answer),
            expires_at: expiresAt,
          })
          .onConflict((conflict) => conflict.column('generation_id').doNothing())
          .execute();
      }),
    get: find,
    purge: async () => {
      const gone = await database.write((db) =>
        db.deleteFrom('contents').where('expires_at', '<=', clock.now()).returning('generation_id').execute(),
      );
      if (gone.length > 0) await database.erase();
      return gone.length;
    },
  };
}

function contentRecord(row: ContentsTable): ContentRecord {
  return {
    generationId: row.generation_id,
    accountId: row.account_id,
    prompt: parsed<Json>(row.prompt),
    answer: parsed<Json>(row.answer),
    expiresAt: row.expires_at,
  };
}
