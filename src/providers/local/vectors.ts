/**
 * The arithmetic of a transformer on flat arrays. Weights and caches are 32-bit, vectors 64-bit: JavaScript computes in 64 bits,
 * and each rounding to 32 would cost an instruction. The `?? 0` are for the type checker; the engine drops them.
 */

/** `out` = `matrix` · `vector`; the matrix lies row by row. Four rows at a time, so that each element is fetched once for four. */
export function multiply(out: Float64Array, matrix: Float32Array, vector: Float64Array): void {
  const columns = vector.length;
  const rows = out.length;
  const fours = rows - (rows % 4);
  for (let row = 0; row < fours; row += 4) {
    const first = row * columns;
    const second = first + columns;
    const third = second + columns;
    const fourth = third + columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let column = 0; column < columns; column++) {
      const element = vector[column] ?? 0;
      a += (matrix[first + column] ?? 0) * element;
      b += (matrix[second + column] ?? 0) * element;
      c += (matrix[third + column] ?? 0) * element;
      d += (matrix[fourth + column] ?? 0) * element;
    }
    out[row] = a;
    out[row + 1] = b;
    out[row + 2] = c;
    out[row + 3] = d;
  }
  for (let row = fours; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++)
      sum += (matrix[row * columns + column] ?? 0) * (vector[column] ?? 0);
    out[row] = sum;
  }
}

/** `out` = `vector` divided by its root mean square, times `weights`. */
export function normalise(out: Float64Array, vector: Float64Array, weights: Float32Array, epsilon: number): void {
  let squares = 0;
  for (const element of vector) squares += element * element;
  const scale = 1 / Math.sqrt(squares / vector.length + epsilon);
  for (let index = 0; index < vector.length; index++) out[index] = (vector[index] ?? 0) * scale * (weights[index] ?? 0);
}

/** Cosines and sines of rotary embeddings: a row a position, in it a cosine and a sine for each pair of a head. */
export function rotations(positions: number, headWidth: number, base: number): Float64Array {
  const turns = new Float64Array(positions * headWidth);
  for (let position = 0; position < positions; position++) {
    for (let pair = 0; pair < headWidth; pair += 2) {
      const angle = position * base ** (-pair / headWidth);
      turns[position * headWidth + pair] = Math.cos(angle);
      turns[position * headWidth + pair + 1] = Math.sin(angle);
    }
  }
  return turns;
}

/** Turns each pair of neighbours in each head by its angle at this position. */
export function rotate(vector: Float64Array, turns: Float64Array, position: number, headWidth: number): void {
  for (let index = 0; index < vector.length; index += 2) {
    const turn = position * headWidth + (index % headWidth);
    const cosine = turns[turn] ?? 0;
    const sine = turns[turn + 1] ?? 0;
    const x = vector[index] ?? 0;
    const y = vector[index + 1] ?? 0;
    vector[index] = x * cosine - y * sine;
    vector[index + 1] = x * sine + y * cosine;
  }
}

/**
 * `out` = each head's mean of the first `length` values, weighted by the softmax of query · key. `sharedBy` neighbouring heads
 * use the same keys and values. `shares` is scratch for `length` numbers.
 */
export function attend(
  out: Float64Array,
  query: Float64Array,
  keys: Float32Array,
  values: Float32Array,
  shares: Float64Array,
  length: number,
  headWidth: number,
  sharedBy: number,
): void {
  const keyWidth = query.length / sharedBy;
  const scale = 1 / Math.sqrt(headWidth);
  for (let start = 0; start < query.length; start += headWidth) {
    const keyStart = Math.floor(start / headWidth / sharedBy) * headWidth;
    let highest = Number.NEGATIVE_INFINITY;
    for (let position = 0; position < length; position++) {
      const row = position * keyWidth + keyStart;
      let likeness = 0;
      for (let index = 0; index < headWidth; index++)
        likeness += (query[start + index] ?? 0) * (keys[row + index] ?? 0);
      likeness *= scale;
      shares[position] = likeness;
      if (likeness > highest) highest = likeness;
    }
    let sum = 0;
    for (let position = 0; position < length; position++) {
      const share = Math.exp((shares[position] ?? 0) - highest);
      shares[position] = share;
      sum += share;
    }
    out.fill(0, start, start + headWidth);
    for (let position = 0; position < length; position++) {
      const row = position * keyWidth + keyStart;
      const share = (shares[position] ?? 0) / sum;
      for (let index = 0; index < headWidth; index++) {
        out[start + index] = (out[start + index] ?? 0) + share * (values[row + index] ?? 0);
      }
    }
  }
}

/** `gate` = SiLU(`gate`) · `up`, element by element. */
export function activate(gate: Float64Array, up: Float64Array): void {
  for (let index = 0; index < gate.length; index++) {
    const element = gate[index] ?? 0;
    gate[index] = (element / (1 + Math.exp(-element))) * (up[index] ?? 0);
  }
}

/** Adds `change` to `vector`. */
export function increase(vector: Float64Array, change: Float64Array): void {
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) + (change[index] ?? 0);
}
