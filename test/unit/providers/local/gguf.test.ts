import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../../src/providers/local/engine.ts';
import { GgufError, readGguf } from '../../../../src/providers/local/gguf.ts';
import { createLlama } from '../../../../src/providers/local/llama.ts';
import { createTokenizer } from '../../../../src/providers/local/tokenizer.ts';
import { modelBytes } from './shipped-model.ts';

type Piece =
  | string
  | { u32: number }
  | { u64: number }
  | { bytes: readonly number[] }
  | { f32: number }
  | { f16: number };

/** Lays pieces one behind the other; a string is raw text without its length. */
function layOut(...pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat(
    pieces.map((piece) => {
      if (typeof piece === 'string') return Buffer.from(piece);
      if ('bytes' in piece) return Buffer.from(piece.bytes);
      const view = new DataView(new ArrayBuffer('u64' in piece ? 8 : 'f16' in piece ? 2 : 4));
      if ('u32' in piece) view.setUint32(0, piece.u32, true);
      if ('u64' in piece) view.setBigUint64(0, BigInt(piece.u64), true);
      if ('f32' in piece) view.setFloat32(0, piece.f32, true);
      if ('f16' in piece) view.setFloat16(0, piece.f16, true);
      return Buffer.from(view.buffer);
    }),
  );
}
const text = (value: string): Piece[] => [{ u64: Buffer.byteLength(value) }, value];
const header = (tensors: number, entries: number): Piece[] => ['GGUF', { u32: 3 }, { u64: tensors }, { u64: entries }];
const tensorInfo = (name: string, size: number, type: number, offset = 0): Piece[] => [
  ...text(name),
  { u32: 1 },
  { u64: size },
  { u32: type },
  { u64: offset },
];
/** Fills up to the alignment, then adds the data. */
const withData = (head: readonly Piece[], ...data: readonly Piece[]) => {
  const length = layOut(...head).length;
  return layOut(...head, { bytes: new Array((32 - (length % 32)) % 32).fill(0) }, ...data);
};

describe('readGguf', () => {
  it('reads metadata of every type', () => {
    const entry = (key: string, type: number, ...value: readonly Piece[]) => [...text(key), { u32: type }, ...value];
    const file = readGguf(
      layOut(
        ...header(0, 14),
        ...entry('u8', 0, { bytes: [200] }),
        ...entry('i8', 1, { bytes: [0xff] }),
        ...entry('u16', 2, { bytes: [1, 2] }),
        ...entry('i16', 3, { bytes: [0xfe, 0xff] }),
        ...entry('u32', 4, { u32: 4_000_000_000 }),
        ...entry('i32', 5, { u32: 0xffffffff }),
        ...entry('f32', 6, { f32: 1.5 }),
        ...entry('yes', 7, { bytes: [1] }),
        ...entry('text', 8, ...text('Grüße')),
        ...entry('list', 9, { u32: 8 }, { u64: 2 }, ...text('a'), ...text('b')),
        ...entry('lists', 9, { u32: 9 }, { u64: 1 }, { u32: 0 }, { u64: 2 }, { bytes: [1, 2] }),
        ...entry('u64', 10, { u64: 2 ** 40 }),
        ...entry('i64', 11, { bytes: new Array(8).fill(0xff) }),
        ...entry('f64', 12, { bytes: [...new Uint8Array(new Float64Array([0.1]).buffer)] }),
      ),
    );
    expect(Object.fromEntries(file.metadata)).toEqual({
      u8: 200,
      i8: -1,
      u16: 513,
      i16: -2,
      u32: 4_000_000_000,
      i32: -1,
      f32: 1.5,
      yes: true,
      text: 'Grüße',
      list: ['a', 'b'],
      lists: [[1, 2]],
      u64: 2 ** 40,
      i64: -1,
      f64: 0.1,
    });
  });

  it('reads tensors in F32, F16 and Q8_0, each from its own offset', () => {
    const q8 = Array.from({ length: 32 }, (_, index) => index - 16);
    const file = readGguf(
      withData(
        [...header(3, 0), ...tensorInfo('a', 2, 0), ...tensorInfo('b', 2, 1, 32), ...tensorInfo('c', 32, 8, 64)],
        { f32: 1.25 },
        { f32: -2 },
        { bytes: new Array(24).fill(0) },
        { f16: 0.5 },
        { f16: -65504 },
        { bytes: new Array(28).fill(0) },
        { f16: 0.25 },
        { bytes: [...new Uint8Array(Int8Array.from(q8).buffer)] },
      ),
    );
    expect([...(file.tensors.get('a')?.values ?? [])]).toEqual([1.25, -2]);
    expect([...(file.tensors.get('b')?.values ?? [])]).toEqual([0.5, -65504]);
    expect([...(file.tensors.get('c')?.values ?? [])]).toEqual(q8.map((value) => value / 4));
  });

  const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['an empty file', layOut(), /not a GGUF file/],
    ['another format', layOut('PK..............................'), /not a GGUF file/],
    ['version 1', layOut('GGUF', { u32: 1 }, { u64: 0 }, { u64: 0 }), /version 1/],
    ['more metadata than bytes', layOut(...header(0, 2 ** 40)), /do not fit/],
    ['more tensors than bytes', layOut(...header(2 ** 40, 0)), /do not fit/],
    ['a count beyond exact numbers', layOut('GGUF', { u32: 3 }, { bytes: new Array(16).fill(0xff) }), /too large/],
    ['a text longer than the file', layOut(...header(0, 1), { u64: 1000 }, 'abcdefghijkl'), /do not fit/],
    ['an unknown type', layOut(...header(0, 1), ...text('key'), { u32: 99 }, { u32: 0 }), /type 99/],
    [
      'a list that claims more elements than bytes',
      layOut(...header(0, 1), ...text('key'), { u32: 9 }, { u32: 0 }, { u64: 2 ** 33 }),
      /do not fit/,
    ],
    [
      'lists in lists without end',
      layOut(
        ...header(0, 1),
        ...text('k'),
        { u32: 9 },
        ...Array.from({ length: 9 }, () => [{ u32: 9 }, { u64: 1 }]).flat(),
      ),
      /nested too deeply/,
    ],
    [
      'a key twice',
      layOut(...header(0, 2), ...text('k'), { u32: 4 }, { u32: 1 }, ...text('k'), { u32: 4 }, { u32: 2 }),
      /k stands there twice/,
    ],
    ['an unknown tensor type', withData([...header(1, 0), ...tensorInfo('w', 32, 2)]), /tensor w has type 2/],
    ['a tensor past the end', withData([...header(1, 0), ...tensorInfo('w', 64, 0)], { f32: 1 }), /tensor w ends past/],
    ['a tensor of half a block', withData([...header(1, 0), ...tensorInfo('w', 33, 8)]), /impossible shape 33/],
    ['an empty tensor', withData([...header(1, 0), ...tensorInfo('w', 0, 0)]), /impossible shape 0/],
    [
      'a tensor of five dimensions',
      layOut(...header(1, 0), ...text('w'), { u32: 5 }, { bytes: new Array(60).fill(1) }),
      /5 dimensions/,
    ],
    [
      'a shape whose product is past exact numbers',
      layOut(
        ...header(1, 0),
        ...text('w'),
        { u32: 2 },
        { u64: 2 ** 40 },
        { u64: 2 ** 40 },
        { u32: 0 },
        { u64: 0 },
        { bytes: new Array(64).fill(0) },
      ),
      /impossible shape/,
    ],
  ];
  for (const [what, bytes, message] of bad) {
    it(`refuses ${what}`, () => {
      expect(() => readGguf(bytes)).toThrow(GgufError);
      expect(() => readGguf(bytes)).toThrow(message);
    });
  }

  it('fails with a GgufError wherever the shipped file is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: modelBytes.length - 1 }), (length) => {
        expect(() => readGguf(modelBytes.subarray(0, length))).toThrow(GgufError);
      }),
      { numRuns: 25 },
    );
  });

  it('reads a damaged file or fails with a GgufError, never otherwise', () => {
    // Counts, names, types and shapes stand before the weights; weights of any value are weights.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000 }), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, damage) => {
        const bytes = Uint8Array.from(modelBytes);
        bytes.set(damage, at);
        try {
          createEngine(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(GgufError);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a model file', () => {
  const shipped = readGguf(modelBytes);
  const without = (name: string) => ({
    metadata: new Map([...shipped.metadata].filter(([key]) => key !== name)),
    tensors: new Map([...shipped.tensors].filter(([key]) => key !== name)),
  });

  it('is refused by name of what it lacks', () => {
    expect(() => createLlama(without('blk.3.ffn_up.weight'))).toThrow('blk.3.ffn_up.weight is missing');
    expect(() => createLlama(without('llama.embedding_length'))).toThrow('llama.embedding_length');
    expect(() => createLlama(without('general.architecture'))).toThrow('architecture');
    expect(() => createTokenizer(without('tokenizer.ggml.merges'))).toThrow('tokenizer.ggml.merges');
    expect(() => createTokenizer(without('tokenizer.ggml.pre'))).toThrow('not supported');
  });

  it('is refused where a weight has another shape than its sizes say', () => {
    const metadata = new Map([...shipped.metadata, ['llama.feed_forward_length', 256] as const]);
    expect(() => createLlama({ ...shipped, metadata })).toThrow('128 x 352 in place of 128 x 256');
  });
});
