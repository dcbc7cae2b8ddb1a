import type { Credentials } from '../src/storage/store.ts';
import { AccountRef } from './account.ts';
import { ApiKeyRef, ScopeEnum } from './api-key.ts';
import { dollarsOrNull, leftNano } from './budget.ts';
import { builder } from './builder.ts';
import { ClientTokenRef } from './client-token.ts';

const ViewerRef = builder.objectRef<Credentials>('Viewer').implement({
  description: 'The key by which the request came, what it may do, and what is left to spend.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The API key that asks. Null for a client token.',
      resolve: ({ key }) => (key.kind === 'key' ? key : null),
    }),
    clientToken: t.field({
      type: ClientTokenRef,
      nullable: true,
      description: 'The client token that asks. Null for an API key.',
      resolve: ({ key }) => (key.kind === 'client_token' ? key : null),
    }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What the caller may do: of a client token no more than its key may by now.',
      resolve: (_viewer, _args, { caller }) => [...caller.scopes],
    }),
    account: t.field({
      type: AccountRef,
      nullable: true,
      description: 'The account that pays. Null for a client token, which is told nothing of it.',
      resolve: ({ key, account }) => (key.kind === 'key' ? account : null),
    }),
    remaining: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'US dollars that a new request may use: the least that is left of all that limits the caller, such as the limit of the key, ' +
        'and the credits and the budget of the account. Null where nothing limits him.',
      resolve: ({ caps }) => {
        const left = caps.map(leftNano).filter((nano) => nano !== undefined);
        return dollarsOrNull(left.length === 0 ? undefined : Math.min(...left));
      },
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    description:
      "Who asks. Null where he shows no key of an account: on an open server, and with the operator's own key, which stands in no account.",
    resolve: async (_root, _args, { accounts, caller }) => (await accounts.funds.shown(caller)) ?? null,
  }),
);
