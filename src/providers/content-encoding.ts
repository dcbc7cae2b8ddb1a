import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ProviderError } from '../errors.ts';

/** Bodies are asked for as they are; this is for upstreams, and proxies before them, that compress all the same. */
const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Decompresses a body as it arrives, with one small buffer ahead. Throws ProviderError `malformed_response` for an unknown encoding
 * or garbage, `truncated` where the compressed data stop early, and what `body` throws.
 */
export async function* decodedBody(body: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return yield* body;
  const createDecoder = decoders[name];
  if (createDecoder === undefined)
    throw new ProviderError('malformed_response', `unknown content-encoding ${name.slice(0, 40)}`);

  const decoder = createDecoder();
  pipeline(Readable.from(body, { objectMode: false }), decoder, () => {});
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR')
      throw new ProviderError('truncated', 'the compressed answer broke off', { cause: error });
    if (typeof code === 'string' && /^(Z|ERR_(_|BROTLI|ZSTD))/.test(code)) {
      throw new ProviderError('malformed_response', `the answer is not valid ${name}`, { cause: error });
    }
    throw error;
  }
}
