import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readConfiguration } from '../../src/configuration/configuration-file.ts';
import { type ConfigurationWatcher, watchConfiguration } from '../../src/configuration/configuration-watcher.ts';
import { readEnvironment } from '../../src/configuration/environment.ts';
import { problemsIn } from '../support/configured.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

let directory: string;
let clock: ManualClock;
let watcher: ConfigurationWatcher | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pointsman-'));
  clock = createManualClock();
});
afterEach(() => {
  watcher?.close();
  watcher = undefined;
  rmSync(directory, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

/** Watches a file and tells what it was told. */
function watched(name: string) {
  const heard: string[] = [];
  watcher = watchConfiguration(
    join(directory, name),
    clock,
    () => heard.push('changed'),
    () => heard.push('lost'),
  );
  return heard;
}

/** Waits until the file system has told of a write, then lets the writer's moment pass. */
async function passed(): Promise<void> {
  await vi.waitFor(() => expect(clock.pending()).toBe(1), 10_000);
  await clock.advance(1000);
}

describe('a watched configuration', () => {
  it('tells of a change, and of the next', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    write('pointsman.yaml', 'a: 2');
    await passed();
    expect(heard).toEqual(['changed']);
    write('pointsman.yaml', 'a: 3');
    await passed();
    expect(heard).toEqual(['changed', 'changed']);
  });

  it('tells of a file that an editor puts in its place', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    write('pointsman.yaml.tmp', 'a: 2');
    renameSync(join(directory, 'pointsman.yaml.tmp'), join(directory, 'pointsman.yaml'));
    await passed();
    write('pointsman.yaml.tmp', 'a: 3');
    renameSync(join(directory, 'pointsman.yaml.tmp'), join(directory, 'pointsman.yaml'));
    await passed();
    expect(heard).toEqual(['changed', 'changed']);
  });

  it('tells of a mounted volume whose link moves on', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(directory, version));
      write(`${version}/pointsman.yaml`, `a: ${version}`);
    }
    symlinkSync('1', join(directory, '..data'));
    symlinkSync('..data/pointsman.yaml', join(directory, 'pointsman.yaml'));
    const heard = watched('pointsman.yaml');
    symlinkSync('2', join(directory, '..next'));
    renameSync(join(directory, '..next'), join(directory, '..data'));
    await passed();
    expect(heard).toEqual(['changed']);
  });

  it('keeps quiet about a file that is written again as it was', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    write('pointsman.yaml', 'a: 1');
    await passed();
    expect(heard).toEqual([]);
  });

  it('waits until the writer has finished', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    write('pointsman.yaml', 'a:');
    await vi.waitFor(() => expect(clock.pending()).toBe(1), 10_000);
    await clock.advance(100);
    expect(heard).toEqual([]);
    await passed();
    expect(heard).toEqual(['changed']);
  });

  it('tells that the file is gone, and that it is back', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    unlinkSync(join(directory, 'pointsman.yaml'));
    await passed();
    write('pointsman.yaml', 'a: 1');
    await passed();
    expect(heard).toEqual(['lost', 'changed']);
  });

  it('tells nothing once it is closed', async () => {
    write('pointsman.yaml', 'a: 1');
    const heard = watched('pointsman.yaml');
    write('pointsman.yaml', 'a: 2');
    await vi.waitFor(() => expect(clock.pending()).toBe(1), 10_000);
    watcher?.close();
    await clock.advance(1000);
    expect(heard).toEqual([]);
    expect(clock.pending()).toBe(0);
  });
});

describe('reading the configuration', () => {
  it('finds the usual names in their order, else takes the defaults', () => {
    const read = () => readConfiguration(readEnvironment({}), directory);
    expect(read().file).toBeUndefined();
    write('pointsman.json', '{"defaultModel": "from/json"}');
    expect(read()).toMatchObject({ file: 'pointsman.json', defaultModel: 'from/json' });
    write('pointsman.yml', 'defaultModel: from/yml');
    expect(read()).toMatchObject({ file: 'pointsman.yml', defaultModel: 'from/yml' });
    write('pointsman.yaml', 'defaultModel: from/yaml');
    expect(read()).toMatchObject({ file: 'pointsman.yaml', defaultModel: 'from/yaml' });
  });

  it('reads the file that POINTSMAN_CONFIG names, and no other', () => {
    write('pointsman.yaml', 'defaultModel: from/yaml');
    write('mine.yaml', 'defaultModel: from/mine');
    expect(readConfiguration(readEnvironment({ POINTSMAN_CONFIG: 'mine.yaml' }), directory).defaultModel).toBe(
      'from/mine',
    );
    const missing = readEnvironment({ POINTSMAN_CONFIG: 'none.yaml' });
    expect(problemsIn(() => readConfiguration(missing, directory))).toEqual([
      `POINTSMAN_CONFIG names ${join(directory, 'none.yaml')}, which does not exist.`,
    ]);
  });

  it('knows a file that was emptied from one that says something', () => {
    const read = () => readConfiguration(readEnvironment({}), directory);
    write('pointsman.yaml', 'defaultModel: from/yaml');
    expect(read()).not.toHaveProperty('empty');
    for (const text of ['', '# defaultModel: from/yaml\n']) {
      write('pointsman.yaml', text);
      expect(read()).toMatchObject({ file: 'pointsman.yaml', empty: true });
    }
  });

  it('refuses a broken file and names it', () => {
    write('pointsman.yaml', 'defaultModel: [');
    expect(problemsIn(() => readConfiguration(readEnvironment({}), directory))).toEqual([
      expect.stringMatching(/^pointsman\.yaml: line 1, column \d+: .+\.$/),
    ]);
  });
});
