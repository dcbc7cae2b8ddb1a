import type { Vector } from './chat.ts';

const bytesPerNumber = 4;
/** Buffer leaves out what is none. */
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The numbers as OpenAI's `encoding_format: base64` has them: 32-bit floats, the lowest byte first, in base64. */
export function float32Base64(vector: Vector): string {
  const bytes = Buffer.allocUnsafe(vector.length * bytesPerNumber);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * bytesPerNumber);
  return bytes.toString('base64');
}

/** The vector again; `undefined` for a text that is none. Its numbers need not be finite. */
export function vectorOfFloat32Base64(text: string): Vector | undefined {
  if (!base64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % bytesPerNumber !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / bytesPerNumber }, (_, index) =>
    view.getFloat32(index * bytesPerNumber, true),
  );
}
