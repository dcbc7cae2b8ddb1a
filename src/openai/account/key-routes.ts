import { z } from 'zod';
import { nanoOfDollars } from '../../accounts/amounts.ts';
import type { KeyTerms } from '../../accounts/key-rules.ts';
import type { Caller } from '../../caller.ts';
import type { ApiKeyRecord } from '../../storage/records.ts';
import { present, refuse } from '../check.ts';
import { type Answer, type RestParts, type Route, route } from '../route.ts';
import { deletedKeyShape, keyListShape, keyShape, newKeyShape } from './answer-shapes.ts';
import { keyBody } from './key-body.ts';
import { nothingSpent } from './nothing-spent.ts';

const limit = z.number().min(0).nullish().describe('US dollars; null for no limit.');
const limitReset = z
  .enum(['daily', 'weekly', 'monthly'])
  .nullish()
  .describe('At midnight UTC, on Mondays, on the first.');
const ignored = z.unknown().describe('Taken, and without effect.').optional();

const newKeyBody = z.object({
  name: z.string(),
  limit,
  limit_reset: limitReset,
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  include_byok_in_limit: ignored,
  creator_user_id: ignored,
  external: ignored,
  workspace_id: z.string().optional().describe('An account; the own where it is absent.'),
});
const changedKeyBody = z.object({
  name: z.string().optional(),
  limit,
  limit_reset: limitReset,
  disabled: z.boolean().optional().describe('`true` ends the key for good, as deleting it does.'),
  include_byok_in_limit: ignored,
});
const listQuery = z.object({
  offset: z.coerce.number().pipe(z.int().min(0).max(100_000)).optional(),
  include_disabled: z.enum(['true', 'false']).optional(),
});

/** As many keys as OpenRouter gives at a time. */
const pageLength = 100;

/** Making, changing and ending keys, as OpenRouter's management API has it. */
export function createKeyRoutes({ accounts }: RestParts): readonly Route[] {
  const shown = async (caller: Caller, key: ApiKeyRecord) => {
    const [spending, cap] = await Promise.all([accounts.reports.spending(caller), accounts.apiKeys.limitOf(key)]);
    return keyBody(key, spending.get(key.id) ?? nothingSpent, cap);
  };
  const existing = async (caller: Caller, id: string) => {
    const key = await accounts.apiKeys.get(caller, id);
    // Its sentence is that of a key that may not be seen.
    return key ?? (await accounts.apiKeys.update(caller, id, {}));
  };

  return [
    route({
      method: 'GET',
      path: '/keys',
      summary: 'The keys of the account, the oldest first, 100 at a time. Takes the scope keys:read.',
      query: listQuery,
      answers: keyListShape,
      async answer({ caller, query: { offset = 0, include_disabled: all } }) {
        const keys = await listed(
          (after) => accounts.apiKeys.list(caller, { limit: pageLength, ...(after !== undefined && { after }) }),
          ({ revokedAt }) => all === 'true' || revokedAt === undefined,
          offset,
        );
        const spending = await accounts.reports.spending(caller);
        const caps = await Promise.all(keys.map(accounts.apiKeys.limitOf));
        const data = keys.map((key, index) => keyBody(key, spending.get(key.id) ?? nothingSpent, caps[index]));
        return json({ data });
      },
    }),
    route({
      method: 'POST',
      path: '/keys',
      summary: 'Makes a key that may ask models. Its secret is told once. Takes the scope keys:write.',
      body: newKeyBody,
      answers: newKeyShape,
      status: 201,
      async answer({ caller, body }) {
        const { key, secret } = await accounts.apiKeys.create(caller, {
          name: body.name,
          ...present({
            accountId: body.workspace_id,
            expiresAt: body.expires_at == null ? null : Date.parse(body.expires_at),
            limit:
              body.limit == null
                ? null
                : { limitNano: toNano(body.limit), reset: body.limit_reset ?? ('none' as const) },
          }),
        });
        return json({ data: await shown(caller, key), key: secret });
      },
    }),
    route({
      method: 'GET',
      path: '/keys/:hash',
      summary: 'One key, by its hash. Takes the scope keys:read.',
      answers: keyShape,
      answer: async ({ caller, parameters: { hash = '' } }) =>
        json({ data: await shown(caller, await existing(caller, hash)) }),
    }),
    route({
      method: 'PATCH',
      path: '/keys/:hash',
      summary: 'Changes the name or the limit of a key, or ends it. Takes the scope keys:write.',
      body: changedKeyBody,
      answers: keyShape,
      async answer({ caller, body, parameters: { hash = '' } }) {
        const before = await existing(caller, hash);
        const limited = body.limit !== undefined || body.limit_reset !== undefined;
        const cap = limited ? await accounts.apiKeys.limitOf(before) : undefined;
        const reset = body.limit_reset === undefined ? cap?.reset : body.limit_reset;
        const limitNano = body.limit === undefined ? (cap?.limitNano ?? null) : toNano(body.limit);
        const terms: KeyTerms = {
          ...present({ name: body.name }),
          ...(limited && { limit: { limitNano, reset: reset ?? 'none' } }),
        };
        const changed = Object.keys(terms).length === 0 ? before : await accounts.apiKeys.update(caller, hash, terms);
        if (body.disabled !== true) return json({ data: await shown(caller, changed) });
        await accounts.apiKeys.revoke(caller, hash);
        return json({ data: await shown(caller, (await accounts.apiKeys.get(caller, hash)) ?? changed) });
      },
    }),
    route({
      method: 'DELETE',
      path: '/keys/:hash',
      summary: 'Ends a key, the client tokens that it made, and what runs by them. Takes the scope keys:write.',
      answers: deletedKeyShape,
      async answer({ caller, parameters: { hash = '' } }) {
        await accounts.apiKeys.revoke(caller, hash);
        return json({ deleted: true });
      },
    }),
  ];
}

function json(body: unknown): Answer {
  return { type: 'json', body };
}

function toNano(limit: number | null): number | null {
  if (limit === null) return null;
  return nanoOfDollars(String(limit)) ?? refuse('limit', 'must be US dollars with at most 9 decimals.');
}

interface KeyPage {
  readonly rows: readonly { readonly cursor: string; readonly row: ApiKeyRecord }[];
  readonly more: boolean;
}

/** A page of the keys that are wanted, counted from the first. */
async function listed(
  pageAfter: (cursor: string | undefined) => Promise<KeyPage>,
  wanted: (key: ApiKeyRecord) => boolean,
  offset: number,
): Promise<readonly ApiKeyRecord[]> {
  const found: ApiKeyRecord[] = [];
  let cursor: string | undefined;
  let skipped = 0;
  for (;;) {
    const { rows, more } = await pageAfter(cursor);
    for (const { row } of rows) {
      if (!wanted(row)) continue;
      if (skipped < offset) skipped += 1;
      else if (found.length < pageLength) found.push(row);
    }
    cursor = rows.at(-1)?.cursor;
    if (!more || cursor === undefined || found.length === pageLength) return found;
  }
}
