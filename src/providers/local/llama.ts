import { type Gguf, GgufError } from './gguf.ts';
import { activate, attend, increase, multiply, normalise, rotate, rotations } from './vectors.ts';

/** A Llama-type transformer. One forward pass at a time; any number of texts may be under way, each in its own Session. */
export interface Llama {
  /** The most tokens that a Session holds. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly createSession: () => Session;
}

/** A text under way: its keys and values for every token so far. */
export interface Session {
  /** Adds a token. Throws RangeError for an unknown token or a full context. */
  readonly add: (token: number) => void;
  /** Adds a token and gives what the last layer holds at it, normalised. The array is overwritten by the next call on any Session. */
  readonly read: (token: number) => Float64Array;
  /** Forgets every token, so that another text may begin. */
  readonly restart: () => void;
  /** Adds a token and scores each possible next one. The array is overwritten by the next call on any Session. */
  readonly score: (token: number) => Float64Array;
}

/** Takes the weights out of a model file. Throws GgufError where one is missing or has another shape than the others ask for. */
export function createLlama(file: Gguf): Llama {
  if (file.metadata.get('general.architecture') !== 'llama')
    throw new GgufError('the model is not of the llama architecture');
  const number = (name: string, fallback?: number) => {
    const value = file.metadata.get(`llama.${name}`) ?? fallback;
    if (typeof value !== 'number' || !(value > 0)) throw new GgufError(`llama.${name} is missing or not positive`);
    return value;
  };
  const width = number('embedding_length');
  const heads = number('attention.head_count');
  const keyHeads = number('attention.head_count_kv', heads);
  const hidden = number('feed_forward_length');
  const contextLength = number('context_length');
  const headWidth = width / heads;
  const keyWidth = headWidth * keyHeads;
  if (headWidth % 2 !== 0 || heads % keyHeads !== 0) throw new GgufError('the attention heads do not divide the width');
  if (contextLength > longestContext) throw new GgufError(`a context of ${contextLength} tokens is not supported`);
  if (number('rope.dimension_count', headWidth) !== headWidth)
    throw new GgufError('partial rotary embeddings are not supported');

  const weight = (name: string, columns: number, rows: number) => {
    const tensor = file.tensors.get(`${name}.weight`);
    if (tensor === undefined) throw new GgufError(`tensor ${name}.weight is missing`);
    if (tensor.dimensions[0] !== columns || tensor.values.length !== columns * rows) {
      throw new GgufError(`tensor ${name}.weight is ${tensor.dimensions.join(' x ')} in place of ${columns} x ${rows}`);
    }
    return tensor.values;
  };
  const vocabularySize = (file.tensors.get('token_embd.weight')?.values.length ?? 0) / width;
  const embedding = weight('token_embd', width, vocabularySize);
  const outputNorm = weight('output_norm', width, 1);
  const output = file.tensors.has('output.weight') ? weight('output', width, vocabularySize) : embedding;
  const layers = Array.from({ length: number('block_count') }, (_, index) => {
    const block = (name: string, columns: number, rows: number) => weight(`blk.${index}.${name}`, columns, rows);
    return {
      attentionNorm: block('attn_norm', width, 1),
      query: block('attn_q', width, width),
      key: block('attn_k', width, keyWidth),
      value: block('attn_v', width, keyWidth),
      attentionOutput: block('attn_output', width, width),
      feedForwardNorm: block('ffn_norm', width, 1),
      gate: block('ffn_gate', width, hidden),
      up: block('ffn_up', width, hidden),
      down: block('ffn_down', hidden, width),
    };
  });
  const epsilon = number('attention.layer_norm_rms_epsilon');
  const turns = rotations(contextLength, headWidth, number('rope.freq_base', 10_000));

  // Every pass uses the same scratch vectors: passes are synchronous and one thread runs them.
  const state = new Float64Array(width);
  const normal = new Float64Array(width);
  const query = new Float64Array(width);
  const key = new Float64Array(keyWidth);
  const value = new Float64Array(keyWidth);
  const attended = new Float64Array(width);
  const change = new Float64Array(width);
  const gate = new Float64Array(hidden);
  const up = new Float64Array(hidden);
  const shares = new Float64Array(contextLength);
  const scores = new Float64Array(vocabularySize);

  const createSession = (): Session => {
    const cachedLayers = layers.map((layer) => ({
      layer,
      keys: new Float32Array(contextLength * keyWidth),
      values: new Float32Array(contextLength * keyWidth),
    }));
    let length = 0;

    const add = (token: number) => {
      if (!Number.isInteger(token) || token < 0 || token >= vocabularySize) throw new RangeError(`no token ${token}`);
      if (length >= contextLength) throw new RangeError(`the context of ${contextLength} tokens is full`);
      state.set(embedding.subarray(token * width, (token + 1) * width));
      for (const { layer, keys, values } of cachedLayers) {
        normalise(normal, state, layer.attentionNorm, epsilon);
        multiply(query, layer.query, normal);
        multiply(key, layer.key, normal);
        multiply(value, layer.value, normal);
        rotate(query, turns, length, headWidth);
        rotate(key, turns, length, headWidth);
        keys.set(key, length * keyWidth);
        values.set(value, length * keyWidth);
        attend(attended, query, keys, values, shares, length + 1, headWidth, heads / keyHeads);
        multiply(change, layer.attentionOutput, attended);
        increase(state, change);
        normalise(normal, state, layer.feedForwardNorm, epsilon);
        multiply(gate, layer.gate, normal);
        multiply(up, layer.up, normal);
        activate(gate, up);
        multiply(change, layer.down, gate);
        increase(state, change);
      }
      length++;
    };
    const read = (token: number) => {
      add(token);
      normalise(normal, state, outputNorm, epsilon);
      return normal;
    };
    return {
      add,
      read,
      restart: () => {
        length = 0;
      },
      score: (token) => {
        multiply(scores, output, read(token));
        return scores;
      },
    };
  };
  return { contextLength, vocabularySize, createSession };
}

/** Keys and values of a whole context are set aside for each text under way: a damaged length must not take the memory. */
const longestContext = 131_072;
