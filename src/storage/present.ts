/** An object without the fields that are null: what a row says, as the rest of the program says it. */
export type Present<T> = {
  readonly [Key in keyof T as null extends T[Key] ? never : Key]: T[Key];
} & {
  readonly [Key in keyof T as null extends T[Key] ? Key : never]?: NonNullable<T[Key]>;
};

export function present<T extends object>(fields: T): Present<T> {
  const entries: readonly (readonly unknown[])[] = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(entries);
}

/** What a JSON column says; null where it is null. */
export function parsed<T>(json: string | null): T | null {
  return json === null ? null : JSON.parse(json);
}

/** What a JSON column holds; null for what is absent. */
export function jsonOf(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** A record with a change made to it: what the change leaves out stays, what it says is null goes. */
export function changed<T extends object>(record: T, change: object): T {
  const told = Object.entries(change).filter(([, value]) => value !== undefined);
  const entries: readonly (readonly unknown[])[] = Object.entries({ ...record, ...Object.fromEntries(told) });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
