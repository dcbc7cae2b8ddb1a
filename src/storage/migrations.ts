import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** One step of the schema. Its name is written down where it was done; a step that was released is never changed. */
export interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<Tables>) => Promise<void>;
}

/** Every step, in order, for both databases. */
export const migrations: readonly Migration[] = [
  { name: '0001_accounts_and_keys', up: accountsAndKeys },
  { name: '0002_books', up: books },
  { name: '0003_audit_log', up: auditLog },
  { name: '0004_apps_and_contents', up: appsAndContents },
];

async function accountsAndKeys(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('default_model', 'text')
    .addColumn('default_provider', 'text')
    .addColumn('data_collection', 'text')
    .addColumn('zdr', 'integer', (column) => column.notNull())
    .addColumn('attribution', 'integer', (column) => column.notNull())
    .addColumn('content_retention_days', 'integer')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('accounts_changed').on('accounts').column('changed_at').execute();
  await db.schema.createIndex('accounts_created').on('accounts').columns(['created_at', 'id']).execute();
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'text', (column) => column.references('api_keys.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('last4', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('previous_hash', 'text', (column) => column.unique())
    .addColumn('previous_until', 'bigint')
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('allowed_models', 'text')
    .addColumn('allowed_providers', 'text')
    .addColumn('operations', 'text')
    .addColumn('origin', 'text')
    .addColumn('requests_per_minute', 'bigint')
    .addColumn('tokens_per_minute', 'bigint')
    .addColumn('concurrent_streams', 'bigint')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('api_keys_changed').on('api_keys').column('changed_at').execute();
  await db.schema.createIndex('api_keys_parent').on('api_keys').column('parent_id').execute();
  await db.schema.createIndex('api_keys_of').on('api_keys').columns(['account_id', 'created_at', 'id']).execute();
}

async function books(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('caps')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('limit_nano', 'bigint')
    .addColumn('reset', 'text', (column) => column.notNull())
    .addColumn('period_start', 'bigint', (column) => column.notNull())
    .addColumn('reserved_nano', 'bigint', (column) => column.notNull())
    .addColumn('spent_nano', 'bigint', (column) => column.notNull())
    .execute();
  // No foreign keys here: a record that comes back from the spool must not be refused for what became of its account or key.
  await db.schema
    .createTable('generations')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('parent_key_id', 'text')
    .addColumn('app_id', 'text')
    .addColumn('user_id', 'text')
    .addColumn('session_id', 'text')
    .addColumn('idempotency_key', 'text')
    .addColumn('request_hash', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('replica', 'text', (column) => column.notNull())
    .addColumn('boot', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('reserved_nano', 'bigint', (column) => column.notNull())
    .addColumn('caps', 'text', (column) => column.notNull())
    .addColumn('checkpoint_nano', 'bigint', (column) => column.notNull())
    .addColumn('requested', 'text', (column) => column.notNull())
    .addColumn('streamed', 'integer', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('model', 'text')
    .addColumn('provider', 'text')
    .addColumn('endpoint', 'text')
    .addColumn('attempts', 'text', (column) => column.notNull())
    .addColumn('prompt_tokens', 'bigint')
    .addColumn('completion_tokens', 'bigint')
    .addColumn('total_tokens', 'bigint')
    .addColumn('cached_tokens', 'bigint')
    .addColumn('cache_write_tokens', 'bigint')
    .addColumn('reasoning_tokens', 'bigint')
    .addColumn('usage_source', 'text')
    .addColumn('cost_nano', 'bigint', (column) => column.notNull())
    .addColumn('operator_cost_nano', 'bigint', (column) => column.notNull())
    .addColumn('termination', 'text')
    .addColumn('finish_reason', 'text')
    .addColumn('native_finish_reason', 'text')
    .addColumn('error_kind', 'text')
    .addColumn('first_content_ms', 'bigint')
    .addColumn('duration_ms', 'bigint')
    .execute();
  await db.schema.createIndex('generations_by_time').on('generations').columns(['created_at', 'id']).execute();
  await db.schema.createIndex('generations_of').on('generations').columns(['account_id', 'created_at', 'id']).execute();
  await sql`create index generations_open on generations (expires_at) where state = 'open'`.execute(db);
  await sql`create unique index generations_repeated on generations (account_id, coalesce(key_id, ''), idempotency_key)
    where idempotency_key is not null`.execute(db);
  await db.schema
    .createTable('ledger')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('amount_nano', 'bigint', (column) => column.notNull())
    .addColumn('generation_id', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('actor', 'text')
    .execute();
  await db.schema.createIndex('ledger_of').on('ledger').columns(['account_id', 'at', 'id']).execute();
}

async function auditLog(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('audit_log')
    .addColumn('id', 'bigint', (column) => column.notNull().primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('before_json', 'text')
    .addColumn('after_json', 'text')
    .addColumn('previous_hash', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('audit_head')
    .addColumn('only', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('entries', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await db.insertInto('audit_head').values({ only: 1, entries: 0, hash: '' }).execute();
}

async function appsAndContents(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('apps')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('url', 'text', (column) => column.notNull().unique())
    .addColumn('title', 'text')
    .addColumn('categories', 'text', (column) => column.notNull())
    .addColumn('first_seen', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('contents')
    .addColumn('generation_id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('prompt', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('contents_expiring').on('contents').column('expires_at').execute();
}
