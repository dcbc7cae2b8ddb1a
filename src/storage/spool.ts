import { mkdirSync, promises } from 'node:fs';
import { dirname } from 'node:path';
import type { Books } from './books-contract.ts';
import { createMutex } from './mutex.ts';
import { RecordRejected } from './record-rejection.ts';
import type { Admission, Settlement } from './records.ts';
import { StoreUnavailable } from './store.ts';

/** A generation that the store could not be told of: that it was let in, and, once it is known, how it ended. */
export interface SpooledRecord {
  readonly admission: Admission;
  readonly settlement?: Settlement;
}

/** A record that the store does not take, and where it is kept instead. */
export interface SetAside {
  /** Absent for a line that holds no record. */
  readonly generationId?: string;
  readonly reason: string;
  readonly path: string;
}

export interface SpoolOptions {
  /** A file of this process's own, made with its folder where there is none, readable by its owner alone. */
  readonly path: string;
  /** How large the file may grow. */
  readonly maxBytes: number;
  /** Told what an operator has to know: that the spool is full. */
  readonly warn: (message: string) => void;
  /** Told of each record that was set aside, when it is on disk there. */
  readonly onSetAside: (record: SetAside) => void;
}

/** Where admissions and settlements wait, on disk, while the store is away. */
export interface Spool {
  /** True once the record is on disk to stay. False: the spool is full, and the record is lost but for the warning. */
  readonly append: (record: SpooledRecord) => Promise<boolean>;
  /**
   * Takes every record to the books, oldest first, and empties the file when all of them are there. Resolves with how many it took;
   * stops at the first StoreUnavailable, without an error: what was taken already is taken again next time, and changes nothing.
   * What the store does not take is set aside, in a file of the same name that ends in `.rejected`, and keeps nothing behind it
   * waiting. Appended to the spool, while no process has that open, the lines of that file are replayed again.
   */
  readonly replay: (books: Pick<Books, 'replay'>) => Promise<number>;
  /** Which record that waits has taken the idempotency key that a request comes with: the store does not know of it yet. */
  readonly holderOf: (admission: Admission) => Admission | undefined;
  /** How many bytes wait. */
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

/** Opens the spool, with what an earlier process left in it. */
export async function openSpool({ path, maxBytes, warn, onSetAside }: SpoolOptions): Promise<Spool> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = await promises.open(path, 'a', 0o600);
  await file.chmod(0o600);
  const left = await promises.readFile(path);
  const rejectedPath = `${path}.rejected`;
  let bytes = left.length;
  let full = false;
  /** Which lines of the file have been set aside: they stay in it until it is emptied. */
  const aside = new Set<number>();
  const holders = new Map<string, Admission>();
  const hold = (record: SpooledRecord | undefined) => {
    const name = record === undefined ? undefined : keyOf(record.admission);
    if (record !== undefined && name !== undefined && !holders.has(name)) holders.set(name, record.admission);
  };
  for (const line of left.toString().split('\n')) hold(parseLine(line));
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

  /** Takes a line to the books; gives back why they will never have it. */
  async function take(record: SpooledRecord | undefined, books: Pick<Books, 'replay'>): Promise<string | undefined> {
    if (record === undefined) return 'The line is no record; perhaps a crash tore it.';
    try {
      await books.replay(record.admission, record.settlement);
      return undefined;
    } catch (error) {
      if (error instanceof RecordRejected) return error.message;
      throw error;
    }
  }

  async function setAside(line: string, record: SpooledRecord | undefined, reason: string): Promise<void> {
    const kept = { ...(record ?? { line }), rejected: reason };
    await appendDurably(rejectedPath, `${JSON.stringify(kept)}\n`);
    const generationId = record?.admission?.id;
    onSetAside({ ...(typeof generationId === 'string' && { generationId }), reason, path: rejectedPath });
  }

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
        hold(record);
        return true;
      }),
    replay: (books) =>
      exclusively(async () => {
        if (bytes === 0) return 0;
        let taken = 0;
        for (const [index, line] of (await promises.readFile(path, 'utf8')).split('\n').entries()) {
          if (line === '' || aside.has(index)) continue;
          const record = parseLine(line);
          try {
            const reason = await take(record, books);
            if (reason === undefined) {
              taken += 1;
              continue;
            }
            await setAside(line, record, reason);
            aside.add(index);
          } catch (error) {
            if (error instanceof StoreUnavailable) return taken;
            throw error;
          }
        }
        await file.truncate(0);
        await file.sync();
        aside.clear();
        holders.clear();
        bytes = 0;
        full = false;
        return taken;
      }),
    holderOf: (admission) => {
      const name = holders.size === 0 ? undefined : keyOf(admission);
      return name === undefined ? undefined : holders.get(name);
    },
    size: () => bytes,
    close: () => exclusively(() => file.close()),
  };
}

/** Names an idempotency key, which belongs to the key that it came with. */
function keyOf({ accountId, keyId, idempotency }: Admission): string | undefined {
  return idempotency === undefined ? undefined : JSON.stringify([accountId, keyId ?? null, idempotency.key]);
}

async function write(file: promises.FileHandle, text: string): Promise<number> {
  await file.appendFile(text);
  await file.sync();
  return Buffer.byteLength(text);
}

/** On disk to stay when it resolves, also where that makes the file. */
async function appendDurably(path: string, text: string): Promise<void> {
  const file = await promises.open(path, 'a', 0o600);
  try {
    await write(file, text);
  } finally {
    await file.close();
  }
  const folder = await promises.open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseLine(line: string): SpooledRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Only this program writes the file: what is not torn is whole, and what is not tells itself in the books. */
const isRecord = (value: unknown): value is SpooledRecord =>
  typeof value === 'object' && value !== null && 'admission' in value;
