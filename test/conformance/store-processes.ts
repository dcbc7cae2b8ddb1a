import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { act } from '../support/store-samples.ts';
import type { StoreUnderTest } from './store.ts';

const program = join(import.meta.dirname, '../support/book-writer.ts');

interface Writer {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown>;
}

/** What several processes, and the death of one, do to the books. */
export function describeProcesses(kind: string, { freshUrl }: Pick<StoreUnderTest, 'freshUrl'>): void {
  const start = (url: string, name: string, count: number): Writer => {
    const child = spawn(process.execPath, [program, url, name, String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    return { child, output: () => output, ended: once(child, 'close') };
  };
  const idsIn = (output: string) => output.match(/^gen-\S+(?=\n)/gm) ?? [];

  describe(`several processes on ${kind}`, () => {
    it('admit exactly what a budget has room for, in a race of four with 1,000 requests each', {
      timeout: 180_000,
    }, async () => {
      const url = await freshUrl();
      const store = await openStore({ url, clock: systemClock, poolSize: 2 });
      await store.caps.set({ id: 'budget:acct-a', limitNano: 123_456, reset: 'none' }, act);
      const writers = ['a', 'b', 'c', 'd'].map((name) => start(url, name, 1_000));
      await Promise.all(writers.map(({ ended }) => ended));
      const admitted = writers.flatMap(({ output }) => idsIn(output()));
      expect(writers.every(({ output }) => output().includes('admitted '))).toBe(true);
      expect(admitted).toHaveLength(1_234);
      expect(new Set(admitted).size).toBe(1_234);
      expect(await store.caps.get('budget:acct-a')).toMatchObject({ reservedNano: 123_400, spentNano: 0 });
      expect(await store.generations.count('everyone', {})).toBe(1_234);
      await store.close();
    });

    it('lose no acknowledged admission when they are killed, and hold no reservation that is not one', {
      timeout: 120_000,
    }, async () => {
      const url = await freshUrl();
      const store = await openStore({ url, clock: systemClock, poolSize: 2 });
      await store.caps.set({ id: 'budget:acct-a', limitNano: 1_000_000_000, reset: 'none' }, act);
      const acknowledged: string[] = [];
      for (const round of [1, 2, 3, 4]) {
        const writer = start(url, `boot-${round}`, 1_000_000);
        await new Promise<void>((resolve) =>
          writer.child.stdout?.on('data', () => {
            if (idsIn(writer.output()).length >= round * 37) resolve();
          }),
        );
        writer.child.kill('SIGKILL');
        await writer.ended;
        acknowledged.push(...idsIn(writer.output()));
      }
      for (const id of acknowledged) {
        expect(await store.generations.get('everyone', id), id).toMatchObject({ state: 'open' });
      }
      const open = await store.generations.count('everyone', { state: 'open' });
      expect(open).toBeGreaterThanOrEqual(acknowledged.length);
      expect(await store.caps.get('budget:acct-a')).toMatchObject({ reservedNano: open * 100 });
      const reaped = await store.books.reap({ replica: 'replica-1', boot: 'recovery', limit: 1_000_000 });
      expect(reaped).toHaveLength(open);
      expect(await store.caps.get('budget:acct-a')).toMatchObject({ reservedNano: 0, spentNano: 0 });
      await store.close();
    });
  });
}
