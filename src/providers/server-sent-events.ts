/** An event of a text/event-stream, by the HTML standard, section 9.2.6. */
export interface ServerSentEvent {
  /** The event's type; `message` where none was given. */
  readonly event: string;
  readonly data: string;
  /** Fields that the standard tells us to ignore, and that some servers fail in (`error: {…}`); absent where there were none. */
  readonly unknownFields?: Readonly<Record<string, string>>;
}
