import type { RecordFilter } from '../src/accounts/generation-records.ts';
import { builder } from './builder.ts';
import { present } from './check.ts';
import { storedPage } from './connection.ts';
import { recordId } from './record-id.ts';
import { GenerationRef, GenerationStateEnum, TerminationEnum } from './recorded-generation.ts';

const GenerationFilterInput = builder.inputType('GenerationFilter', {
  description: 'Narrows a list of generations. A generation stays in it if everything that is given holds.',
  fields: (t) => ({
    account: t.id({
      description: 'Only those of this account, `acct-…`. Another than the own takes the scope `ADMIN`.',
    }),
    key: t.id({
      description: 'Only those that this key or client token asked for: its plain id, or that of its node.',
    }),
    model: t.string({ description: 'Only those that this model served: its slug.' }),
    provider: t.string({ description: 'Only those that this provider served: its slug.' }),
    app: t.id({ description: 'Only those of this app: its plain id, or that of its node.' }),
    user: t.string({ description: 'Only those of this end user, as the requests named him.' }),
    session: t.string({ description: 'Only those of this conversation, as the requests named it.' }),
    state: t.field({ type: GenerationStateEnum, description: 'Only those that run, or only those that have ended.' }),
    termination: t.field({ type: TerminationEnum, description: 'Only those that ended in this way.' }),
    from: t.field({ type: 'DateTime', description: 'Only those that were let in then or later.' }),
    to: t.field({ type: 'DateTime', description: 'Only those that were let in before.' }),
  }),
});

const GenerationConnection = builder.connectionObject(
  { type: GenerationRef, name: 'GenerationConnection', description: 'A page of generations, the newest first.' },
  { name: 'GenerationEdge', description: 'A generation at its place in the list.' },
);

builder.queryField('generations', (t) =>
  t.connection(
    {
      type: GenerationRef,
      description:
        'The records of the own account, or for an administrator of every account, the newest first. Takes the scope `USAGE_READ`.',
      args: {
        filter: t.arg({ type: GenerationFilterInput, description: 'Which records to list; absent for all of them.' }),
      },
      resolve: (_root, { filter, ...page }, { accounts: { records }, caller }) => {
        const wanted = toFilter(filter ?? {});
        return storedPage(
          page,
          (request) => records.list(caller, wanted, request),
          () => records.count(caller, wanted),
        );
      },
    },
    GenerationConnection,
  ),
);

function toFilter({
  account,
  key,
  app,
  user,
  session,
  ...plain
}: typeof GenerationFilterInput.$inferInput): RecordFilter {
  return present({
    ...plain,
    accountId: account == null ? null : recordId('Account', account),
    keyId: key == null ? null : recordId('ApiKey', key),
    appId: app == null ? null : recordId('App', app),
    userId: user,
    sessionId: session,
  });
}
