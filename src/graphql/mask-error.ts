import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { AccountError } from '../account-errors.ts';
import { CompletionError } from '../errors.ts';
import type { ServerLog } from '../server/server-log.ts';
import { StoreUnavailable } from '../storage/store.ts';

/** Turns whatever was thrown into what the caller may see, in at most 500 characters. */
export type MaskError = (error: unknown) => GraphQLError;

/**
 * Lets through what graphql itself or this server says to the caller, and the classes of `src/errors.ts`; a hang-up or a shutdown
 * that broke off the work is nobody's fault. Anything else is a bug: the whole of it goes to the log under an id, and the caller
 * gets the id.
 */
export function createMaskError(log: ServerLog): MaskError {
  return (error) => bounded(visible(error));

  function visible(error: unknown): GraphQLError {
    const located = error instanceof GraphQLError ? error : undefined;
    const original = originOf(error);
    if (original instanceof GraphQLError) return located ?? original;
    if (original instanceof CompletionError) {
      return new GraphQLError(original.message, {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: screamingSnake(original.name), retryable: original.retryable },
      });
    }
    if (original instanceof AccountError) {
      return new GraphQLError(original.message, {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: original.kind.toUpperCase(), retryable: original.retryAfterMs !== undefined },
      });
    }
    if (original instanceof StoreUnavailable) {
      return new GraphQLError('The database of accounts does not answer. Try again in a moment.', {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: 'STORE_UNAVAILABLE', retryable: true },
      });
    }
    // Nobody reads it, and it is nobody's fault: the caller left, and the operation was ended for it.
    if (original instanceof DOMException && original.name === 'AbortError') {
      return new GraphQLError('The operation was broken off.', {
        nodes: located?.nodes,
        path: located?.path,
        extensions: { code: 'ABORTED' },
      });
    }
    const errorId = randomUUID();
    log.error({ err: original, errorId, path: located?.path }, 'unexpected error in an operation');
    return new GraphQLError('Something went wrong inside the router. The operator finds it in the log by its id.', {
      nodes: located?.nodes,
      path: located?.path,
      extensions: { code: 'INTERNAL_SERVER_ERROR', errorId },
    });
  }
}

const maxMessageLength = 500;

/** Messages of graphql quote what the caller sent, whole, however long it is. */
function bounded(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  if (message.length <= maxMessageLength) return error;
  const start = message.slice(0, maxMessageLength - 1).replace(/[\uD800-\uDBFF]$/, '');
  return new GraphQLError(`${start}…`, { nodes, source, positions, path, extensions });
}

/** What was thrown first: graphql wraps it, once or more, to say where. */
function originOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  const inner = error.originalError ?? error.cause;
  return inner === undefined || inner === null ? error : originOf(inner);
}

function screamingSnake(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}
