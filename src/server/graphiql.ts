import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { graphiqlTabs } from './graphiql-tabs.ts';

export interface GraphiqlPage {
  /** 304 where the browser has the page already; the body is empty then. */
  readonly status: 200 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** GraphiQL as one page that needs no other file and no network. Rendered and compressed once, when it is first asked for. */
export interface Graphiql {
  /** The page for a request with these headers. */
  readonly page: (requestHeaders: IncomingHttpHeaders) => Promise<GraphiqlPage>;
}

interface RenderedPage {
  readonly compressed: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function createGraphiql(): Graphiql {
  let rendered: Promise<RenderedPage> | undefined;
  return {
    page: async (requestHeaders) => {
      rendered ??= render();
      const { compressed, etag, headers } = await rendered;
      if (matches(requestHeaders['if-none-match'], etag)) return { status: 304, headers, body: Buffer.alloc(0) };
      if (/\bgzip\b/.test(requestHeaders['accept-encoding']?.toString() ?? '')) {
        return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body: compressed };
      }
      return { status: 200, headers, body: await promisify(gunzip)(compressed) };
    },
  };
}

/** Loads the nine megabytes of the page's code only now, and keeps no more than the compressed page. */
async function render(): Promise<RenderedPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Pointsman',
    subscriptionsProtocol: 'WS',
    defaultTabs: graphiqlTabs.map(({ document, variables }) => ({
      query: document,
      ...(variables !== undefined && { variables: JSON.stringify(variables, undefined, 2) }),
    })),
  });
  const html = page.replace('</style>', `${steadyTabs}</style>`);
  // Weak: the same page compressed and not has the same tag.
  const etag = `W/"${createHash('sha256').update(html).digest('base64url')}"`;
  const headers = {
    etag,
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
    'content-security-policy': [
      "default-src 'none'",
      `script-src ${scriptHash(html)} blob:`,
      'worker-src blob:',
      "style-src 'unsafe-inline'",
      'img-src data:',
      'font-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
  return { compressed: await promisify(gzip)(html), etag, headers };
}

/** The weak comparison of RFC 9110, section 13.1.2. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const weak = (tag: string) => tag.trim().replace(/^W\//, '');
  return ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || weak(tag) === weak(etag)) ?? false;
}

/** GraphiQL gives tabs that it opens with an offset, which jumps in at a tab's first press, so that the click would miss it. */
const steadyTabs = '.graphiql-tab { transform: none !important; }';

/** The page has one inline script, and the policy lets nothing else run. */
function scriptHash(html: string): string {
  const start = html.indexOf('<script>') + '<script>'.length;
  const script = html.slice(start, html.lastIndexOf('</script>'));
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}
