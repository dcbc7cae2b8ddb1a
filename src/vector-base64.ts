import type { Vector } from './chat.ts';

const bytesPerNumber = 4;

/** The numbers as OpenAI's `encoding_format: base64` has them: 32-bit floats, the lowest byte first, in base64. */
export function float32Base64(vector: Vector): string {
  const bytes = Buffer.allocUnsafe(vector.length * bytesPerNumber);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * bytesPerNumber);
  return bytes.toString('base64');
}
