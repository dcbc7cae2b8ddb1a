/** The columns of each table, as both databases give them back: times and money as numbers, JSON as text, truth as 0 and 1. */
export interface Tables {
  readonly accounts: AccountsTable;
  readonly api_keys: ApiKeysTable;
  readonly caps: CapsTable;
  readonly generations: GenerationsTable;
  readonly ledger: LedgerTable;
  readonly audit_log: AuditLogTable;
  readonly audit_head: AuditHeadTable;
  readonly apps: AppsTable;
  readonly contents: ContentsTable;
}

export interface AccountsTable {
  id: string;
  name: string;
  created_at: number;
  closed_at: number | null;
  default_model: string | null;
  default_provider: string | null;
  data_collection: 'deny' | null;
  zdr: number;
  attribution: number;
  content_retention_days: number | null;
  changed_at: number;
}

export interface ApiKeysTable {
  id: string;
  account_id: string;
  kind: 'key' | 'client_token';
  parent_id: string | null;
  name: string;
  prefix: string;
  last4: string;
  hash: string;
  previous_hash: string | null;
  previous_until: number | null;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  allowed_models: string | null;
  allowed_providers: string | null;
  operations: string | null;
  origin: string | null;
  requests_per_minute: number | null;
  tokens_per_minute: number | null;
  concurrent_streams: number | null;
  changed_at: number;
}

export interface CapsTable {
  id: string;
  limit_nano: number | null;
  reset: 'none' | 'daily' | 'weekly' | 'monthly';
  period_start: number;
  reserved_nano: number;
  spent_nano: number;
}

export interface GenerationsTable {
  id: string;
  account_id: string;
  key_id: string | null;
  parent_key_id: string | null;
  app_id: string | null;
  user_id: string | null;
  session_id: string | null;
  idempotency_key: string | null;
  request_hash: string | null;
  state: 'open' | 'done';
  replica: string;
  boot: string;
  created_at: number;
  expires_at: number;
  reserved_nano: number;
  caps: string;
  checkpoint_nano: number;
  requested: string;
  streamed: number;
  finished_at: number | null;
  model: string | null;
  provider: string | null;
  endpoint: string | null;
  attempts: string;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  total_tokens: number | null;
  cached_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  usage_source: 'provider' | 'counted' | 'estimated' | null;
  cost_nano: number;
  operator_cost_nano: number;
  termination: string | null;
  finish_reason: string | null;
  native_finish_reason: string | null;
  error_kind: string | null;
  first_content_ms: number | null;
  duration_ms: number | null;
}

export interface LedgerTable {
  id: string;
  account_id: string;
  kind: 'grant' | 'charge' | 'adjustment';
  amount_nano: number;
  generation_id: string | null;
  at: number;
  note: string | null;
  actor: string | null;
}

export interface AuditLogTable {
  id: number;
  at: number;
  actor: string;
  action: string;
  target: string;
  before_json: string | null;
  after_json: string | null;
  previous_hash: string;
  hash: string;
}

/** One row: where the chain of the audit log has got to. Who adds an entry locks it. */
export interface AuditHeadTable {
  only: number;
  entries: number;
  hash: string;
}

export interface AppsTable {
  id: string;
  url: string;
  title: string | null;
  categories: string;
  first_seen: number;
}

export interface ContentsTable {
  generation_id: string;
  account_id: string;
  prompt: string;
  answer: string;
  expires_at: number;
}
