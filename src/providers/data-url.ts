/** What a data URL in base64 holds. */
export interface DataUrl {
  /** Without parameters, in lower case: `image/png`. */
  readonly mediaType: string;
  readonly base64: string;
}

/** Reads a data URL (RFC 2397) in base64; `undefined` for any other URL, also for a data URL in another encoding. */
export function parseDataUrl(url: string): DataUrl | undefined {
  // Not one pattern over the whole: the payload may be megabytes long.
  const comma = url.slice(0, 300).indexOf(',');
  const match = /^data:([^;,]*)[^,]*;base64$/i.exec(url.slice(0, Math.max(comma, 0)));
  if (match === null) return undefined;
  return { mediaType: (match[1] || 'text/plain').toLowerCase(), base64: url.slice(comma + 1) };
}
