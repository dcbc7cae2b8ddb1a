/** What the server needs of a logger; pino's is one. */
export interface ServerLog {
  readonly error: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly debug: (fields: object, message: string) => void;
}
