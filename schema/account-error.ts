import { AccountError } from '../src/account-errors.ts';
import { type CompletionError, Forbidden, InvalidRequest, NotFound } from '../src/errors.ts';
import { ForbiddenRef, InvalidRequestRef, NotFoundRef } from './error.ts';
import type { Failure } from './user-error.ts';

/** Every expected failure of a change of accounts and keys. */
export const changeErrors = [InvalidRequestRef, ForbiddenRef, NotFoundRef];

/** What the change led to, or why it was not made. What the caller can do nothing about is thrown on. */
export async function changeOf<Result>(change: () => Promise<Result>): Promise<Result | Failure> {
  try {
    return await change();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { failure };
  }
}

/** What was found, or null: also where it is somebody else's. */
export async function foundOrNull<Thing>(look: () => Promise<Thing | undefined>): Promise<Thing | null> {
  try {
    return (await look()) ?? null;
  } catch (error) {
    if (error instanceof AccountError && error.kind === 'not_found') return null;
    throw error;
  }
}

function failureOf(error: unknown): CompletionError | undefined {
  if (error instanceof InvalidRequest) return error;
  if (!(error instanceof AccountError)) return undefined;
  const { kind, message, path } = error;
  if (kind === 'forbidden') return new Forbidden(message);
  if (kind === 'not_found') return new NotFound(message);
  if (kind === 'invalid') return new InvalidRequest(message, path === undefined ? {} : { path });
  return undefined;
}
