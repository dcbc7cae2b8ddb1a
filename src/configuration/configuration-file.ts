import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Big from 'big.js';
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { type Configuration, configurationSchema, defaultConfiguration } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import { pathText, problemsOf } from './configuration-problems.ts';
import type { Environment } from './environment.ts';

const usualNames = ['pointsman.yaml', 'pointsman.yml', 'pointsman.json'];

/**
 * Reads the configuration: the file that POINTSMAN_CONFIG names, else `pointsman.yaml`, `.yml` or `.json` in `directory`, else
 * the defaults. Throws a ConfigurationError that names the file, the path of each mistake and its fix.
 */
export function readConfiguration(environment: Environment, directory: string): Configuration {
  const named = environment.configurationFile;
  if (named !== undefined) return parseConfiguration(readNamed(resolve(directory, named)), named, environment);
  for (const name of usualNames) {
    const text = readIfThere(join(directory, name));
    if (text !== undefined) return parseConfiguration(text, name, environment);
  }
  return defaultConfiguration;
}

/** Reads a configuration's text, YAML or JSON. `file` is what messages call it. Throws a ConfigurationError. */
export function parseConfiguration(text: string, file: string, environment: Environment): Configuration {
  const problems: string[] = [];
  const unsetKeys = new Map<string, readonly string[]>();
  const written = readYaml(text, problems) ?? undefined;
  const value = interpolated(written ?? {}, [], environment, { problems, unsetKeys });
  const result = problems.length === 0 ? configurationSchema.safeParse(value) : undefined;
  if (result?.success) {
    return {
      ...result.data,
      file,
      ...(written === undefined ? { empty: true } : {}),
      ...(unsetKeys.size === 0 ? {} : { unsetKeys }),
    };
  }
  if (result !== undefined) problems.push(...problemsOf(result.error, configurationSchema));
  throw new ConfigurationError(problems.map((problem) => `${file}: ${problem}`));
}

function readNamed(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`POINTSMAN_CONFIG names ${file}, which ${reasonOf(error)}.`]);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigurationError([`${file} ${reasonOf(error)}.`]);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${String(code ?? 'unknown error')})`;
}

/** Numbers that a float cannot hold stay texts, so that prices keep every digit. */
function readYaml(text: string, problems: string[]): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push(`line ${line}, column ${col}: ${withoutQuotes(error.message)}.`);
  }
  if (problems.length > 0) return undefined;
  visit(document, {
    Scalar(_key, node) {
      if (
        isScalar(node) &&
        typeof node.value === 'number' &&
        node.source !== undefined &&
        !exact(node.value, node.source)
      ) {
        node.value = node.source;
      }
    },
  });
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    problems.push(`${error instanceof Error ? withoutQuotes(error.message) : 'cannot be read'}.`);
    return undefined;
  }
}

/** What comes after a colon or in quotes may be a piece of the file, and so of a secret. */
function withoutQuotes(message: string): string {
  return message.replace(/[:"'].*$/s, '').trim();
}

function exact(value: number, source: string): boolean {
  return (
    !/^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(source) ||
    (Number.isFinite(value) && new Big(source.replace(/^\+/, '')).eq(String(value)))
  );
}

/** What the reading of variables finds missing. */
interface Missing {
  readonly problems: string[];
  readonly unsetKeys: Map<string, readonly string[]>;
}

/** Puts environment variables in place of `${NAME}` in every text. A key that is not set becomes `null`. */
function interpolated(
  value: unknown,
  path: readonly (string | number)[],
  environment: Environment,
  missing: Missing,
): unknown {
  if (typeof value === 'string') return interpolatedText(value, path, environment, missing);
  if (Array.isArray(value))
    return value.map((item, index) => interpolated(item, [...path, index], environment, missing));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolated(item, [...path, key], environment, missing)]),
  );
}

function interpolatedText(
  text: string,
  path: readonly (string | number)[],
  environment: Environment,
  missing: Missing,
): string | null {
  const unset = [...new Set([...text.matchAll(reference)].map(([, name = '']) => name))].filter(
    (name) => environment.variable(name) === undefined,
  );
  const [section, provider, setting] = path;
  if (unset.length > 0 && path.length === 3 && section === 'providers' && setting === 'apiKey') {
    missing.unsetKeys.set(String(provider), unset);
    return null;
  }
  for (const name of unset) missing.problems.push(`${pathText(path)}: the environment variable ${name} is not set.`);
  return text.replaceAll(reference, (_whole, name: string) => environment.variable(name) ?? '');
}

const reference = /\$\{([A-Za-z_]\w*)\}/g;
