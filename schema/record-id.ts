/** The plain id of a record (`key-…`) in what a client gives: that id itself, or the `id` of its node. */
export function recordId(type: 'Account' | 'ApiKey' | 'App' | 'Generation', given: string): string {
  const prefix = `${type}:`;
  const decoded = Buffer.from(given, 'base64').toString();
  return decoded.startsWith(prefix) ? decoded.slice(prefix.length) : given;
}
