import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../clock.ts';

export interface ConfigurationWatcher {
  readonly close: () => void;
}

/** Editors write in several steps, and replace a file by renaming another; this is how long they get to finish. */
const settleMs = 150;

/**
 * Watches a configuration's file and calls `onChange` once what stands in it has become something else and no further write
 * followed for a moment. Sees also a file that is replaced by another, or reached through a link that moves (mounted volumes).
 * Calls `onLost` when the file is gone; it goes on watching, and the file's return is a change.
 */
export function watchConfiguration(
  file: string,
  clock: Clock,
  onChange: () => void,
  onLost: () => void,
): ConfigurationWatcher {
  let text = readIfThere(file);
  let cancel = () => {};

  const look = () => {
    const now = readIfThere(file);
    if (now === text) return;
    text = now;
    if (now === undefined) onLost();
    else onChange();
  };
  // The directory, not the file: a watched file that is replaced would never be heard of again.
  const watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
    if (name !== null && name !== basename(file) && !name.startsWith('..')) return;
    cancel();
    cancel = clock.after(settleMs, look);
  });
  // A directory that is removed ends the watching; the running configuration stays.
  watcher.on('error', () => watcher.close());

  return {
    close() {
      cancel();
      watcher.close();
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
