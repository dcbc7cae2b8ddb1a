import type { Admission, CapRecord, Checkpoint, GenerationRecord, Settlement, Termination } from './records.ts';

/** How the beginning of a generation was answered. */
export type Begun =
  /** Let in. `caps` are those that hold its reservation. */
  | { readonly outcome: 'begun'; readonly caps: readonly string[] }
  /**
   * The id, or its idempotency key with the same request, was let in before; nothing more was reserved. With the caller's own id and
   * boot it is this very admission, whose answer was lost.
   */
  | { readonly outcome: 'existing'; readonly generation: GenerationRecord }
  /** The idempotency key was used for another request. */
  | { readonly outcome: 'conflict'; readonly generationId: string }
  /** This cap has too little left; nothing was reserved of any. */
  | Refused;

/** The cap that has too little left; nothing was reserved. */
export interface Refused {
  readonly outcome: 'refused';
  readonly cap: CapRecord;
}

/** How the wish for more was answered. */
export type Extended =
  | { readonly outcome: 'extended' }
  /** It is settled, or never was; nothing was reserved. */
  | { readonly outcome: 'closed' }
  | Refused;

/**
 * Who may spend what, and what was spent, to the nano-dollar. Always: what a cap has reserved is the sum of what its open
 * generations hold, and what it has spent is the sum of what was settled in its period. When a call resolves its transaction is
 * committed: it survives the death of the process; on SQLite a power failure may take the last moments with it, and never a part
 * of a transaction.
 */
export interface Books {
  /** Reserves of every cap at once, or of none. */
  readonly begin: (admission: Admission) => Promise<Begun>;
  /** Reserves more of the same caps, all or none, and notes how far it has come where that is told. Without, its expiry stays. */
  readonly extend: (id: string, moreNano: number, checkpoint?: Checkpoint) => Promise<Extended>;
  /** False: it is settled, or never was. */
  readonly checkpoint: (id: string, checkpoint: Checkpoint) => Promise<boolean>;
  /**
   * Ends it: frees what it held, books what it cost on its caps, and writes the charge where credits are among them. Never fails
   * for lack of funds. True once for each generation; false: it was settled before, and nothing changed. `caps` are those that it was
   * let in with, where the caller knows: without any it is one statement.
   */
  readonly settle: (id: string, settlement: Settlement, caps?: readonly string[]) => Promise<boolean>;
  /**
   * Writes a generation that was let in while the store was away (then without reservations), and settles it, or one that is open,
   * where its end is known: what a spooled record asks for, as often as it is replayed. True where that changed anything. Rejects
   * with RecordRejected where it will not be taken another time either.
   */
  readonly replay: (admission: Admission, settlement?: Settlement) => Promise<boolean>;
  /**
   * Settles at its last checkpoint, as a crash, what is open and expired, and what an earlier boot of this replica left open. At most
   * `limit` of them; resolves with what it ended. Any number of replicas may reap at once.
   */
  readonly reap: (options: {
    readonly replica: string;
    readonly boot: string;
    readonly limit: number;
    /** Whether this process runs it: it is left alone, however long the store has heard nothing of it. */
    readonly isRunning?: (id: string) => boolean;
  }) => Promise<readonly Reaped[]>;
}

/** What a process had left open, and its end. */
export interface Reaped {
  readonly id: string;
  readonly costNano: number;
  readonly termination: Termination;
}
