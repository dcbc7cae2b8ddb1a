import { type Gguf, GgufError, type GgufValue } from './gguf.ts';

/** Byte-level BPE with GPT-2's way of splitting text into words. Tokens are numbers from 0 to `size` - 1. */
export interface Tokenizer {
  readonly size: number;
  /** How many bytes the longest token stands for. */
  readonly longestTokenBytes: number;
  /** The token put before every prompt, where the model wants one. */
  readonly start: number | undefined;
  /** Whether the token is a mark like `<|im_end|>`: it is no text, and a model that writes one has ended its answer. */
  readonly isControl: (token: number) => boolean;
  /** The control token of this name. Throws GgufError where there is none. */
  readonly control: (name: string) => number;
  /** The tokens of a text. A control token's name inside it is text like any other. */
  readonly encode: (text: string) => number[];
  /** The bytes that a token stands for; none for a control token. May be part of a character only. */
  readonly bytes: (token: number) => Uint8Array;
  /** The token as text, for showing one alone; a part of a character is shown as U+FFFD. */
  readonly text: (token: number) => string;
}

/** Turns tokens into text as they come. */
export interface StreamDecoder {
  /** The characters that this token completes. */
  readonly push: (token: number) => string;
  /** What a cut-off character leaves: U+FFFD, or nothing. */
  readonly end: () => string;
}

/** Takes the vocabulary out of a model file. Throws GgufError where it is missing or of another kind. */
export function createTokenizer(file: Gguf): Tokenizer {
  const { metadata } = file;
  const kind = `${metadata.get('tokenizer.ggml.model')}/${metadata.get('tokenizer.ggml.pre')}`;
  if (kind !== 'gpt2/gpt-2') throw new GgufError(`tokenizer ${kind} is not supported, only gpt2/gpt-2`);
  const names = strings(metadata.get('tokenizer.ggml.tokens'), 'tokenizer.ggml.tokens');
  const merges = strings(metadata.get('tokenizer.ggml.merges'), 'tokenizer.ggml.merges');
  const types = metadata.get('tokenizer.ggml.token_type');
  const controls = new Set(names.keys().filter((token) => Array.isArray(types) && types[token] === controlType));

  const bytesOfToken = names.map((name, token) => (controls.has(token) ? new Uint8Array() : bytesOfName(name)));
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const textOfToken = bytesOfToken.map((bytes) => decoder.decode(bytes));
  const tokenOfName = new Map(names.map((name, token) => [name, token]));
  const tokenOfByte = byteNames.map((name, byte) => {
    const token = tokenOfName.get(name);
    if (token === undefined) throw new GgufError(`the vocabulary has no token for byte ${byte}`);
    return token;
  });
  const mergeOfPair = new Map(
    merges.map((merge, rank) => {
      const space = merge.indexOf(' ');
      const left = tokenOfName.get(merge.slice(0, space));
      const right = tokenOfName.get(merge.slice(space + 1));
      const merged = tokenOfName.get(merge.slice(0, space) + merge.slice(space + 1));
      if (space < 1 || left === undefined || right === undefined || merged === undefined) {
        throw new GgufError(`merge ${rank} of the vocabulary is not of two of its tokens`);
      }
      return [left * names.length + right, { rank, merged }];
    }),
  );

  const encodeWord = (word: string): readonly number[] => {
    const tokens = Array.from(utf8.encode(word), (byte) => tokenOfByte[byte] ?? 0);
    const pairs = tokens.map((token, index) =>
      mergeOfPair.get(token * names.length + (tokens[index + 1] ?? Number.NaN)),
    );
    const look = (index: number) => {
      const [left, right] = [tokens[index], tokens[index + 1]];
      if (left === undefined) return;
      pairs[index] = right === undefined ? undefined : mergeOfPair.get(left * names.length + right);
    };
    for (;;) {
      let best: { readonly rank: number; readonly merged: number } | undefined;
      let at = -1;
      for (const [index, pair] of pairs.entries()) {
        if (pair !== undefined && (best === undefined || pair.rank < best.rank)) {
          best = pair;
          at = index;
        }
      }
      if (best === undefined) return tokens;
      tokens.splice(at, 2, best.merged);
      pairs.splice(at, 1);
      look(at - 1);
      look(at);
    }
  };

  const start = metadata.get('tokenizer.ggml.bos_token_id');
  const bytes = (token: number) => bytesOfToken[token] ?? new Uint8Array();
  return {
    size: names.length,
    longestTokenBytes: Math.max(...bytesOfToken.map((each) => each.length)),
    start: metadata.get('tokenizer.ggml.add_bos_token') === true && typeof start === 'number' ? start : undefined,
    isControl: (token) => controls.has(token),
    control: (name) => {
      const token = tokenOfName.get(name);
      if (token === undefined || !controls.has(token))
        throw new GgufError(`the vocabulary has no control token ${name}`);
      return token;
    },
    encode: (text) => (text.match(wordPattern) ?? []).flatMap(encodeWord),
    bytes,
    text: (token) => textOfToken[token] ?? '',
  };
}

/** Starts a text. What it gives, joined, is the UTF-8 reading of all the tokens' bytes. */
export function createStreamDecoder(tokenizer: Tokenizer): StreamDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    push: (token) => decoder.decode(tokenizer.bytes(token), { stream: true }),
    end: () => decoder.decode(),
  };
}

const utf8 = new TextEncoder();
const controlType = 3;

/** GPT-2's: contractions, then letters, digits or other signs with one space before them, then white space. */
const wordPattern = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The letter that stands for each byte in a vocabulary: itself where it prints, else one from U+0100 on. */
const byteNames: readonly string[] = (() => {
  let substitutes = 0;
  const prints = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : 256 + substitutes++));
})();
const byteOfName = new Map(byteNames.map((name, byte) => [name, byte]));

function bytesOfName(name: string): Uint8Array {
  return Uint8Array.from(name, (letter) => {
    const byte = byteOfName.get(letter);
    if (byte === undefined) throw new GgufError(`token ${name} holds a letter that stands for no byte`);
    return byte;
  });
}

function strings(value: GgufValue | undefined, key: string): readonly string[] {
  if (!Array.isArray(value)) throw new GgufError(`${key} is missing`);
  return value.map((element: GgufValue) => {
    if (typeof element !== 'string') throw new GgufError(`${key} holds something that is not text`);
    return element;
  });
}
