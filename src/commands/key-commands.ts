import { dollarsOfNano } from '../accounts/amounts.ts';
import type { ApiKeyRecord } from '../storage/records.ts';
import { type Command, type CommandContext, table, UsageError } from './command.ts';
import { dollars, reset, timeFromNow, wholeNumber } from './option-values.ts';

/** The account of who needs no key on this machine: a key for it shares its books. */
const defaultAccount = 'acct-local';
const defaultGraceSeconds = 24 * 3_600;
const pageSize = 100;

/** What is done with API keys from the command line. */
export const keyCommands: Readonly<Record<string, Command>> = {
  create: {
    usage: 'keys create --name NAME [options]',
    summary: 'Makes an API key and prints its secret, once.',
    options: {
      name: 'What the key is called, for people.',
      account: `The account that pays, acct-…; ${defaultAccount} where it is left out.`,
      'scope[]':
        'What the key may do: inference (where it is left out), keys:read, keys:write, usage:read, account:write, admin.',
      'models[]': 'Globs of the models that it may use, such as anthropic/*.',
      'providers[]': 'Slugs of the providers that it may use.',
      limit: 'What it may spend, in US dollars, such as 5 or 0.25.',
      reset: 'How often the limit begins anew: none, daily, weekly, monthly (UTC).',
      expires: 'How long it is good, such as 90d, 12h or 15m.',
      'requests-per-minute': 'How many requests it may make in a minute.',
      'tokens-per-minute': 'How many tokens it may use in a minute.',
      'concurrent-streams': 'How many streams it may run at the same time.',
    },
    words: 0,
    async run({ apiKeys, operator, clock, print, note }, _words, { text, list }) {
      const name = text('name');
      if (name === undefined) throw new UsageError('Say what the key is called: --name NAME.');
      const limit = text('limit');
      if (limit === undefined && text('reset') !== undefined) throw new UsageError('--reset needs --limit.');
      const { key, secret } = await apiKeys.create(operator, {
        name,
        accountId: text('account') ?? defaultAccount,
        scopes: list('scope'),
        allowedModels: list('models'),
        allowedProviders: list('providers'),
        ...(limit !== undefined && { limit: { limitNano: dollars('--limit', limit), reset: reset(text('reset')) } }),
        expiresAt: timeFromNow('--expires', text('expires'), clock.now()),
        requestsPerMinute: wholeNumber('--requests-per-minute', text('requests-per-minute')),
        tokensPerMinute: wholeNumber('--tokens-per-minute', text('tokens-per-minute')),
        concurrentStreams: wholeNumber('--concurrent-streams', text('concurrent-streams')),
      });
      note(`Made ${key.id} for ${key.accountId}. This is its secret; it is shown this once:`);
      print(secret);
    },
  },
  list: {
    usage: 'keys list [--account ACCOUNT]',
    summary: 'Lists the API keys, without their secrets.',
    options: { account: 'Only those of this account.' },
    words: 0,
    async run(context, _words, { text }) {
      const account = text('account');
      const rows = [['ID', 'NAME', 'ACCOUNT', 'SECRET', 'LIMIT', 'STATE']];
      for await (const key of everyKey(context)) {
        if (account !== undefined && key.accountId !== account) continue;
        const secret = `${key.prefix}…${key.last4}`;
        rows.push([
          key.id,
          key.name,
          key.accountId,
          secret,
          await limitOf(context, key),
          stateOf(key, context.clock.now()),
        ]);
      }
      context.print(rows.length === 1 ? 'There is no key.' : table(rows));
    },
  },
  rotate: {
    usage: 'keys rotate KEY [--grace SECONDS]',
    summary: 'Gives a key a new secret and prints it, once.',
    options: { grace: `How many seconds the old secret goes on working; ${defaultGraceSeconds} where it is left out.` },
    words: 1,
    async run({ apiKeys, operator, print, note }, [id = ''], { text }) {
      const grace = wholeNumber('--grace', text('grace')) ?? defaultGraceSeconds;
      const { secret } = await apiKeys.rotate(operator, id, grace);
      note(`The new secret of ${id}; it is shown this once. The old one works for ${grace} s more:`);
      print(secret);
    },
  },
  revoke: {
    usage: 'keys revoke KEY',
    summary: 'Ends a key and its client tokens, with what runs by them, within a second.',
    options: {},
    words: 1,
    async run({ apiKeys, operator, note }, [id = '']) {
      const [, ...tokens] = await apiKeys.revoke(operator, id);
      const more = tokens.length === 0 ? '' : ` and ${tokens.length} client token${tokens.length === 1 ? '' : 's'}`;
      note(`Revoked ${id}${more}.`);
    },
  },
};

async function* everyKey({ apiKeys, operator }: CommandContext): AsyncGenerator<ApiKeyRecord> {
  let after: string | undefined;
  do {
    const { rows, more } = await apiKeys.list(operator, { limit: pageSize, ...(after !== undefined && { after }) });
    for (const { row } of rows) yield row;
    after = more ? rows.at(-1)?.cursor : undefined;
  } while (after !== undefined);
}

async function limitOf({ apiKeys }: CommandContext, key: ApiKeyRecord): Promise<string> {
  const cap = await apiKeys.limitOf(key);
  if (cap?.limitNano === undefined) return 'none';
  const period = cap.reset === 'none' ? '' : ` ${cap.reset}`;
  return `${dollarsOfNano(cap.spentNano)} of ${dollarsOfNano(cap.limitNano)} USD${period}`;
}

function stateOf({ revokedAt, expiresAt }: ApiKeyRecord, nowMs: number): string {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt === undefined) return 'good';
  return `${expiresAt <= nowMs ? 'expired' : 'good until'} ${new Date(expiresAt).toISOString().slice(0, 16)}Z`;
}
