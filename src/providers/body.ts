import { ProviderError } from '../errors.ts';

/** 64 MiB: the largest answer that is read whole. */
export const maxUnaryBytes = 64 * 1024 * 1024;

/**
 * Reads a body to its end, as UTF-8 without a byte order mark. Throws ProviderError `malformed_response`, and closes the
 * connection, if it is larger than `maxBytes`; and what `body` throws.
 */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const { text, whole } = await readStart(body, maxBytes);
  if (!whole) throw new ProviderError('malformed_response', `the answer is larger than ${maxBytes} bytes`);
  return text;
}

/** Reads no more than `maxBytes` of a body, and closes the connection if there is more. `whole` says whether there was not. */
export async function readStart(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ text: string; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let whole = true;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length > maxBytes) {
      whole = false;
      break;
    }
  }
  return { text: new TextDecoder().decode(Buffer.concat(chunks)), whole };
}
