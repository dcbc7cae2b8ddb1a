import { mkdirSync, promises } from 'node:fs';
import { dirname } from 'node:path';
import { createMutex } from './mutex.ts';
import type { Admission, Settlement } from './records.ts';
import { type Books, StoreUnavailable } from './store.ts';

/** A generation that the store could not be told of: that it was let in, and, once it is known, how it ended. */
export interface SpooledRecord {
  readonly admission: Admission;
  readonly settlement?: Settlement;
}

export interface SpoolOptions {
  /** A file of this process's own, made with its folder where there is none, readable by its owner alone. */
  readonly path: string;
  /** How large the file may grow. */
  readonly maxBytes: number;
  /** Told what an operator has to know: that the spool is full, or that a line of it is no record. */
  readonly warn: (message: string) => void;
}

/** Where admissions and settlements wait, on disk, while the store is away. */
export interface Spool {
  /** True once the record is on disk to stay. False: the spool is full, and the record is lost but for the warning. */
  readonly append: (record: SpooledRecord) => Promise<boolean>;
  /**
   * Takes every record to the books, oldest first, and empties the file when all of them are there. Resolves with how many it took;
   * stops at the first StoreUnavailable, without an error: what was taken already is taken again next time, and changes nothing.
   */
  readonly replay: (books: Pick<Books, 'replay'>) => Promise<number>;
  /** How many bytes wait. */
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

/** Opens the spool, with what an earlier process left in it. A line that its crash tore is left out when it is replayed. */
export async function openSpool({ path, maxBytes, warn }: SpoolOptions): Promise<Spool> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = await promises.open(path, 'a', 0o600);
  await file.chmod(0o600);
  const left = await promises.readFile(path);
  let bytes = left.length;
  let full = false;
  const mutex = createMutex();
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    await mutex.enter();
    try {
      return await work();
    } finally {
      mutex.leave();
    }
  };
  // The next record begins on a line of its own.
  if (bytes > 0 && left.at(-1) !== 0x0a) bytes += await write(file, '\n');

  return {
    append: (record) =>
      exclusively(async () => {
        const line = `${JSON.stringify(record)}\n`;
        if (bytes + Buffer.byteLength(line) > maxBytes) {
          if (!full) warn(`The spool ${path} is full (${bytes} bytes): usage is being lost until the store is back.`);
          full = true;
          return false;
        }
        bytes += await write(file, line);
        return true;
      }),
    replay: (books) =>
      exclusively(async () => {
        if (bytes === 0) return 0;
        let taken = 0;
        for (const line of (await promises.readFile(path, 'utf8')).split('\n').filter((text) => text !== '')) {
          const record = parseLine(line);
          if (record === undefined) {
            warn(`The spool ${path} holds a line that is no record, torn by a crash: it is left out.`);
            continue;
          }
          try {
            await books.replay(record.admission, record.settlement);
          } catch (error) {
            if (error instanceof StoreUnavailable) return taken;
            throw error;
          }
          taken += 1;
        }
        await file.truncate(0);
        await file.sync();
        bytes = 0;
        full = false;
        return taken;
      }),
    size: () => bytes,
    close: () => exclusively(() => file.close()),
  };
}

async function write(file: promises.FileHandle, text: string): Promise<number> {
  await file.appendFile(text);
  await file.sync();
  return Buffer.byteLength(text);
}

function parseLine(line: string): SpooledRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Only this program writes the file: what parses is whole. */
const isRecord = (value: unknown): value is SpooledRecord =>
  typeof value === 'object' && value !== null && 'admission' in value;
