import { CompletionError } from './errors.ts';

/**
 * Why somebody may not do what he asked of accounts and keys. unauthenticated: nobody knows who he is. forbidden: he may not.
 * invalid: what he said contradicts the contract. not_found: it is not there, or not his. too_many_failures and
 * store_unavailable: later he may.
 */
export type AccountErrorKind =
  | 'unauthenticated'
  | 'forbidden'
  | 'invalid'
  | 'not_found'
  | 'too_many_failures'
  | 'store_unavailable';

/** An expected failure around accounts and keys. `message` says what to do, and never holds a secret. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
  readonly kind: AccountErrorKind;
  /** Which part of the input is wrong, e.g. `allowedModels[1]`. */
  readonly path: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: AccountErrorKind,
    message: string,
    details: { readonly path?: string; readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.path = details.path;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The account's credits do not cover what the request may cost. Nothing was sent. */
export class InsufficientCredits extends CompletionError {
  override readonly name = 'InsufficientCredits';
  /** Whether others that run hold some of it, which may come free. */
  readonly retryable: boolean;
  /** US dollars, exact decimals: what is left, without what running requests hold; and what the request would hold. */
  readonly left: string;
  readonly needed: string;
  constructor(details: { readonly left: string; readonly needed: string; readonly held: boolean }) {
    super(
      `The account has $${details.left} of its credits left${details.held ? ' beside what runs' : ''}, and this request may cost $${details.needed}. Add credits, or allow a shorter answer.`,
    );
    this.retryable = details.held;
    this.left = details.left;
    this.needed = details.needed;
  }
}

/** Whose spending a budget limits. */
export type BudgetOf = 'account' | 'api_key' | 'client_token';

/** A budget of the account, or the limit of a key or client token, does not cover what the request may cost. Nothing was sent. */
export class BudgetExceeded extends CompletionError {
  override readonly name = 'BudgetExceeded';
  /** Whether it begins anew, or others that run hold some of it. */
  readonly retryable: boolean;
  readonly of: BudgetOf;
  /** US dollars, exact decimals: of a period; what is left of it, without what running requests hold; what the request would hold. */
  readonly limit: string;
  readonly left: string;
  readonly needed: string;
  /** When the budget begins anew, milliseconds since the epoch; absent where it never does. */
  readonly resetsAt: number | undefined;
  constructor(details: {
    readonly of: BudgetOf;
    readonly limit: string;
    readonly left: string;
    readonly needed: string;
    readonly held: boolean;
    readonly resetsAt?: number | undefined;
    readonly retryAfterMs?: number | undefined;
  }) {
    const { of, limit, left, needed, held, resetsAt } = details;
    const anew = resetsAt === undefined ? '' : ` It begins anew at ${new Date(resetsAt).toISOString()}.`;
    super(
      `The ${budgetNames[of]} of $${limit} has $${left} left${held ? ' beside what runs' : ''}, and this request may cost $${needed}.${anew}`,
      { retryAfterMs: details.retryAfterMs },
    );
    this.retryable = held || resetsAt !== undefined;
    this.of = of;
    this.limit = limit;
    this.left = left;
    this.needed = needed;
    this.resetsAt = resetsAt;
  }
}

const budgetNames: Readonly<Record<BudgetOf, string>> = {
  account: "account's budget",
  api_key: "API key's limit",
  client_token: "client token's limit",
};
