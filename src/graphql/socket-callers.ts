import type { IncomingMessage } from 'node:http';
import { AccountError } from '../account-errors.ts';
import type { Caller } from '../caller.ts';
import { type Access, askForKey } from '../server/access.ts';
import type { AddressOf } from '../server/client-address.ts';
import type { Metrics } from '../server/metrics.ts';
import type { ServerLog } from '../server/server-log.ts';

export interface SocketCallersOptions {
  readonly access: Access;
  readonly addressOf: AddressOf;
  readonly metrics: Metrics;
  readonly log: ServerLog;
}

/** Why nobody knows who asks. */
export interface Unknown {
  readonly code: string;
  readonly message: string;
}

/** Who is at the other end of a WebSocket. */
export interface SocketCallers {
  /** Who shows these credentials on the socket that this request opened; or, as a code and a sentence, why he may do nothing. */
  readonly identify: (request: IncomingMessage, credentials: unknown) => Promise<Caller | Unknown>;
  /** Whether an upgrade shows a good key already, or needs none. */
  readonly isKnown: (request: IncomingMessage) => Promise<boolean>;
  /** Whether he has shown no key, where that makes a difference. */
  readonly isStranger: (caller: Caller) => boolean;
}

/** Counts, and notes in the log, whom it turns away. */
export function createSocketCallers({ access, addressOf, metrics, log }: SocketCallersOptions): SocketCallers {
  async function identify(request: IncomingMessage, credentials: unknown): Promise<Caller | Unknown> {
    if (access.keyed && !access.present(credentials)) {
      metrics.refusal('no_key');
      return { code: 'UNAUTHENTICATED', message: askForKey('connectionParams { authorization: "Bearer …" }') };
    }
    const address = addressOf(request);
    try {
      return await access.identify(credentials, { address, headers: request.headers });
    } catch (error) {
      if (!(error instanceof AccountError)) throw error;
      metrics.refusal(error.kind);
      log.debug({ address, reason: error.kind }, 'a key was refused');
      return { code: error.kind.toUpperCase(), message: error.message };
    }
  }

  function isStranger({ keyId }: Caller): boolean {
    return access.forStrangers && keyId === undefined;
  }

  return {
    identify,
    isKnown: async (request) => {
      if (!access.present(request.headers)) return !access.keyed && !access.forStrangers;
      const caller = await identify(request, request.headers);
      return !('code' in caller) && !isStranger(caller);
    },
    isStranger,
  };
}
