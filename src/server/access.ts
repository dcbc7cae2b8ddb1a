import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * trusted: showed the key, or calls a server that is open on this machine alone. stranger: may run operations, but the server
 * tells it no more than it must. refused: the server has a key, and this caller did not show it.
 */
export type Caller = 'trusted' | 'stranger' | 'refused';

/** Who may call this server. */
export interface Access {
  /** Whether a key has to be shown. */
  readonly keyed: boolean;
  /** What somebody is who shows no key. */
  readonly anonymous: Caller;
  /**
   * Judges HTTP headers, or connection parameters in the same names: `authorization: Bearer …`, `x-api-key`, `apiKey`, in any
   * case, also inside `headers`. Takes the same time for every wrong key.
   */
  readonly judge: (credentials: unknown) => Caller;
  /** Whether credentials of any kind stand in there, right or wrong. */
  readonly present: (credentials: unknown) => boolean;
}

/** `adminKey` is the one static key; without it the server is open, and in production its callers are strangers. */
export function createAccess(settings: { readonly adminKey?: string; readonly production: boolean }): Access {
  const { adminKey } = settings;
  if (adminKey === undefined) {
    const anonymous = settings.production ? 'stranger' : 'trusted';
    return { keyed: false, anonymous, judge: () => anonymous, present: () => false };
  }
  const expected = digest(adminKey);
  return {
    keyed: true,
    anonymous: 'refused',
    judge: (credentials) =>
      keysIn(credentials).some((key) => timingSafeEqual(digest(key), expected)) ? 'trusted' : 'refused',
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

/** Why a caller was refused: what it showed is wrong, or it showed nothing and learns `how` it could have. */
export function askForKey(access: Access, credentials: unknown, how: string): string {
  if (access.present(credentials)) return 'This key is not right.';
  return `Show the key: ${how}. In GraphiQL: {"authorization": "Bearer …"} in the Headers editor.`;
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

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
