import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunningProgram, startProgram } from '../support/running-program.ts';

const examples = resolve(import.meta.dirname, '../../examples');

let program: RunningProgram;
beforeAll(async () => {
  program = await startProgram();
});

function run(example: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, POINTSMAN_URL: program.url };
  return promisify(execFile)(process.execPath, [resolve(examples, example), ...args], { env });
}

describe('the examples', () => {
  it('ask for an answer', async () => {
    expect((await run('ask.ts')).stdout).toBe(
      'The capital of France is Paris.\npointsman/tiny-1m at This server, 0 US dollars\n',
    );
  });

  it('read along', async () => {
    expect((await run('read-along.ts', 'What is the capital of Italy?')).stdout).toBe(
      'The capital of Italy is Rome.\n(STOP, 0 US dollars)\n',
    );
  });

  it('tell a failure by its code', async () => {
    const tooLong = 'word '.repeat(2_000);
    const failure = { code: 1, stderr: expect.stringContaining('CONTEXT_LENGTH_EXCEEDED') };
    await expect(run('ask.ts', tooLong)).rejects.toMatchObject(failure);
    await expect(run('read-along.ts', tooLong)).rejects.toMatchObject(failure);
  });
});
