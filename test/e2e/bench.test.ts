import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = resolve(import.meta.dirname, '../../bench/run.ts');

interface Report {
  readonly cases: readonly {
    readonly name: string;
    readonly subjects: readonly { readonly subject: string; readonly figure: number }[];
  }[];
}

describe('the measurements', () => {
  it('compare every way through the router with the baseline, and lose no token', async () => {
    const only = ['token-unmerged', 'completion'].flatMap((name) => ['--only', name]);
    const { stdout } = await promisify(execFile)(process.execPath, [
      run,
      '--json',
      '--rounds',
      '1',
      '--scale',
      '0.01',
      ...only,
    ]);
    const { cases } = JSON.parse(stdout) as Report;

    expect(cases.map(({ name, subjects }) => [name, ...subjects.map(({ subject }) => subject)])).toEqual([
      ['token-unmerged', 'raw', 'WS', 'WS, one socket', 'SSE'],
      ['completion', 'raw', 'GraphQL'],
    ]);
    for (const { figure } of cases.flatMap(({ subjects }) => subjects)) expect(figure).toBeGreaterThanOrEqual(0);
  });

  it('name the cases that there are when asked for another', async () => {
    await expect(promisify(execFile)(process.execPath, [run, '--only', 'sprint'])).rejects.toThrow(
      /no case sprint\. There are token-one,/,
    );
  });
});
