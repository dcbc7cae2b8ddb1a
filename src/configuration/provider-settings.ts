import { isIP } from 'node:net';
import type { ProviderInfo } from '../catalog.ts';
import { isBlockedAddress } from '../providers/connector.ts';
import type { Dialect, ProviderSettings } from '../providers/create-provider.ts';
import { isLoopbackName } from '../server/access.ts';
import type { KnownProvider } from './built-in-catalog.ts';
import type { ConfiguredProvider } from './configuration.ts';
import type { Environment } from './environment.ts';

/** A provider as the catalog shows it, and how it is called. */
export interface AssembledProvider {
  readonly info: ProviderInfo;
  /** Absent where it cannot be called: its key or its address is not known. */
  readonly settings?: ProviderSettings;
  /** Whether it runs on this machine or in the operator's own network, where a model may take minutes to load. */
  readonly near: boolean;
  readonly dialect: Dialect;
}

/** Where the assembly puts what it has to say of a provider. */
export interface Remarks {
  /** A mistake at a setting of the provider. */
  readonly problem: (setting: string, message: string) => void;
  /** What the operator should know at start-up. */
  readonly note: (message: string) => void;
}

/**
 * Joins what is known of a provider and what the configuration says of it. A key from the environment belongs to the provider's
 * own origin: it does not follow when the configuration sends the provider's requests elsewhere. `unsetKeys` are the variables
 * that the configuration's key names and that are not set.
 */
export function assembleProvider(
  slug: string,
  known: KnownProvider | undefined,
  configured: ConfiguredProvider | undefined,
  unsetKeys: readonly string[],
  environment: Environment,
  remarks: Remarks,
): AssembledProvider {
  const dialect = configured?.dialect ?? known?.dialect ?? 'openai-compatible';
  const ownUrl = known?.baseUrl ?? (slug === 'azure' ? azureUrl(environment, remarks) : undefined);
  const baseUrl = configured?.baseUrl ?? ownUrl;
  if (baseUrl === undefined && known === undefined) {
    remarks.problem('baseUrl', 'is missing: this is not a known provider, so its address must be given.');
  }
  const near = dialect === 'local' || configured?.allowPrivateNetwork === true || isLoopback(baseUrl);
  if (configured?.baseUrl !== undefined && !near) checkDistantUrl(configured.baseUrl, remarks);

  const apiKey = configured?.apiKey ?? environmentKey(known, ownUrl, configured, environment, remarks);
  // A server whose address the configuration gives, and no key, is taken to need none.
  const needsNoKey = dialect === 'local' || (configured?.baseUrl !== undefined && configured.apiKey === undefined);
  const callable = apiKey !== undefined || needsNoKey;
  if (!callable && configured?.apiKey === null) {
    const what =
      unsetKeys.length === 0 ? 'apiKey is empty' : `${unsetKeys.join(' and ')} ${isOrAre(unsetKeys)} not set`;
    remarks.note(`providers.${slug}: ${what}, so its endpoints are listed and not tried.`);
  }
  if (apiKey !== undefined && baseUrl === undefined && slug === 'azure') remarks.note(azureWithoutUrl);
  const { name, dataPolicy, ...facts } = factsOf(slug, known);
  const info = {
    ...facts,
    name: configured?.name ?? name,
    dataPolicy: configured?.dataPolicy ?? dataPolicy,
    configured: callable && baseUrl !== undefined,
  };
  if (!callable || baseUrl === undefined) return { info, near, dialect };
  const settings = {
    slug,
    dialect,
    baseUrl,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(configured?.headers === undefined ? {} : { headers: configured.headers }),
    ...(configured?.wire === undefined ? {} : { wire: configured.wire }),
    allowPrivateNetwork: near,
  };
  return { info, settings, near, dialect };
}

function environmentKey(
  known: KnownProvider | undefined,
  ownUrl: string | undefined,
  configured: ConfiguredProvider | undefined,
  environment: Environment,
  remarks: Remarks,
): string | undefined {
  if (known === undefined || configured?.apiKey === null) return undefined;
  const name = known.keyVariables.find((variable) => environment.variable(variable) !== undefined);
  if (name === undefined) return undefined;
  const elsewhere = configured?.baseUrl !== undefined && originOf(configured.baseUrl) !== originOf(ownUrl);
  if (!elsewhere) return environment.variable(name);
  remarks.note(
    `${name} is not sent to ${originOf(configured.baseUrl)}: it belongs to ${originOf(ownUrl) ?? known.name}. ` +
      `To send it all the same, write apiKey: \${${name}} under providers.${known.slug}.`,
  );
  return undefined;
}

const azureWithoutUrl =
  'Azure OpenAI has a key and no address, so its endpoints are listed and not tried: ' +
  'set AZURE_OPENAI_ENDPOINT to a URL such as https://my-resource.openai.azure.com.';

function isOrAre(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are';
}

function azureUrl(environment: Environment, remarks: Remarks): string | undefined {
  const resource = environment.variable('AZURE_OPENAI_ENDPOINT');
  if (resource === undefined) return undefined;
  const url = URL.parse(resource);
  if (url?.protocol !== 'https:') {
    remarks.problem('baseUrl', 'AZURE_OPENAI_ENDPOINT must be a URL such as https://my-resource.openai.azure.com.');
    return undefined;
  }
  return url.pathname === '/' ? `${url.origin}/openai/v1` : url.href;
}

function checkDistantUrl(baseUrl: string, remarks: Remarks): void {
  const host = hostOf(baseUrl);
  if (isIP(host) !== 0 && isBlockedAddress(host)) {
    remarks.problem('baseUrl', 'is a private address; add allowPrivateNetwork: true if you mean it.');
  } else if (baseUrl.startsWith('http:')) {
    remarks.problem(
      'baseUrl',
      'would send everything in clear text: use https, or add allowPrivateNetwork: true for a server in your own network.',
    );
  }
}

function isLoopback(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && isLoopbackName(hostOf(baseUrl));
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin;
}

function factsOf(slug: string, known: KnownProvider | undefined): Omit<ProviderInfo, 'configured'> {
  if (known === undefined)
    return { slug, name: slug, dataPolicy: { trainsOnPrompts: undefined, retention: 'unknown' } };
  const { dialect, baseUrl, keyVariables, ...facts } = known;
  return facts;
}
