import type { Model } from './catalog.ts';

/** Which models are the newest of their kind. */
export interface ModelFamilies {
  /** By `author/family-latest`: the newest model of the family. */
  readonly latest: ReadonlyMap<string, Model>;
  /** The slugs of models that are neither deprecated nor a preview, and that no newer available model of their family replaces. */
  readonly current: ReadonlySet<string>;
}

/** What a slug tells of the model's place in its family. */
export interface FamilyPlace {
  /** `author/family`. */
  readonly family: string;
  /** As decimals, since authors mean 4.20 to come before 4.7; empty where the name has none. */
  readonly versions: readonly number[];
  /** The digits of a date or build in the name; empty where it has none. */
  readonly date: string;
  readonly preview: boolean;
}

/**
 * Finds the newest model of each family. The rule:
 *
 * 1. A model's family is its slug without versions (`4`, `4.5`, `4-5`, `v3.1`, `k2`, and at the end of a word: `qwen3.8`), without
 *    dates and builds (`2512`, `0905`, `20251001`, `2024-08-06`, `08-2024`, `001`) and without words for previews (`preview`, `exp`,
 *    `experimental`, `beta`, `alpha`). Everything else stays: sizes (`70b`, `8x22b`, `a3b`, `32k`) and words such as `mini`, `pro`,
 *    `instruct` make families of their own, and `4o` is a word. So `claude-3.5-sonnet` and `claude-sonnet-4.5` are both
 *    `claude-sonnet`, and `gpt-5.4-mini` is of `gpt-mini`.
 * 2. A family has a name, `author/family-latest`, where at least one of its models has a version or a date. Models that are
 *    deprecated, those whose own slug ends in `-latest`, and those that make embeddings belong to no family: the vectors of a newer
 *    model do not compare with those that are stored.
 * 3. The newest is, in this order: an available model before others; a model before previews; the higher version; the later date in
 *    the name; the later release, where it is known.
 */
export function familiesOf(models: Iterable<Model>, available: (slug: string) => boolean): ModelFamilies {
  const members = [...models].flatMap((model) =>
    model.deprecatedAt !== undefined || model.slug.endsWith('-latest') || model.outputModalities.includes('embeddings')
      ? []
      : [{ model, available: available(model.slug), ...familyPlaceOf(model.slug) }],
  );
  const latest = new Map<string, Model>();
  const current = new Set<string>();
  for (const [family, all] of Map.groupBy(members, (member) => member.family)) {
    const [newest] = all.toSorted(newestFirst);
    if (newest === undefined) continue;
    if (!newest.preview) current.add(newest.model.slug);
    if (all.some(({ versions, date }) => versions.length > 0 || date !== ''))
      latest.set(`${family}-latest`, newest.model);
  }
  return { latest, current };
}

interface Member extends FamilyPlace {
  readonly model: Model;
  readonly available: boolean;
}

const dates = /(?<=-)(?:20\d\d-\d\d-\d\d|\d\d-20\d\d|20\d{6}|\d\d-\d\d|\d{3,4})(?=-|$)/g;
const previewWords = new Set(['preview', 'exp', 'experimental', 'beta', 'alpha']);
/** 4.5 where a name cannot have a dot. */
const dashedVersion = /(?<=-\d)-(?=\d(?:-|$))/;
const versionWord = /^[a-z]?(\d+(?:\.\d+)*)$/;
const versionAtTheEnd = /^([a-z]+)(\d+(?:\.\d+)*)$/;

/** Takes a slug apart by the first point of the rule above. */
export function familyPlaceOf(slug: string): FamilyPlace {
  const slash = slug.indexOf('/');
  const versions: number[] = [];
  const words: string[] = [];
  let date = '';
  let preview = false;
  const undated = `-${slug.slice(slash + 1)}`.replaceAll(dates, (digits) => {
    // The year first, so that later dates are greater texts.
    date += digits.replace(/^(\d\d)-(20\d\d)$/, '$2-$1').replaceAll('-', '');
    return '';
  });
  for (const word of undated.replace(dashedVersion, '.').split('-')) {
    // A name that is nothing but a version keeps its letters: the family of `o3` is `o`.
    const [, version] = (words.length > 0 && versionWord.exec(word)) || [];
    const [, rest = word, glued] = versionAtTheEnd.exec(word) ?? [];
    const digits = version ?? glued;
    if (digits !== undefined) versions.push(Number.parseFloat(digits));
    if (previewWords.has(word)) preview = true;
    else if (version === undefined && word !== '') words.push(rest);
  }
  return { family: `${slug.slice(0, slash + 1)}${words.join('-')}`, versions, date, preview };
}

function newestFirst(a: Member, b: Member): number {
  return (
    Number(b.available) - Number(a.available) ||
    Number(a.preview) - Number(b.preview) ||
    compareVersions(b.versions, a.versions) ||
    compareTexts(b.date, a.date) ||
    compareTexts(b.model.createdAt ?? '', a.model.createdAt ?? '') ||
    compareTexts(a.model.slug, b.model.slug)
  );
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
