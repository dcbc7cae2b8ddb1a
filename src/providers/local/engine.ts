import { GgufError, readGguf } from './gguf.ts';
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
  const llama = createLlama(file);
  const tokenizer = createTokenizer(file);
  if (llama.vocabularySize !== tokenizer.size) {
    throw new GgufError(`the model scores ${llama.vocabularySize} tokens and the vocabulary names ${tokenizer.size}`);
  }
  return { llama, tokenizer };
}
