import type { FailureKind } from '../errors.ts';

/** What the sentences of a dialect's errors mean; the first that matches counts. */
export type SentenceRules = readonly (readonly [says: RegExp, kind: FailureKind])[];

/**
 * What the first rule that matches says a sentence means. Servers quote what the caller wrote, such as the name of a function: that
 * must not keep other requests away from an endpoint, so what a sentence quotes counts only for kinds that keep none away.
 */
export function kindBySentence(rules: SentenceRules, sentence: string): FailureKind | undefined {
  const text = sentence.slice(0, 4000);
  const own = withoutQuotations(text);
  return rules.find(([says, kind]) => says.test(keepsAway.has(kind) ? own : text))?.[1];
}

/** The kinds after which an endpoint, or all of its provider, is left alone for a time. */
export const keepsAway: ReadonlySet<FailureKind> = new Set([
  'credentials_rejected',
  'provider_credits_exhausted',
  'model_not_found',
  'rate_limited',
  'overloaded',
]);

/** An apostrophe inside a word quotes nothing. A subscript is a name of the caller's too: `properties[api_key]`. */
function withoutQuotations(text: string): string {
  return text
    .replace(/`[^`]*`/g, '``')
    .replace(/"[^"]*"/g, '""')
    .replace(/[“„][^“”]*[“”]/g, '""')
    .replace(/(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)/g, "''")
    .replace(/(?<=\w)\[[^[\]]*\]/g, '[]');
}
