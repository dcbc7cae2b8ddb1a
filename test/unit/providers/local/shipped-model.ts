import { readFileSync } from 'node:fs';
import { createEngine } from '../../../../src/providers/local/engine.ts';

export const modelBytes = readFileSync(new URL('../../../../src/providers/local/tiny-1m.gguf', import.meta.url));
export const engine = createEngine(modelBytes);
