import type { Vector } from './chat.ts';

const bytesPerNumber = Float32Array.BYTES_PER_ELEMENT;
/** Whether this machine keeps the highest byte first. */
const swapped = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;

/** The numbers as OpenAI's `encoding_format: base64` has them: 32-bit floats, the lowest byte first, in base64. */
export function float32Base64(vector: Vector): string {
  // Answers have millions of them: one call for each would take twenty times as long.
  const bytes = Buffer.from(new Float32Array(vector).buffer);
  return (swapped ? bytes.swap32() : bytes).toString('base64');
}

/** The vector again; `undefined` for a text that is none. Its numbers need not be finite. */
export function vectorOfFloat32Base64(text: string): Vector | undefined {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // Buffer leaves out what is no base64.
  if (bytes.length !== Math.floor(((text.length - padding) * 3) / 4)) return undefined;
  if (bytes.length % bytesPerNumber !== 0) return undefined;
  const floats = new Float32Array(bytes.length / bytesPerNumber);
  const copy = Buffer.from(floats.buffer);
  copy.set(bytes);
  if (swapped) copy.swap32();
  // Array.from takes six times as long.
  const vector = new Array<number>(floats.length);
  for (let index = 0; index < floats.length; index += 1) vector[index] = floats[index] ?? 0;
  return vector;
}
