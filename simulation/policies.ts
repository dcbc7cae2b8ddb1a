import type { Router, RunOptions } from '../src/completion.ts';
import { createRouter, type RouterOptions } from '../src/routing/router.ts';
import { createNaiveRouter } from './naive-router.ts';

/** The routers that a simulation can compare. */
export const policies = {
  adaptive: (options: RouterOptions) => createRouter({ ...options, strategy: 'adaptive' }),
  hedged: (options: RouterOptions) =>
    createRouter({ ...options, strategy: 'adaptive', hedging: { enabled: true, maxCostFactor: 2 } }),
  classic: (options: RouterOptions) => createRouter({ ...options, strategy: 'classic' }),
  price: (options: RouterOptions) => createRouter({ ...options, strategy: 'price' }),
  naive: createNaiveRouter,
} satisfies Record<string, (options: RouterOptions) => Pick<Router<RunOptions>, 'stream'>>;

export type Policy = keyof typeof policies;

export function isPolicy(name: string): name is Policy {
  return Object.hasOwn(policies, name);
}
