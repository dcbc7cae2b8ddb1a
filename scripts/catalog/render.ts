import type { BuiltInCatalogFile } from '../../src/configuration/built-in-catalog.ts';

/** JSON with one record a line, so that a changed price is a changed line. */
export function render(catalog: BuiltInCatalogFile): string {
  const { generatedAt, ...parts } = catalog;
  const sections = Object.entries(parts).map(([name, part]) => {
    const lines = Array.isArray(part)
      ? part.map((record) => JSON.stringify(record))
      : Object.entries(part).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    const [open, close] = Array.isArray(part) ? '[]' : '{}';
    return `${JSON.stringify(name)}: ${open}\n${lines.join(',\n')}\n${close}`;
  });
  return `{\n${[`"generatedAt": ${JSON.stringify(generatedAt)}`, ...sections].join(',\n')}\n}\n`;
}
