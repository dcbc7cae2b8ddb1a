import type { AuditRecord } from '../src/storage/records.ts';
import { builder } from './builder.ts';
import { storedPage } from './connection.ts';

const AuditEntryRef = builder.objectRef<AuditRecord>('AuditEntry').implement({
  description:
    'An administrative act. Entries are never changed or deleted, and each is chained to the one before it by its hash.',
  fields: (t) => ({
    sequence: t.exposeInt('id', { description: 'The number of the entry: 1, 2, 3 and so on without a gap.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was done.' }),
    actor: t.exposeString('actor', {
      description: 'Who did it: the plain id of a key, or `operator` for who used none.',
    }),
    action: t.exposeString('action', { description: 'What was done, such as `apiKey.revoke`.' }),
    target: t.exposeString('target', { description: 'The plain id of what it was done to.' }),
    before: t.expose('before', {
      type: 'JSON',
      nullable: true,
      description: 'What it was before, without secrets. Null for what was new. Amounts are nano-dollars.',
    }),
    after: t.expose('after', {
      type: 'JSON',
      nullable: true,
      description: 'What it became, without secrets. Null for what is gone. Amounts are nano-dollars.',
    }),
    previousHash: t.exposeString('previousHash', {
      description: 'The hash of the entry before this one; empty for the first.',
    }),
    hash: t.exposeString('hash', {
      description: 'SHA-256 over everything in the entry and the hash before it, in hexadecimal.',
    }),
  }),
});

const AuditEntryConnection = builder.connectionObject(
  {
    type: AuditEntryRef,
    name: 'AuditEntryConnection',
    description: 'A page of the audit log, the newest entry first.',
    fields: (t) => ({
      brokenAt: t.int({
        nullable: true,
        description:
          'The number of the first entry that was changed or taken out behind the back of this server. Null where none was: the whole ' +
          'log is read to find out.',
        resolve: async (_page, _args, { accounts, caller }) => (await accounts.auditTrail.brokenAt(caller)) ?? null,
      }),
    }),
  },
  { name: 'AuditEntryEdge', description: 'An entry at its place in the audit log.' },
);

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntryRef,
      description:
        'Every administrative act on accounts, keys, credits and budgets, the newest first. Takes the scope `ADMIN`.',
      resolve: (_root, page, { accounts: { auditTrail }, caller }) =>
        storedPage(
          page,
          (request) => auditTrail.list(caller, request),
          () => auditTrail.count(caller),
        ),
    },
    AuditEntryConnection,
  ),
);
