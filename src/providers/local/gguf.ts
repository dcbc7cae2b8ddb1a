export type GgufValue = number | boolean | string | readonly GgufValue[];

/** What a GGUF file holds, with every tensor as 32-bit floats. A tensor's first dimension is its fastest. */
export interface Gguf {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}
export interface Tensor {
  readonly dimensions: readonly number[];
  readonly values: Float32Array;
}

/** The file is not GGUF, is damaged, or uses something that is not read here. The message says what and where. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
}

/**
 * Reads a GGUF file of version 2 or 3 (the format page of the ggml project) with tensors in F32, F16 or Q8_0. Throws GgufError;
 * no length in the file is trusted before it is held against the number of bytes that are there.
 */
export function readGguf(bytes: Uint8Array): Gguf {
  const reader = new Reader(bytes);
  if (reader.remaining < 4 || reader.uint32() !== magic) throw new GgufError('not a GGUF file');
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw new GgufError(`GGUF version ${version} is not supported`);
  const tensorCount = reader.count(smallestTensorInfoBytes, 'tensors');
  const metadataCount = reader.count(smallestEntryBytes, 'metadata entries');

  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < metadataCount; index++) {
    const key = reader.string();
    if (metadata.has(key)) throw new GgufError(`metadata ${key} stands there twice`);
    metadata.set(key, reader.value(reader.uint32(), 0));
  }
  const infos = Array.from({ length: tensorCount }, () => readTensorInfo(reader));

  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1) {
    throw new GgufError('general.alignment is not a positive whole number');
  }
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  const tensors = new Map<string, Tensor>();
  for (const info of infos) {
    if (tensors.has(info.name)) throw new GgufError(`tensor ${info.name} stands there twice`);
    tensors.set(info.name, { dimensions: info.dimensions, values: readTensor(reader, info, dataStart) });
  }
  return { metadata, tensors };
}

/** `GGUF` as a little-endian number. */
const magic = 0x46554747;
const smallestEntryBytes = 13;
const smallestTensorInfoBytes = 24;
const deepestArray = 4;
const q8BlockValues = 32;

interface TensorInfo {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: number;
  readonly offset: number;
}

interface TensorType {
  readonly blockValues: number;
  readonly blockBytes: number;
  readonly decode: (view: DataView, values: Float32Array) => void;
}

/** The tensor types by their number in the file. */
const tensorTypes: Readonly<Record<number, TensorType>> = {
  0: { blockValues: 1, blockBytes: 4, decode: decodeF32 },
  1: { blockValues: 1, blockBytes: 2, decode: decodeF16 },
  8: { blockValues: q8BlockValues, blockBytes: 2 + q8BlockValues, decode: decodeQ8 },
};

function readTensorInfo(reader: Reader): TensorInfo {
  const name = reader.string();
  const dimensionCount = reader.uint32();
  if (dimensionCount < 1 || dimensionCount > 4) throw new GgufError(`tensor ${name} has ${dimensionCount} dimensions`);
  const dimensions = Array.from({ length: dimensionCount }, () => reader.uint64());
  return { name, dimensions, type: reader.uint32(), offset: reader.uint64() };
}

function readTensor(reader: Reader, info: TensorInfo, dataStart: number): Float32Array {
  const type = tensorTypes[info.type];
  if (type === undefined)
    throw new GgufError(`tensor ${info.name} has type ${info.type}; only F32, F16 and Q8_0 are read`);
  const count = info.dimensions.reduce((product, dimension) => product * dimension, 1);
  if (count < 1 || !Number.isSafeInteger(count) || count % type.blockValues !== 0) {
    throw new GgufError(`tensor ${info.name} has the impossible shape ${info.dimensions.join(' x ')}`);
  }
  const view = reader.slice(
    dataStart + info.offset,
    (count / type.blockValues) * type.blockBytes,
    `tensor ${info.name}`,
  );
  const values = new Float32Array(count);
  type.decode(view, values);
  return values;
}

function decodeF32(view: DataView, values: Float32Array): void {
  for (let index = 0; index < values.length; index++) values[index] = view.getFloat32(index * 4, true);
}

function decodeF16(view: DataView, values: Float32Array): void {
  for (let index = 0; index < values.length; index++) values[index] = view.getFloat16(index * 2, true);
}

/** Blocks of a 16-bit scale and 32 signed bytes. */
function decodeQ8(view: DataView, values: Float32Array): void {
  let position = 0;
  for (let start = 0; start < values.length; start += q8BlockValues) {
    const scale = view.getFloat16(position, true);
    position += 2;
    for (let index = start; index < start + q8BlockValues; index++) values[index] = scale * view.getInt8(position++);
  }
}

/** Reads little-endian values one after the other; throws GgufError instead of reading past the end. */
class Reader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.position;
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint64(): number {
    return this.#safe(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** How many things follow, none of them smaller than `smallestBytes`. */
  count(smallestBytes: number, what: string): number {
    const count = this.uint64();
    if (count > this.remaining / smallestBytes) throw new GgufError(`${count} ${what} do not fit into the file`);
    return count;
  }

  string(): string {
    const length = this.count(1, 'bytes of text');
    const start = this.#advance(length);
    return this.#utf8.decode(this.#bytes.subarray(start, start + length));
  }

  /** A metadata value of the type with this number in the file. */
  value(type: number, depth: number): GgufValue {
    switch (type) {
      case 0:
        return this.#view.getUint8(this.#advance(1));
      case 1:
        return this.#view.getInt8(this.#advance(1));
      case 2:
        return this.#view.getUint16(this.#advance(2), true);
      case 3:
        return this.#view.getInt16(this.#advance(2), true);
      case 4:
        return this.uint32();
      case 5:
        return this.#view.getInt32(this.#advance(4), true);
      case 6:
        return this.#view.getFloat32(this.#advance(4), true);
      case 7:
        return this.#view.getUint8(this.#advance(1)) !== 0;
      case 8:
        return this.string();
      case 9:
        return this.#array(depth);
      case 10:
        return this.uint64();
      case 11:
        return this.#safe(this.#view.getBigInt64(this.#advance(8), true));
      case 12:
        return this.#view.getFloat64(this.#advance(8), true);
      default:
        throw new GgufError(`metadata of type ${type} at byte ${this.position} is unknown`);
    }
  }

  /** A part of the file that need not be where the reader stands. */
  slice(start: number, length: number, what: string): DataView {
    if (!Number.isSafeInteger(start + length) || start + length > this.#bytes.length) {
      throw new GgufError(`${what} ends past the end of the file`);
    }
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  #array(depth: number): readonly GgufValue[] {
    if (depth >= deepestArray) throw new GgufError(`metadata at byte ${this.position} is nested too deeply`);
    const type = this.uint32();
    const count = this.count(1, 'array elements');
    return Array.from({ length: count }, () => this.value(type, depth + 1));
  }

  #advance(length: number): number {
    if (length > this.remaining) throw new GgufError(`the file ends at byte ${this.#bytes.length}, inside a value`);
    const start = this.position;
    this.position += length;
    return start;
  }

  #safe(value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new GgufError(`the number ${value} before byte ${this.position} is too large`);
    return number;
  }
}
