import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { graphiqlTabs } from './graphiql-tabs.ts';

export interface GraphiqlPage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** GraphiQL as one page that needs no other file and no network. Rendered and compressed once, when it is first asked for. */
export interface Graphiql {
  readonly page: (acceptsGzip: boolean) => Promise<GraphiqlPage>;
}

export function createGraphiql(): Graphiql {
  let rendered:
    | Promise<{ readonly compressed: Buffer; readonly headers: Readonly<Record<string, string>> }>
    | undefined;
  return {
    page: async (acceptsGzip) => {
      rendered ??= render();
      const { compressed, headers } = await rendered;
      if (acceptsGzip) return { headers: { ...headers, 'content-encoding': 'gzip' }, body: compressed };
      return { headers, body: await promisify(gunzip)(compressed) };
    },
  };
}

/** Loads the nine megabytes of the page's code only now, and keeps no more than the compressed page. */
async function render() {
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
  const headers = {
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
  return { compressed: await promisify(gzip)(html), headers };
}

/** GraphiQL gives tabs that it opens with an offset, which jumps in at a tab's first press, so that the click would miss it. */
const steadyTabs = '.graphiql-tab { transform: none !important; }';

/** The page has one inline script, and the policy lets nothing else run. */
function scriptHash(html: string): string {
  const start = html.indexOf('<script>') + '<script>'.length;
  const script = html.slice(start, html.lastIndexOf('</script>'));
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}
