import type { BenchServer } from './servers.ts';

/** The CPU time that a server spends on `work`, for each of its units, microseconds. */
export async function cpuMicrosPer(server: BenchServer, units: number, work: () => Promise<void>): Promise<number> {
  const before = server.cpuMs();
  await work();
  return ((server.cpuMs() - before) * 1000) / units;
}

/** Does something so many times, so many at a time. */
export async function together(times: number, atATime: number, work: () => Promise<unknown>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: Math.min(times, atATime) }, worker));
}

/** The middle one, or the mean of the two in the middle. NaN for none. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((total, figure) => total + figure, 0) / middle.length;
}
