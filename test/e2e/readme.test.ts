import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readBuiltInCatalog } from '../../src/configuration/built-in-catalog.ts';
import { type RunningProgram, startProgram } from '../support/running-program.ts';

const root = resolve(import.meta.dirname, '../..');
const readme = readFileSync(resolve(root, 'README.md'), 'utf8');

/** The fenced blocks of the README, in order, with their language. */
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

/** The commands that ask the server, each with the block that shows its answer, if the next one does. */
const commands = blocks.flatMap((block, index) => {
  if (block.language !== 'sh' || !block.text.startsWith('curl')) return [];
  const next = blocks[index + 1];
  return [{ command: block.text, answer: next?.language === 'json' || next?.language === '' ? next.text : undefined }];
});

async function run(command: string, program: RunningProgram): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    command.replaceAll('localhost:4000', new URL(program.url).host),
  ]);
  return stdout;
}

describe('the README', () => {
  it('shows a query, a mutation, a stream and a failover', () => {
    expect(commands.length).toBeGreaterThanOrEqual(4);
    expect(commands.filter(({ answer }) => answer !== undefined).length).toBeGreaterThanOrEqual(3);
  });

  it('has commands that answer just as it says', async () => {
    await using plain = await startProgram();
    const configuration = blocks.find(({ language }) => language === 'yaml')?.text;
    await using failing = await startProgram({ configuration });
    for (const { command, answer } of commands) {
      const output = await run(command, command.includes('failureKind') ? failing : plain);
      if (answer === undefined) expect(JSON.parse(output)).not.toHaveProperty('errors');
      else if (answer.startsWith('{')) expect(JSON.parse(output)).toEqual(JSON.parse(answer));
      else
        for (const line of answer.split('\n').filter((each) => /^(event|data):/.test(each)))
          expect(output).toContain(line);
    }
  });

  it('shows operations that the schema accepts', () => {
    const schema = buildSchema(readFileSync(resolve(root, 'schema/schema.graphql'), 'utf8'));
    const operations = blocks.filter(({ language }) => language === 'graphql');
    expect(operations.length).toBeGreaterThan(0);
    for (const { text } of operations) expect(validate(schema, parse(text))).toEqual([]);
  });

  it('names the variable of every provider’s key', () => {
    for (const { keyVariables } of readBuiltInCatalog(Date.now()).providers) {
      if (keyVariables[0] !== undefined) expect(readme).toContain(`\`${keyVariables[0]}\``);
    }
  });
});
