import type { Json } from '../chat.ts';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { parsed } from './present.ts';
import type { ContentStore } from './store.ts';

/** What a database keeps of prompts and answers. */
export function createContentStore(database: Database, clock: Clock): ContentStore {
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
    get: (reach, generationId) =>
      database.read(async (db) => {
        let query = db.selectFrom('contents').selectAll().where('generation_id', '=', generationId);
        if (reach !== 'everyone') query = query.where('account_id', '=', reach.accountId);
        const row = await query.where('expires_at', '>', clock.now()).executeTakeFirst();
        if (row === undefined) return undefined;
        return {
          generationId,
          accountId: row.account_id,
          prompt: parsed<Json>(row.prompt),
          answer: parsed<Json>(row.answer),
          expiresAt: row.expires_at,
        };
      }),
    purge: async () => {
      const gone = await database.write((db) =>
        db.deleteFrom('contents').where('expires_at', '<=', clock.now()).returning('generation_id').execute(),
      );
      if (gone.length > 0) await database.erase();
      return gone.length;
    },
  };
}
