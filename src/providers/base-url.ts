/**
 * The base URL of a provider. A bare origin, as the providers' own SDKs take it, gets the dialect's usual path (`/v1`); a URL
 * with a path is taken as it is.
 */
export function withUsualPath(baseUrl: string, usualPath: string): string {
  const url = new URL(baseUrl);
  if (url.pathname === '/') url.pathname = usualPath;
  return url.href;
}
