import { dollarsOfNano } from '../accounts/amounts.ts';
import type { AccountRecord } from '../storage/records.ts';
import { type Command, type CommandContext, table, UsageError } from './command.ts';
import { dollars, reset } from './option-values.ts';

const pageSize = 100;

/** What is done with accounts from the command line. */
export const accountCommands: Readonly<Record<string, Command>> = {
  create: {
    usage: 'accounts create --name NAME [--default-model MODEL]',
    summary: 'Makes an account and prints its id.',
    options: {
      name: 'What the account is called, for people.',
      'default-model': 'The model of its requests that name none.',
    },
    words: 0,
    async run({ administration, operator, print }, _words, { text }) {
      const name = text('name');
      if (name === undefined) throw new UsageError('Say what the account is called: --name NAME.');
      const { id } = await administration.create(operator, { name, defaultModel: text('default-model') });
      print(id);
    },
  },
  list: {
    usage: 'accounts list',
    summary: 'Lists the accounts.',
    options: {},
    words: 0,
    async run(context) {
      const rows = [['ID', 'NAME', 'STATE']];
      for await (const { id, name, closedAt } of everyAccount(context)) {
        rows.push([
          id,
          name,
          closedAt === undefined ? 'open' : `closed ${new Date(closedAt).toISOString().slice(0, 10)}`,
        ]);
      }
      context.print(table(rows));
    },
  },
  grant: {
    usage: 'accounts grant ACCOUNT USD [--note TEXT]',
    summary:
      'Gives an account credits, or takes some with a negative amount. The first grant begins to limit it to its credits.',
    options: { note: 'What stands in the ledger besides the amount.' },
    words: 2,
    async run({ administration, operator, print }, [accountId = '', amount = ''], { text }) {
      const amountNano = dollars('The amount', amount);
      const balance = await administration.grantCredits(operator, { accountId, amountNano, note: text('note') });
      print(`${accountId} has ${dollarsOfNano(balance.balanceNano)} USD.`);
    },
  },
  budget: {
    usage: 'accounts budget ACCOUNT USD|none [--reset PERIOD]',
    summary: 'Says what an account may spend in a period, or that nothing limits it.',
    options: { reset: 'How often the budget begins anew: none, daily, weekly, monthly (UTC).' },
    words: 2,
    async run({ administration, operator, note }, [id = '', amount = ''], { text }) {
      const limitNano = amount === 'none' ? null : dollars('The budget', amount);
      await administration.setBudget(operator, id, limitNano, reset(text('reset')));
      note(limitNano === null ? `No budget limits ${id}.` : `${id} may spend ${dollarsOfNano(limitNano)} USD.`);
    },
  },
  close: {
    usage: 'accounts close ACCOUNT',
    summary: 'Ends all keys of an account, with what runs by them.',
    options: {},
    words: 1,
    async run({ administration, operator, note }, [id = '']) {
      await administration.close(operator, id);
      note(`Closed ${id}.`);
    },
  },
};

async function* everyAccount({ administration, operator }: CommandContext): AsyncGenerator<AccountRecord> {
  let after: string | undefined;
  do {
    const { rows, more } = await administration.list(operator, {
      limit: pageSize,
      ...(after !== undefined && { after }),
    });
    for (const { row } of rows) yield row;
    after = more ? rows.at(-1)?.cursor : undefined;
  } while (after !== undefined);
}
