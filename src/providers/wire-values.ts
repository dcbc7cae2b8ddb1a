/** A JSON object whose members nobody has checked. */
export type WireRecord = Readonly<Record<string, unknown>>;

// Streams bring thousands of small events, too many for a schema each. Reading them through these costs next to nothing, and a
// member that is missing or of another type reads as an empty one, never as a crash.

/** The value if it is an object, else an empty one. */
export function recordOf(value: unknown): WireRecord {
  return isRecord(value) ? value : nothing;
}

/** The value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : none;
}

/** The value if it is a text, else an empty one. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value if it is a finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Whether a value is an object, and no list. */
export function isRecord(value: unknown): value is WireRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const nothing: WireRecord = {};
const none: readonly unknown[] = [];
