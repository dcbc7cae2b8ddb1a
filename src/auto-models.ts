import type { AutoRouter, AutoSettings, Modality, Model } from './catalog.ts';
import { familiesOf } from './model-families.ts';

/** The name under which callers ask for the auto router. */
export const autoSlug = 'pointsman/auto';

/** The auto router over these models: what `model(slug:)` says of it, and among which models it chooses. */
export function createAutoRouter(
  models: readonly Model[],
  available: (slug: string) => boolean,
  settings: AutoSettings,
): AutoRouter {
  const allowed = settings.allow?.map(matcherOf);
  const excluded = (settings.exclude ?? []).map(matcherOf);
  const preferred = (settings.prefer ?? []).map(matcherOf);
  const open = models.filter(
    ({ slug, outputModalities }) =>
      available(slug) &&
      outputModalities.includes('text') &&
      (allowed === undefined || allowed.some((matches) => matches(slug))) &&
      !excluded.some((matches) => matches(slug)),
  );
  const { current } = familiesOf(open, available);
  const choices = open.map((model) => {
    const place = preferred.findIndex((matches) => matches(model.slug));
    return { model, current: current.has(model.slug), ...(place !== -1 && { preference: place }) };
  });
  return { model: factsOf(open), choices, ...(settings.maxPrice !== undefined && { maxPrice: settings.maxPrice }) };
}

/** A test for slugs that a pattern means: any case of letters, and `*` for any letters, none included. */
export function matcherOf(pattern: string): (slug: string) => boolean {
  const pieces = pattern
    .toLowerCase()
    .split(/\*+/)
    .map((piece) => piece.replaceAll(/[^a-z0-9]/g, '\\$&'));
  const whole = new RegExp(`^${pieces.join('.*')}$`);
  return (slug) => whole.test(slug.toLowerCase());
}

/** It takes what any of its models takes, and passes a request only to those that take all of it. */
function factsOf(models: readonly Model[]): Model {
  return {
    slug: autoSlug,
    name: 'Auto Router',
    author: 'pointsman',
    description:
      'Chooses a model for each request by what the request needs: short, simple ones go to a cheap model, those with tools, ' +
      'reasoning, a schema or much text to a capable one. It has no endpoints of its own; the answer tells which model it chose and why.',
    contextLength: Math.max(0, ...models.map(({ contextLength }) => contextLength)),
    inputModalities: [...new Set<Modality>(['text', ...models.flatMap(({ inputModalities }) => inputModalities)])],
    outputModalities: [...new Set<Modality>(['text', ...models.flatMap(({ outputModalities }) => outputModalities)])],
  };
}
