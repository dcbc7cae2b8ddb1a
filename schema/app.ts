import type { AppRecord } from '../src/storage/records.ts';
import { builder } from './builder.ts';

/** An app, also where only a ranking tells of it. */
export type KnownApp = Omit<AppRecord, 'firstSeen'> & Partial<Pick<AppRecord, 'firstSeen'>>;

export const AppRef = builder.objectRef<KnownApp>('App');

builder.node(AppRef, {
  description:
    'A program that requests say they come from, with `HTTP-Referer` and `X-Title`. Apps are known to the whole server: whoever may see ' +
    'the rankings sees their names, and nothing of who uses them. An account that switches attribution off names none.',
  id: { resolve: (app) => app.id },
  loadOne: async (id, { accounts, caller }) => (await accounts.reports.app(caller, id)) ?? null,
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'categories' in value,
  fields: (t) => ({
    appId: t.exposeID('id', { description: 'The plain id, `app-…`, as filters and reports use it.' }),
    url: t.exposeString('url', { description: 'The origin that tells the app: scheme, host and port.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'What it calls itself, as it said last. Null where it never did.',
    }),
    categories: t.exposeStringList('categories', {
      description: 'What kind of program it says it is: at most ten words. Empty where it does not say.',
    }),
    firstSeen: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its first request came. Null where that is not known.',
      resolve: async ({ id, firstSeen }, _args, { accounts, caller }) =>
        firstSeen ?? (await accounts.reports.app(caller, id))?.firstSeen ?? null,
    }),
  }),
});
