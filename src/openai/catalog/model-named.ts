import type { Catalog, Model } from '../../catalog.ts';
import { ModelNotFound } from '../../errors.ts';

/** By any name that callers may use, with or without a variant. Throws ModelNotFound. */
export function modelNamed(catalog: Catalog, name: string): Model {
  const model = catalog.model(name);
  if (model === undefined) throw new ModelNotFound(name, catalog.suggest(name));
  return model;
}
