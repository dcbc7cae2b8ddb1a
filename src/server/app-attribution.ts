import type { AppAttribution } from '../caller.ts';

const mostTitleLength = 100;
/** As OpenRouter has it: two a request. */
const mostCategories = 2;
const category = /^[a-z][a-z0-9-]{0,49}$/;

/**
 * The app that a request says it comes from, by the names that OpenRouter gave the headers: `HTTP-Referer` says which, by its
 * origin; `X-OpenRouter-Title` or `X-Title` what it is called; `X-OpenRouter-Categories` what it is for. An app on this machine is
 * told only by a title, as every developer's looks the same.
 */
export function appOf(headers: unknown): AppAttribution | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const named = new Map<string, unknown>(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string) => {
    const value = named.get(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };

  const referer = text('http-referer');
  if (referer === undefined || referer.length > 2_000 || !URL.canParse(referer)) return undefined;
  const { protocol, origin, hostname } = new URL(referer);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  const title = (text('x-openrouter-title') ?? text('x-title'))?.replace(/\p{Cc}+/gu, ' ').slice(0, mostTitleLength);
  if (title === undefined && (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]')) {
    return undefined;
  }
  const categories = (text('x-openrouter-categories') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => category.test(name))
    .slice(0, mostCategories);
  return {
    url: origin,
    ...(title !== undefined && { title }),
    ...(categories.length > 0 && { categories }),
  };
}
