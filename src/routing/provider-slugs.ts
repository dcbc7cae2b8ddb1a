import type { Catalog, Endpoint } from '../catalog.ts';

/** Whether a slug names the endpoint's provider (`deepinfra`), or its very tag (`deepinfra/turbo`), in any case. */
export function matches(endpoint: Endpoint, slug: string): boolean {
  const wanted = slug.trim().toLowerCase();
  return wanted === endpoint.provider.toLowerCase() || wanted === endpoint.tag.toLowerCase();
}

/** The same for many endpoints: whether any of the slugs names one. */
export function matcherOf(slugs: readonly string[]): (endpoint: Endpoint) => boolean {
  const wanted = new Set(slugs.map((slug) => slug.trim().toLowerCase()));
  return ({ provider, tag }) => wanted.has(provider.toLowerCase()) || wanted.has(tag.toLowerCase());
}

/** Those of the slugs that name no provider of the catalog, and no endpoint of one: mostly typing errors. */
export function unknownProviders(slugs: readonly string[], catalog: Catalog): readonly string[] {
  return slugs.filter((slug) => {
    const [provider = '', variant] = slug.trim().toLowerCase().split('/', 2);
    if (catalog.provider(provider) === undefined) return true;
    return variant !== undefined && !catalog.endpointsOfProvider(provider).some((endpoint) => matches(endpoint, slug));
  });
}

/** The sentence that says so, with a space before it; empty where there is nothing to say. */
export function hasNoProvider(unknown: readonly string[]): string {
  return unknown.length === 0 ? '' : ` No provider here is called ${unknown.join(' or ')}.`;
}
