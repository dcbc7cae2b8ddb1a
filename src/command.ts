import { openAccounts } from './accounts/accounts.ts';
import { systemClock } from './clock.ts';
import { runCommand } from './commands/run-command.ts';
import { ConfigurationError } from './configuration/configuration-error.ts';
import { readEnvironment } from './configuration/environment.ts';
import { openStore } from './storage/open-store.ts';

const print = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

try {
  process.exitCode = await runCommand({ words: process.argv.slice(2), open, print, note });
} catch (error) {
  note(error instanceof ConfigurationError ? error.problems.join('\n') : failure(error));
  process.exitCode = 1;
}

async function open() {
  const { databaseUrl } = readEnvironment(process.env);
  const store = await openStore({ url: databaseUrl, clock: systemClock });
  const { apiKeys, administration, auditTrail, callers, close } = await openAccounts({ store, clock: systemClock });
  return {
    apiKeys,
    administration,
    auditTrail,
    operator: callers.operator(),
    clock: systemClock,
    print,
    note,
    close: async () => {
      close();
      await store.close();
    },
  };
}

function failure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `The database did not do it: ${message.split('\n', 1)[0]}`;
}
