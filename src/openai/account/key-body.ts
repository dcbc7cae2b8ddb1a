import { dollarsOfNano } from '../../accounts/amounts.ts';
import type { Spending } from '../../accounts/usage-reports.ts';
import type { ApiKeyRecord, CapRecord } from '../../storage/records.ts';
import { jsonNumber } from '../chat/usage.ts';

/** What both `/key` and `/keys` say of what a key may spend and has spent, US dollars. */
export function amountsBody(spending: Spending, cap: CapRecord | undefined) {
  const { limitNano, reset, spentNano = 0, reservedNano = 0 } = cap ?? {};
  return {
    limit: limitNano === undefined ? null : dollars(limitNano),
    limit_remaining: limitNano === undefined ? null : dollars(Math.max(0, limitNano - spentNano - reservedNano)),
    limit_reset: reset === undefined || reset === 'none' ? null : reset,
    include_byok_in_limit: false,
    usage: dollars(spending.everNano),
    usage_daily: dollars(spending.dayNano),
    usage_weekly: dollars(spending.weekNano),
    usage_monthly: dollars(spending.monthNano),
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
  };
}

/** A key in OpenRouter's words. Its `hash` is the name that this API has for it: our id. */
export function keyBody(key: ApiKeyRecord, spending: Spending, cap: CapRecord | undefined) {
  return {
    hash: key.id,
    name: key.name,
    label: labelOf(key),
    disabled: key.revokedAt !== undefined,
    created_at: new Date(key.createdAt).toISOString(),
    updated_at: null,
    expires_at: key.expiresAt === undefined ? null : new Date(key.expiresAt).toISOString(),
    creator_user_id: null,
    external_user: null,
    workspace_id: key.accountId,
    ...amountsBody(spending, cap),
  };
}

/** What may be shown of a secret. */
export function labelOf({ prefix, last4 }: ApiKeyRecord): string {
  return `${prefix}...${last4}`;
}

function dollars(nano: number): number {
  return jsonNumber(dollarsOfNano(nano));
}
