import { AccountError } from '../account-errors.ts';
import type { Command } from './command.ts';

/** What is done with the audit log from the command line. */
export const auditCommands: Readonly<Record<string, Command>> = {
  verify: {
    usage: 'audit verify',
    summary: 'Reads the whole audit log and says whether an entry was changed or taken out. Fails where one was.',
    options: {},
    words: 0,
    async run({ auditTrail, operator, print }) {
      const brokenAt = await auditTrail.brokenAt(operator);
      if (brokenAt !== undefined)
        throw new AccountError('invalid', `Entry ${brokenAt} of the audit log was changed or taken out.`);
      print(`The audit log is whole: ${await auditTrail.count(operator)} entries.`);
    },
  },
};
