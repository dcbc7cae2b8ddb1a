import { openAccounts } from '../../src/accounts/accounts.ts';
import type { ApiKeys } from '../../src/accounts/api-keys.ts';
import { systemClock } from '../../src/clock.ts';
import { budgetCapId, creditsCapId, limitCapId } from '../../src/storage/cap-ids.ts';
import type { Store } from '../../src/storage/store.ts';

/** The one model, and what a token of it costs, nano-dollars. */
export const model = 'chaos/writer';
export const promptNano = 1_000;
export const completionNano = 2_000;

/** Whose keys ask, and what caps them. */
export interface Callers {
  readonly secrets: readonly string[];
  /** Every cap that the books hold. */
  readonly caps: readonly string[];
  /** Accounts that have credits. */
  readonly credited: readonly string[];
}

/** What keys with tight limits may spend between two kills: about three answers. */
const tightNanoPerKill = 250_000;
const amplyNano = 1_000_000_000_000;

/** Makes keys that nothing caps, that a limit, a budget or credits cap, and that all of these do; some caps bind, some do not. */
export async function setUpCallers(store: Store, kills: number): Promise<Callers> {
  const { apiKeys, administration, callers, close } = await openAccounts({ store, clock: systemClock });
  const operator = callers.operator();
  const account = async (name: string) => (await administration.create(operator, { name })).id;
  const key = async (accountId: string, limitNano?: number) => makeKey(apiKeys, operator, accountId, limitNano);
  const tightNano = tightNanoPerKill * (kills + 1);

  const plain = await account('Uncapped');
  const credited = await account('With ample credits');
  const poor = await account('With few credits');
  const budgeted = await account('With a budget');
  await administration.grantCredits(operator, { accountId: credited, amountNano: amplyNano });
  await administration.grantCredits(operator, { accountId: poor, amountNano: tightNano });
  await administration.setBudget(operator, budgeted, tightNano, 'none');
  const keys = [
    await key(plain),
    await key(plain, amplyNano),
    await key(plain, tightNano),
    await key(credited),
    await key(credited, tightNano),
    await key(poor),
    await key(budgeted, amplyNano),
  ];
  close();
  const capped = [credited, poor];
  return {
    secrets: keys.map(({ secret }) => secret),
    caps: [
      ...keys.filter(({ limited }) => limited).map(({ id }) => limitCapId(id)),
      ...capped.map(creditsCapId),
      budgetCapId(budgeted),
    ],
    credited: capped,
  };
}

async function makeKey(
  apiKeys: ApiKeys,
  operator: Parameters<ApiKeys['create']>[0],
  accountId: string,
  limitNano?: number,
) {
  const limit = limitNano === undefined ? {} : { limit: { limitNano, reset: 'none' as const } };
  const { key, secret } = await apiKeys.create(operator, { name: 'chaos', accountId, ...limit });
  return { id: key.id, secret, limited: limitNano !== undefined };
}

/** What stands in `pointsman.yaml`: nothing but the upstream. */
export function configurationOf(upstreamUrl: string): object {
  return {
    builtInCatalog: false,
    // Shorter than some streams are, so that SIGTERM cuts some.
    server: { shutdownMs: 1_000 },
    providers: {
      chaos: { dialect: 'openai-compatible', baseUrl: `${upstreamUrl}/v1`, apiKey: 'chaos', allowPrivateNetwork: true },
    },
    models: {
      [model]: {
        contextLength: 8_192,
        endpoints: [
          {
            provider: 'chaos',
            upstreamModel: 'writer',
            pricing: { perMillion: { prompt: promptNano / 1_000, completion: completionNano / 1_000 } },
          },
        ],
      },
    },
  };
}
