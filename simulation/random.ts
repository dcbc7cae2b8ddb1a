import type { Random } from '../src/clock.ts';

/**
 * A stream of random numbers that its seed and its name decide. Streams of different names know nothing of each other, so that
 * what one part of a simulation draws never shifts what another draws. (Chris Doty-Humphrey's sfc32.)
 */
export function createRandom(seed: number, name: string): Random {
  let a = mixed(seed, 0);
  let b = mixed(seed, 1);
  let c = 0;
  for (let index = 0; index < name.length; index += 1) c = mixed(c, name.charCodeAt(index));
  let counter = 1;

  const random = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first few numbers still show the seed.
  for (let count = 0; count < 15; count += 1) random();
  return random;
}

/** The wait until the next of events that come at random, so many a time unit. */
export function exponential(random: Random, rate: number): number {
  return -Math.log(1 - random()) / rate;
}

/** A positive number around `median`; `spread` is the standard deviation of its logarithm. */
export function logNormal(random: Random, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}

function mixed(state: number, value: number): number {
  let hash = Math.imul(state ^ Math.imul(value + 0x9e3779b9, 0x85ebca6b), 0xc2b2ae35);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
