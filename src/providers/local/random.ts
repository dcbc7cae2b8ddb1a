import type { Random } from '../../clock.ts';

/** Pseudo-random numbers that follow from the seed, which may be any finite number. Not for secrets. */
export function createSeededRandom(seed: number): Random {
  const whole = Math.trunc(seed);
  const low = whole >>> 0;
  const high = Math.floor(whole / 2 ** 32) >>> 0;
  // A Weyl sequence, its steps mixed by the finaliser of MurmurHash3.
  let state = mix(low ^ mix(high + step));
  return () => {
    state = (state + step) >>> 0;
    return mix(state) / 2 ** 32;
  };
}

/** 2 to the power of 32, divided by the golden ratio. */
const step = 0x9e3779b9;

function mix(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
