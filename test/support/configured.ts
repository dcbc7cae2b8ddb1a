import { type BuiltInCatalog, readBuiltInCatalog } from '../../src/configuration/built-in-catalog.ts';
import { type AssembledCatalog, assembleCatalog } from '../../src/configuration/catalog-assembly.ts';
import type { Configuration } from '../../src/configuration/configuration.ts';
import { ConfigurationError } from '../../src/configuration/configuration-error.ts';
import { parseConfiguration } from '../../src/configuration/configuration-file.ts';
import type { DiscoveredServer } from '../../src/configuration/discovered-server.ts';
import { readEnvironment } from '../../src/configuration/environment.ts';

export type Variables = Readonly<Record<string, string>>;

let shipped: BuiltInCatalog | undefined;

/** The catalog that ships, as of a day on which all its prices are in force. */
export function builtInCatalog(): BuiltInCatalog {
  shipped ??= readBuiltInCatalog(Date.UTC(2026, 10, 22));
  return shipped;
}

/** What a text in `pointsman.yaml` says. */
export function configured(yaml: string, variables: Variables = {}): Configuration {
  return parseConfiguration(yaml, 'pointsman.yaml', readEnvironment(variables));
}

/** The catalog that comes of a text in `pointsman.yaml`. */
export function assembled(
  yaml: string,
  variables: Variables = {},
  discovered: readonly DiscoveredServer[] = [],
): AssembledCatalog {
  return assembleCatalog({
    builtIn: builtInCatalog(),
    configuration: configured(yaml, variables),
    environment: readEnvironment(variables),
    discovered,
  });
}

/** The problems that `read` is refused for; none if it is not. */
export function problemsIn(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
