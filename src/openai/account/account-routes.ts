import { z } from 'zod';
import { dollarsOfNano } from '../../accounts/amounts.ts';
import { demandMember } from '../../accounts/permissions.ts';
import { GenerationNotFound } from '../../errors.ts';
import { jsonNumber } from '../chat/usage.ts';
import { refuse } from '../check.ts';
import { type Answer, type RestParts, type Route, route } from '../route.ts';
import { activityShape, creditsShape, generationShape, ownKeyShape } from './answer-shapes.ts';
import { generationBody } from './generation-body.ts';
import { amountsBody, labelOf } from './key-body.ts';
import { nothingSpent } from './nothing-spent.ts';

const dayMs = 86_400_000;
/** How far back the activity goes, in whole days before today. */
const activityDays = 30;

const generationQuery = z.object({ id: z.string().min(1).max(200) });
const activityQuery = z.object({
  date: z.iso.date().optional().describe('One day, UTC; absent for the last 30 whole days.'),
  api_key_hash: z.string().optional().describe('Only what this key asked for.'),
  user_id: z.string().optional().describe('Only what this end user asked for, as the requests named him.'),
});

/** What a caller has spent and may spend, and what became of his requests. */
export function createAccountRoutes({ accounts, clock }: RestParts): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/generation',
      summary: 'The record of a request. Takes the scope usage:read, unless the key that asks made the request.',
      query: generationQuery,
      answers: generationShape,
      async answer({ caller, query: { id }, catalog }) {
        const record = await accounts.records.get(caller, id);
        if (record === undefined) throw new GenerationNotFound(id);
        const seesApps = caller.scopes.has('usage:read') || caller.scopes.has('admin');
        const app =
          record.appId === undefined || !seesApps ? undefined : await accounts.reports.app(caller, record.appId);
        return json({ data: generationBody(record, catalog, app) });
      },
    }),
    route({
      method: 'GET',
      path: '/key',
      summary: 'What the key that asks may do, may spend, and has spent.',
      answers: ownKeyShape,
      async answer({ caller }) {
        const [shown, spending] = await Promise.all([accounts.funds.shown(caller), accounts.reports.spending(caller)]);
        const { key } = shown ?? {};
        const cap = key === undefined ? undefined : await accounts.apiKeys.limitOf(key);
        const manages = caller.scopes.has('keys:write') || caller.scopes.has('admin');
        return json({
          data: {
            label: key === undefined ? 'without a key' : labelOf(key),
            ...amountsBody(spending.get(caller.keyId ?? '') ?? nothingSpent, cap),
            expires_at: key?.expiresAt === undefined ? null : new Date(key.expiresAt).toISOString(),
            is_free_tier: false,
            is_management_key: manages,
            is_provisioning_key: manages,
            creator_user_id: null,
            organization_id: null,
            workspace_id: caller.accountId,
            allowed_data_regions: ['global'],
            free_model_daily_requests: { limit: -1, used: 0, remaining: -1 },
            rate_limit: {
              requests: caller.limits.requestsPerMinute ?? -1,
              interval: '1m',
              note: 'Requests a minute that the key may make; -1 for no limit of its own.',
            },
          },
        });
      },
    }),
    route({
      method: 'GET',
      path: '/credits',
      summary: 'What the account was granted and has spent. Takes the scope usage:read or account:write.',
      answers: creditsShape,
      async answer({ caller }) {
        demandMember(caller);
        const balance = await accounts.funds.balance(caller, caller.accountId);
        return json({
          data: {
            total_credits: dollars(balance?.grantedNano ?? 0),
            total_usage: dollars(balance?.spentNano ?? 0),
          },
        });
      },
    }),
    route({
      method: 'GET',
      path: '/activity',
      summary: 'What was used, by day, model and provider. Takes the scope usage:read.',
      query: activityQuery,
      answers: activityShape,
      async answer({ caller, query: { date, api_key_hash: key, user_id: user }, catalog }) {
        const today = Math.floor(clock.now() / dayMs) * dayMs;
        const from = date === undefined ? today - activityDays * dayMs : Date.parse(date);
        if (from < today - activityDays * dayMs || from > today) {
          refuse('date', `must be one of the last ${activityDays} days.`);
        }
        const rows = await accounts.reports.activity(caller, {
          from,
          to: date === undefined ? today : from + dayMs,
          interval: 'day',
          groupBy: [
            'model',
            'provider',
            ...(key === undefined ? [] : ['key' as const]),
            ...(user === undefined ? [] : ['user' as const]),
          ],
        });
        const wanted = rows.filter(
          ({ dimensions }) =>
            (key === undefined || dimensions.key === key) && (user === undefined || dimensions.user === user),
        );
        return json({
          data: wanted.map(({ start = from, dimensions: { model = '', provider = '' }, ...sums }) => ({
            date: new Date(start).toISOString().slice(0, 10),
            model,
            model_permaslug: model,
            endpoint_id: model === '' ? '' : `${model}@${provider}`,
            provider_name: catalog.provider(provider)?.name ?? provider,
            usage: dollars(sums.costNano),
            byok_usage_inference: 0,
            requests: sums.requests,
            prompt_tokens: sums.promptTokens,
            completion_tokens: sums.completionTokens,
            reasoning_tokens: sums.reasoningTokens,
          })),
        });
      },
    }),
  ];
}

function json(body: unknown): Answer {
  return { type: 'json', body };
}

function dollars(nano: number): number {
  return jsonNumber(dollarsOfNano(nano));
}
