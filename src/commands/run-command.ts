import { parseArgs } from 'node:util';
import { AccountError } from '../account-errors.ts';
import { StoreUnavailable } from '../storage/store.ts';
import { accountCommands } from './account-commands.ts';
import { auditCommands } from './audit-commands.ts';
import { type Command, type CommandContext, UsageError } from './command.ts';
import { keyCommands } from './key-commands.ts';

const groups: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  keys: keyCommands,
  accounts: accountCommands,
  audit: auditCommands,
};

export interface RunOptions {
  /** The words after the program's name. */
  readonly words: readonly string[];
  /** Opens what the command works with; only called where there is something to do. */
  readonly open: () => Promise<CommandContext & { readonly close: () => Promise<void> }>;
  readonly print: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Runs one command. Resolves with the exit code: 0; 1 where it failed, 2 where it was called wrongly, with one line that says why. */
export async function runCommand({ words, open, print, note }: RunOptions): Promise<0 | 1 | 2> {
  const [group = '', name = '', ...rest] = words;
  if (asksForHelp(group)) return said(print, overview());
  const commands = Object.hasOwn(groups, group) ? groups[group] : undefined;
  if (commands === undefined) return misused(note, `There is no command ${JSON.stringify(group)}.`);
  if (asksForHelp(name)) return said(print, overview(group));
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return misused(note, `There is no command ${JSON.stringify(`${group} ${name}`)}.`);
  if (rest.some((word) => word === '--help' || word === '-h')) return said(print, helpOf(command));
  try {
    const { positionals, options } = parse(command, rest);
    const context = await open();
    try {
      await command.run(context, positionals, options);
    } finally {
      await context.close();
    }
    return 0;
  } catch (error) {
    if (error instanceof UsageError) return misused(note, error.message, command.usage);
    if (!(error instanceof AccountError) && !(error instanceof StoreUnavailable)) throw error;
    note(error.message);
    return 1;
  }
}

function parse({ options, words, usage }: Command, rest: readonly string[]) {
  const names = Object.keys(options).map((name) => ({ name: name.replace('[]', ''), multiple: name.endsWith('[]') }));
  try {
    const { values, positionals } = parseArgs({
      // An amount below zero is a word, not an option.
      args: rest.map((word) => (/^-\d/.test(word) ? ` ${word}` : word)),
      options: Object.fromEntries(names.map(({ name, multiple }) => [name, { type: 'string' as const, multiple }])),
      allowPositionals: true,
    });
    if (positionals.length !== words) throw new UsageError('Too many or too few words.');
    const text = (name: string) => {
      const value = values[name];
      return typeof value === 'string' ? value.trim() : undefined;
    };
    const list = (name: string) => {
      const value = values[name];
      if (!Array.isArray(value)) return undefined;
      return value.flatMap((item) => String(item).split(',')).map((item) => item.trim());
    };
    return { positionals: positionals.map((word) => word.trim()), options: { text, list } };
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(error.message.split('\n', 1)[0]?.split('. To specify')[0] ?? usage);
    throw error;
  }
}

function asksForHelp(word: string): boolean {
  return ['', 'help', '--help', '-h'].includes(word);
}

function said(print: (text: string) => void, text: string): 0 {
  print(text);
  return 0;
}

function misused(note: (text: string) => void, message: string, usage?: string): 2 {
  const how = usage === undefined ? 'pointsman --help lists the commands.' : `Usage: pointsman ${usage}`;
  note(`${message} ${how}`);
  return 2;
}

function overview(only?: string): string {
  const commands = Object.entries(groups)
    .filter(([group]) => only === undefined || group === only)
    .flatMap(([, named]) => Object.values(named));
  return [
    'Keys and accounts of a Pointsman server, on its database: the one that DATABASE_URL names, or the default file here.',
    '',
    ...(only === undefined ? ['  pointsman start', '      Starts the server.'] : []),
    ...commands.flatMap(({ usage, summary }) => [`  pointsman ${usage}`, `      ${summary}`]),
    '',
    'Add --help to a command for its options.',
  ].join('\n');
}

function helpOf({ usage, summary, options }: Command): string {
  const lines = Object.entries(options).map(([name, text]) =>
    name.endsWith('[]')
      ? `  --${name.slice(0, -2)}\n      ${text} Several: with commas, or the option again.`
      : `  --${name}\n      ${text}`,
  );
  return [`pointsman ${usage}`, '', summary, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
