import type { z } from 'zod';
import { ProviderError } from '../errors.ts';
import { maxUnaryBytes, readText } from './body.ts';
import type { HttpResponse } from './http.ts';

/**
 * Reads a whole JSON answer of the given shape. Throws ProviderError `malformed_response` if it is larger than 64 MiB, no JSON, or of
 * another shape; `truncated` if it broke off.
 */
export async function readJson<T>(response: HttpResponse, schema: z.ZodType<T>): Promise<T> {
  return parseShape(await readUnknownJson(response), schema, response.status);
}

/** Like `readJson`, for adapters that look for an error in the answer before they ask for its shape. */
export async function readUnknownJson(response: HttpResponse): Promise<unknown> {
  const text = await readText(response.body, maxUnaryBytes);
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's error, which quotes what it read.
    const what = text.trim() === '' ? 'the answer is empty' : 'the answer is not JSON';
    throw new ProviderError('malformed_response', what, { status: response.status });
  }
}

/** Checks a value's shape. Throws ProviderError `malformed_response`, which names the first field that is wrong. */
export function parseShape<T>(value: unknown, schema: z.ZodType<T>, status?: number): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.map(String).join('.');
  throw new ProviderError(
    'malformed_response',
    `the answer does not have the expected form at ${where.slice(0, 200)}`,
    {
      ...(status === undefined ? {} : { status }),
      cause: result.error,
    },
  );
}
