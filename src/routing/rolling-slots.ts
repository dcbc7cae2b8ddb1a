/** Counts or samples of the last while, in slots of equal length: the oldest is forgotten when a new one begins. */
export interface RollingSlots<Slot> {
  /** The slot that this moment belongs to, made when it is first needed. A moment before the newest slot belongs to the newest. */
  readonly current: (nowMs: number) => Slot;
  /** What is still remembered, in no particular order. */
  readonly live: (nowMs: number) => Slot[];
  /** Names the slots that `live` gives: what was worked out of them holds while this stays the same and nothing is added. */
  readonly stamp: (nowMs: number) => number;
  /** Lets go of what is no longer remembered. */
  readonly forget: (nowMs: number) => void;
}

/** `count` slots of `slotMs` each. Time is taken to stand still where it goes back. */
export function createRollingSlots<Slot>(
  slotMs: number,
  count: number,
  create: (nowMs: number) => Slot,
): RollingSlots<Slot> {
  let slots: { readonly index: number; readonly slot: Slot }[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  const indexOf = (nowMs: number) => Math.max(newest, Math.floor(nowMs / slotMs));

  const forget = (nowMs: number) => {
    const oldest = indexOf(nowMs) - count;
    if (slots.some(({ index }) => index <= oldest)) slots = slots.filter(({ index }) => index > oldest);
  };

  return {
    current(nowMs) {
      const index = indexOf(nowMs);
      const last = slots.at(-1);
      if (last !== undefined && last.index === index) return last.slot;
      forget(nowMs);
      newest = index;
      const slot = create(nowMs);
      slots.push({ index, slot });
      return slot;
    },
    live(nowMs) {
      forget(nowMs);
      return slots.map(({ slot }) => slot);
    },
    stamp: indexOf,
    forget,
  };
}
