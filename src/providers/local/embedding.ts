import type { Vector } from '../../chat.ts';
import { ProviderError } from '../../errors.ts';
import type { Engine } from './engine.ts';

/** Texts to turn into vectors. */
export interface EmbeddingWork {
  readonly texts: readonly string[];
}

/** The vector of one text, and how many tokens it took. */
export interface VectorPart {
  readonly type: 'vector';
  readonly vector: Vector;
  readonly tokens: number;
}

/**
 * Makes a vector of each text: the mean of what the model's last layer holds at each of its tokens, of length one. Each step runs the
 * model over one token. Throws ProviderError `context_length_exceeded` before the first step.
 */
export function* embed(engine: Engine, { texts }: EmbeddingWork): Generator<readonly VectorPart[], void> {
  const tokenised = texts.map((text) => tokensOf(engine, text));
  const session = engine.llama.createSession();
  for (const tokens of tokenised) {
    session.restart();
    let sum: number[] = [];
    for (const token of tokens) {
      const state = session.read(token);
      sum = sum.length === 0 ? [...state] : sum.map((element, index) => element + (state[index] ?? 0));
      yield [];
    }
    yield [{ type: 'vector', vector: ofLengthOne(sum), tokens: tokens.length }];
  }
}

function tokensOf({ llama, tokenizer }: Engine, text: string): readonly number[] {
  // A character is at least a byte. Splitting into tokens what can never fit would hold up the others.
  const fewest = Math.ceil(text.length / tokenizer.longestTokenBytes);
  const tokens = fewest > llama.contextLength ? undefined : tokenizer.encode(text);
  if (tokens === undefined || tokens.length > llama.contextLength) {
    throw new ProviderError(
      'context_length_exceeded',
      `A text has ${tokens?.length ?? `at least ${fewest}`} tokens; the local model reads ${llama.contextLength}.`,
    );
  }
  return tokens;
}

function ofLengthOne(vector: Vector): Vector {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((element) => element / length);
}
