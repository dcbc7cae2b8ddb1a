import { readGguf } from './gguf.ts';
import { createLlama, type Llama } from './llama.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';

/** A model ready to answer. */
export interface Engine {
  readonly llama: Llama;
  readonly tokenizer: Tokenizer;
}

/** Reads a model file. Throws GgufError where it cannot be used. */
export function createEngine(bytes: Uint8Array): Engine {
  const file = readGguf(bytes);
  return { llama: createLlama(file), tokenizer: createTokenizer(file) };
}
