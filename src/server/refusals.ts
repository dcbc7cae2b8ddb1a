import { askForKey } from './access.ts';
import type { Refusal } from './http-guards.ts';

/** To whoever comes once a shutdown has begun. */
export const shuttingDown: Refusal = {
  status: 503,
  reason: 'shutting_down',
  message: 'The server is shutting down. Try again in a moment.',
  headers: { 'retry-after': '5', connection: 'close' },
};

/** Where no route has the path. */
export const notFound: Refusal = {
  status: 404,
  reason: 'not_found',
  message: 'There is nothing here. The API is at /graphql.',
};

/** To who shows no key where one is needed. */
export const keyless: Refusal = {
  status: 401,
  reason: 'unauthenticated',
  message: askForKey('"Authorization: Bearer …" or "x-api-key"'),
  headers: { 'www-authenticate': 'Bearer' },
};

/** To who asks for the metrics with a key that may not see all accounts. */
export const notAdministrator: Refusal = {
  status: 403,
  reason: 'forbidden',
  message: 'The metrics take a key with the scope admin.',
};

/** To a browser, where the operator wants no GraphiQL. */
export const noGraphiql: Refusal = {
  status: 404,
  reason: 'not_found',
  message: 'GraphiQL is switched off.',
};
