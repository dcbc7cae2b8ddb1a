import type { IncomingHttpHeaders } from 'node:http';
import { AccountError } from '../account-errors.ts';
import type { Authentication } from '../accounts/authentication.ts';
import { looksLikeSecret } from '../accounts/secret.ts';
import type { Caller } from '../caller.ts';
import { appOf } from './app-attribution.ts';

/** Where credentials come from. */
export interface From {
  readonly address: string;
  /** The HTTP headers of the request, or of the WebSocket's opening. */
  readonly headers: IncomingHttpHeaders;
}

/** Who may call this server. */
export interface Access {
  /** Whether somebody who shows no key is turned away. */
  readonly keyed: boolean;
  /** Whether somebody who shows no key is told no more than he must: no introspection, no suggestions. */
  readonly forStrangers: boolean;
  /**
   * Finds out who asks, from HTTP headers, or from connection parameters in the same names: `authorization: Bearer …`,
   * `x-api-key`, `apiKey`, in any case, also inside `headers`. At once where it can. Throws, or rejects, an AccountError.
   */
  readonly identify: (credentials: unknown, from: From) => Caller | Promise<Caller>;
  /** Whether credentials of any kind stand in there, right or wrong. */
  readonly present: (credentials: unknown) => boolean;
}

export interface AccessOptions {
  readonly authentication: Pick<Authentication, 'authenticate'>;
  /** Who somebody is that shows no key; absent: every request needs one. */
  readonly anonymous?: () => Caller;
  /** Whether such callers are strangers, as in production. */
  readonly strangers: boolean;
}

/**
 * An open server takes the keys of other services, which many clients always send, for none; its own keys it looks at in any case, so
 * that who shows one is who he says.
 */
export function createAccess({ authentication, anonymous, strangers }: AccessOptions): Access {
  return {
    keyed: anonymous === undefined,
    forStrangers: anonymous !== undefined && strangers,
    identify(credentials, { address, headers }) {
      const keys = keysIn(credentials);
      const secret = keys.find(looksLikeSecret) ?? keys[0];
      if (anonymous !== undefined && (secret === undefined || !looksLikeSecret(secret))) {
        return attributed(anonymous(), headers, credentials);
      }
      if (secret === undefined) throw new AccountError('unauthenticated', 'No key was shown.');
      const { origin } = headers;
      const caller = authentication.authenticate({ secret, address, ...(origin !== undefined && { origin }) });
      return caller instanceof Promise
        ? caller.then((known) => attributed(known, headers, credentials))
        : attributed(caller, headers, credentials);
    },
    present: (credentials) => keysIn(credentials).length > 0,
  };
}

/** Why a server with these settings must not start, or `undefined` if it may: a server that others can reach needs a key. */
export function refusalToStart(settings: { readonly host: string; readonly adminKey?: string }): string | undefined {
  if (isLoopbackName(settings.host) || (settings.adminKey ?? '') !== '') return undefined;
  return `HOST is ${settings.host}, which other machines can reach: set POINTSMAN_ADMIN_KEY to a secret key, or leave HOST unset.`;
}

/** Whether a host name, without its port, always means this machine. */
export function isLoopbackName(name: string): boolean {
  const host = name.toLowerCase();
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/** What a caller without any key is told: `how` he can show one. */
export function askForKey(how: string): string {
  return `Show the key: ${how}. In GraphiQL: {"authorization": "Bearer …"} in the Headers editor.`;
}

function attributed(caller: Caller, headers: IncomingHttpHeaders, credentials: unknown): Caller {
  if (!caller.attribution) return caller;
  const app = appOf(headers) ?? appOf(credentials);
  return app === undefined ? caller : { ...caller, app };
}

function keysIn(credentials: unknown): string[] {
  if (typeof credentials !== 'object' || credentials === null) return [];
  return Object.entries(credentials).flatMap(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'authorization':
        return typeof value === 'string' ? [value.replace(/^bearer\s+/i, '').trim()] : [];
      case 'x-api-key':
      case 'apikey':
        return typeof value === 'string' ? [value.trim()] : [];
      case 'headers':
        return keysIn(value);
      default:
        return [];
    }
  });
}
