import { autoSlug } from './auto-models.ts';
import type { Model, NamedModel } from './catalog.ts';
import { type ModelVariant, modelVariants } from './chat.ts';
import type { ModelFamilies } from './model-families.ts';

/** What the names in requests and in the configuration mean. */
export interface ModelNames {
  /** What a name means, in any case of letters; `undefined` where nothing has it. */
  readonly find: (name: string) => NamedModel | undefined;
  /** Further names of each model, by its slug, in the order of the alphabet. */
  readonly aliasesOf: (slug: string) => readonly string[];
  /** Names that look like one that means nothing, the likeliest first: up to three, or all variants of a model that has no such one. */
  readonly suggest: (name: string) => readonly string[];
}

export interface ModelNamesOptions {
  readonly models: readonly Model[];
  /** To a slug, a family's `-latest` or the auto router, each with or without a variant. Read at every look-up. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly latest: ModelFamilies['latest'];
  readonly auto: Model;
}

/**
 * Reads names in this order: a model's slug; the auto router; an alias; `author/family-latest`. With a `~` in front, as OpenRouter
 * writes it, only a `-latest` is meant, and the family comes before a model of that very slug. Where all of that finds nothing, what
 * follows the last `:` is taken as a variant.
 */
export function createModelNames({ models, aliases, latest, auto }: ModelNamesOptions): ModelNames {
  const bySlug = new Map(models.map((model) => [model.slug.toLowerCase(), model]));
  const families = new Map([...latest].map(([name, model]) => [name.toLowerCase(), { name, model }]));

  const bySlugOrAuto = (key: string): NamedModel | undefined => {
    const model = bySlug.get(key);
    if (model !== undefined) return { model, by: 'slug', canonical: model.slug };
    return key === autoSlug ? { model: auto, by: 'auto', canonical: autoSlug } : undefined;
  };
  const byFamily = (key: string): NamedModel | undefined => {
    const family = families.get(key);
    return family && { model: family.model, by: 'latest', canonical: family.name };
  };
  const byAlias = (key: string): NamedModel | undefined => {
    const target = aliases.get(key)?.toLowerCase();
    if (target === undefined) return undefined;
    const found = varied(target, (base) => bySlugOrAuto(base) ?? byFamily(base));
    return found && { ...found, by: found.by === 'auto' ? 'auto' : 'alias' };
  };
  const plain = (key: string): NamedModel | undefined => {
    if (!key.startsWith('~')) return bySlugOrAuto(key) ?? byAlias(key) ?? byFamily(key);
    const name = key.slice(1);
    return name.endsWith('-latest') ? (byFamily(name) ?? bySlugOrAuto(name)) : undefined;
  };

  const aliasesBySlug = Map.groupBy(
    [...new Set([...aliases.keys(), ...latest.keys()])].flatMap((alias) => {
      const found = plain(alias.toLowerCase());
      return found === undefined || found.by === 'slug' ? [] : [{ alias, slug: found.model.slug }];
    }),
    ({ slug }) => slug,
  );
  const known = [...models.map(({ slug }) => slug), autoSlug];

  return {
    find: (name) => varied(name.toLowerCase(), plain),
    aliasesOf: (slug) => (aliasesBySlug.get(slug) ?? []).map(({ alias }) => alias).sort(),
    suggest(name) {
      const [base, ending] = parted(name.toLowerCase());
      const found = ending === undefined ? undefined : plain(base);
      if (found !== undefined) return modelVariants.map((variant) => `${found.canonical}:${variant}`);
      const variant = variantOf(ending);
      const alike = mostAlike(
        variant === undefined ? name : base,
        /latest|^~/.test(base) ? [...known, ...latest.keys()] : known,
      );
      return variant === undefined ? alike : alike.map((slug) => `${slug}:${variant}`);
    },
  };
}

/** A whole name before one with a variant: a slug or alias may have a colon in it. */
function varied(key: string, find: (key: string) => NamedModel | undefined): NamedModel | undefined {
  const whole = find(key);
  if (whole !== undefined) return whole;
  const [base, ending] = parted(key);
  const variant = variantOf(ending);
  const found = variant === undefined ? undefined : find(base);
  return found && variant && { ...found, variant };
}

function parted(key: string): readonly [base: string, ending: string | undefined] {
  const at = key.lastIndexOf(':');
  return at === -1 ? [key, undefined] : [key.slice(0, at), key.slice(at + 1)];
}

function variantOf(ending: string | undefined): ModelVariant | undefined {
  return modelVariants.find((variant) => variant === ending);
}

/** Ranks by shared pairs of letters (Dice's coefficient), which forgives typing errors and missing authors alike. */
function mostAlike(name: string, candidates: readonly string[]): string[] {
  const wanted = pairs(name);
  return candidates
    .map((slug) => ({
      slug,
      likeness: Math.max(likeness(wanted, pairs(slug)), likeness(wanted, pairs(bareName(slug)))),
    }))
    .filter((candidate) => candidate.likeness > 0.4)
    .sort((a, b) => b.likeness - a.likeness || a.slug.localeCompare(b.slug))
    .slice(0, 3)
    .map((candidate) => candidate.slug);
}

function bareName(slug: string): string {
  return slug.slice(slug.indexOf('/') + 1);
}

function pairs(text: string): Set<string> {
  const letters = text.slice(0, 200).toLowerCase();
  return new Set(
    Array.from({ length: Math.max(0, letters.length - 1) }, (_, index) => letters.slice(index, index + 2)),
  );
}

function likeness(a: Set<string>, b: Set<string>): number {
  if (a.size + b.size === 0) return 0;
  return (2 * a.intersection(b).size) / (a.size + b.size);
}
